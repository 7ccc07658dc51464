"""Name the counts of reconciled records, as `indexer add` prints them."""

from enum import StrEnum


class Reconciled(StrEnum):
    """The count that a record belongs to."""

    ARTICLE = "articles"
    HEADLINE = "headlines"
    DUPLICATE = "duplicates"
    COPY = "near_duplicates"
    UPDATE = "updated"
