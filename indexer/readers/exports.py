"""Unwraps the records of common exports.

Records stand in lists within objects:

    NewsAPI         {"articles": [record, …]}
    JSON Feed       {"title": …, "items": [record, …]}
    Elasticsearch   {"hits": {"hits": [{"_id": id, "_source": record}, …]}}, or one hit a line
    Solr            {"response": {"docs": [record, …]}}
"""

import json
import re
from collections.abc import Iterator, Mapping

from indexer.readers.columns import Columns

# Keys under which an export lists its records
_LISTS = (
    "articles hits items posts results data docs documents records rows entries news response "
    "feed rss channel item @graph"
).split()
_DEEPEST = 3  # levels, as in `rss.channel.item`
LIST_START = re.compile(rf'"(?:{"|".join(_LISTS)})"\s*:\s*\[\s*(?=\{{)', re.I)
_KEY = re.compile(r'"([^"\\]{1,100})"\s*:')
_ACTIONS = frozenset({"index", "create", "update", "delete"})


def list_start(text: str, columns: Columns) -> int | None:
    """Return where the records begin in the text of an object that lists them; None in others."""
    match = LIST_START.search(text)
    if not match or columns.hold_body(_KEY.findall(text[: match.start()])):
        return None
    try:
        record, _ = json.JSONDecoder(strict=False).raw_decode(text, match.end())
        names = [name for inner in records_in(record, columns) for name in inner]
    except (ValueError, RecursionError):  # not whole in the text that is shown
        names = _KEY.findall(text[match.end() :])
    return match.end() if columns.are_known(names) else None


def records_in(value: Mapping[str, object], columns: Columns) -> Iterator[Mapping[str, object]]:
    """Yield the records that an object lists, or else the object itself.

    An object with a title may list records, which know titles then too; one with a body is one.
    """
    records = None
    if any(name.casefold() in _LISTS for name in value) and not columns.hold_body(value):
        records = _listed(value, _DEEPEST)
        if records and columns.are_known(value) and not any(map(columns.are_known, records)):
            records = None
    for record in [value] if records is None else records:
        source = record.get("_source")
        if isinstance(source, Mapping):
            yield {"_id": record.get("_id"), **source}
        else:
            yield record


def is_bulk_action(value: Mapping[str, object]) -> bool:
    """Return whether this is a line of Elasticsearch's bulk format that only names an action."""
    return len(value) == 1 and not _ACTIONS.isdisjoint(value)


def _listed(value: Mapping[str, object], depth: int) -> list[Mapping[str, object]] | None:
    for name, inner in value.items():
        if name.casefold() not in _LISTS:
            continue
        if isinstance(inner, list) and all(isinstance(record, Mapping) for record in inner):
            return inner
        if isinstance(inner, Mapping) and depth > 1:
            records = _listed(inner, depth - 1)
            if records is not None:
                return records
    return None
