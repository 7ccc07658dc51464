"""Evaluates the demands of a query on whole documents, so that passages can be searched within.

A passage holds only a part of its document, and Solr joins no two collections that have shards.
The documents that satisfy the demands are therefore listed and sent as a filter on passages, or
those that do not, if they are fewer. Where both are many, passages are filtered after the search.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from search.index.solr.configset import Kind
from search.index.solr.queries import (
    all_of,
    documents_with,
    everything,
    filter_parts,
    none_of,
    written,
)
from search.index.solr.store import SEPARATOR, SolrStore
from search.plan import Contains, Demand, Scope
from search.records import Filters
from search.understood import MissingPhrase

MAX_LISTED = 5_000  # documents in a filter


@dataclass(frozen=True, slots=True)
class SolrScope(Scope):
    """A scope with the documents that its passages may or may not belong to.

    None means that the demands do not decide; where both are None and there are demands, passages
    are filtered after a search, and `share` of the documents that pass the filters satisfy them.
    """

    only: tuple[str, ...] | None = field(default=None, repr=False)
    without: tuple[str, ...] | None = field(default=None, repr=False)
    share: float = 1.0

    @property
    def is_decided_later(self) -> bool:
        return bool(self.demands) and self.only is None and self.without is None


def evaluate_scope(
    filters: Filters, demands: Sequence[Demand], phrases: Sequence[Contains], store: SolrStore
) -> SolrScope:
    """Build the scope of a query; a phrase that no remaining document satisfies is missing."""
    satisfied = list(demands)
    missing: list[MissingPhrase] = []
    for phrase in phrases:
        # Without a document that is left, nothing is decided.
        if _count(filters, [*satisfied, phrase], store) or not _count(filters, satisfied, store):
            satisfied.append(phrase)
        else:
            missing.append(MissingPhrase(phrase.text))
    scope = Scope(filters, tuple(satisfied), tuple(missing))
    if not satisfied:
        return SolrScope(filters, (), scope.missing)
    total, only = _listed(filters, satisfied, store, is_satisfied=True)
    if only is not None:
        return SolrScope(filters, scope.demands, scope.missing, only=only)
    others, without = _listed(filters, satisfied, store, is_satisfied=False)
    share = total / (total + others)
    return SolrScope(filters, scope.demands, scope.missing, without=without, share=share)


def _count(filters: Filters, demands: Sequence[Demand], store: SolrStore) -> int:
    parameters = {**within(filters), "q": "{!xmlparser v=$demands}", "rows": 0}
    tree = all_of(map(documents_with, demands)) if demands else everything()
    answer = store.select(
        Kind.DOCUMENTS, {**parameters, "demands": written(tree), "distrib.statsCache": False}
    )
    return int(answer["response"]["numFound"])


def _listed(
    filters: Filters, demands: Sequence[Demand], store: SolrStore, *, is_satisfied: bool
) -> tuple[int, tuple[str, ...] | None]:
    """Return the number of documents that satisfy all demands, or not, and their ids if few."""
    tree = all_of(map(documents_with, demands))
    answer = store.select(
        Kind.DOCUMENTS,
        {
            **within(filters),
            "q": "{!xmlparser v=$demands}",
            "demands": written(tree if is_satisfied else none_of([tree])),
            "rows": MAX_LISTED,
            "fl": "id",
            "sort": "number asc",
            "distrib.statsCache": False,
        },
    )
    response = answer["response"]
    if response["numFound"] > MAX_LISTED:
        return response["numFound"], None
    return response["numFound"], tuple(entry["id"] for entry in response["docs"])


def within(filters: Filters) -> dict[str, str | list[str]]:
    """Return the parameters that apply filters, each under a tag of its own."""
    parts = filter_parts(filters)
    queries = [f"{{!xmlparser tag={part} v=$filter_{part}}}" for part in parts]
    return {"fq": queries, **{f"filter_{part}": written(tree) for part, tree in parts.items()}}


def within_scope(scope: SolrScope) -> dict[str, str | list[str]]:
    """Return the parameters that apply a scope to passages, as far as it is decided."""
    parameters = within(scope.filters)
    queries = list(parameters["fq"])
    for name, doc_ids in (("only", scope.only), ("without", scope.without)):
        if doc_ids is None:
            continue
        occur = "must" if name == "only" else "must_not"
        queries.append(f"{{!bool cache=false must=$all {occur}=$of_documents}}")
        parameters |= {
            "all": "*:*",
            "of_documents": "{!terms f=document separator=$separator v=$doc_ids}",
            "separator": SEPARATOR,
            "doc_ids": SEPARATOR.join(doc_ids),
        }
    return {**parameters, "fq": queries}
