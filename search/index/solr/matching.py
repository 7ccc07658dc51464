"""Matches, counts and lists whole documents, exactly and at any depth."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np

from search.index import FacetField, Matches, Period
from search.index.candidates import Candidates, Mask
from search.index.solr.candidates import DOCUMENT_FIELDS, CandidateMaker
from search.index.solr.configset import Kind
from search.index.solr.queries import Part, matching_documents, written
from search.index.solr.scope import within
from search.index.solr.store import SolrStore
from search.plan import QueryPlan
from search.records import Filters, Sort

# Up to this many matching documents, their texts come with their counts.
_MAX_GROUPS = 1000
_MAX_TEXTS = 20_000  # texts of several documents, among the matching documents
_MAX_CURSORS = 100  # lists of which the next part is found without counting to it
_TAGS = {
    FacetField.SOURCE: Part.SOURCE,
    FacetField.KIND: Part.KIND,
    FacetField.LANGUAGE: Part.LANGUAGE,
    FacetField.MONTH: Part.DAY,
}
_ORDERS = {
    Sort.RELEVANCE: "score desc,id asc",
    Sort.NEWEST: "day desc,id asc",
    Sort.OLDEST: "day asc,id asc",
}


@dataclass(frozen=True, slots=True)
class SolrMatches(Matches):
    """Matches with the number of documents of each text, if the texts are few."""

    by_group: Mapping[int, int] | None = field(default=None, compare=False, repr=False)


class DocumentMatcher:
    """Matches the documents of one state; safe to use from many threads."""

    def __init__(self, store: SolrStore, maker: CandidateMaker) -> None:
        self._store = store
        self._maker = maker
        self._cursors: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._adding = Lock()

    def match(self, plan: QueryPlan) -> SolrMatches:
        facets: dict[str, Any] = {
            name: {"type": "terms", "field": name, "limit": -1, "domain": {"excludeTags": tag}}
            for name, tag in _TAGS.items()
        }
        facets[FacetField.MONTH]["missing"] = True
        facets["groups"] = {"type": "terms", "field": "group", "limit": _MAX_GROUPS + 1}
        facets["texts"] = {
            "type": "terms", "field": "shared", "limit": _MAX_TEXTS, "allBuckets": True,
        }  # fmt: skip
        answer = self._select(plan, plan.scope.filters, {"rows": 0}, facets)
        total = answer["response"]["numFound"]
        counted = answer["facets"]
        counts = {name: _counts_of(counted, name) for name in _TAGS}
        undated = counted.get(FacetField.MONTH, {}).get("missing", {}).get("count", 0)
        texts = _counts_of(counted, "texts")
        of_texts = counted.get("texts", {}).get("allBuckets", {}).get("count", 0)
        by_group = _counts_of(counted, "groups")
        return SolrMatches(
            total,
            total - of_texts + len(texts),
            len(texts) < _MAX_TEXTS,
            undated,
            counts,
            by_group if len(by_group) <= _MAX_GROUPS else None,
        )

    def count(self, plan: QueryPlan) -> int:
        answer = self._select(plan, plan.scope.filters, {"rows": 0})
        return int(answer["response"]["numFound"])

    def count_by(self, plan: QueryPlan, period: Period) -> Mapping[int, int]:
        facets: dict[str, Any] = {period: {"type": "terms", "field": period, "limit": -1}}
        answer = self._select(plan, plan.scope.filters, {"rows": 0}, facets)
        return _counts_of(answer["facets"], period)

    def match_texts(
        self, plan: QueryPlan, matches: Matches, candidates: Candidates
    ) -> tuple[Mask, int]:
        assert isinstance(matches, SolrMatches), "matches are read by the index that made them"
        texts = np.unique(candidates.group)
        by_group = matches.by_group
        if by_group is None and len(texts):
            facets = {"groups": {"type": "terms", "field": "group", "limit": -1}}
            parameters = {"rows": 0, **_of_texts(texts.tolist(), "must")}
            answer = self._select(plan, plan.scope.filters, parameters, facets)
            by_group = _counts_of(answer["facets"], "groups")
        counts = [(by_group or {}).get(text, 0) for text in texts.tolist()]
        matching = texts[np.array(counts, bool)]
        return np.isin(candidates.group, matching), sum(counts)

    def list(
        self, plan: QueryPlan, order: Sort, start: int, count: int, without: Candidates | None
    ) -> Candidates:
        if count <= 0:
            return Candidates.none()
        is_scored = order is Sort.RELEVANCE
        parameters: dict[str, Any] = {
            "sort": _ORDERS[order],
            "fl": f"{DOCUMENT_FIELDS},score" if is_scored else DOCUMENT_FIELDS,
            "rows": count,
        }
        if without is not None and len(without):
            parameters |= _of_texts(np.unique(without.group).tolist(), "must_not")
        matching = written(matching_documents(plan))
        listed = repr((matching, plan.scope.filters, order, parameters.get("groups")))
        cursor = self._cursors.get((listed, start)) if start else "*"
        parameters |= {"start": start} if cursor is None else {"cursorMark": cursor}
        answer = self._select(plan, plan.scope.filters, parameters, is_scored=is_scored)
        entries = answer["response"]["docs"]
        if "nextCursorMark" in answer:
            self._keep((listed, start + len(entries)), answer["nextCursorMark"])
        scores = np.array([entry.get("score", 0.0) for entry in entries], np.float64)
        return self._maker.of_documents(entries, scores)

    def _select(
        self,
        plan: QueryPlan,
        filters: Filters,
        parameters: Mapping[str, Any],
        facets: Mapping[str, Any] | None = None,
        *,
        is_scored: bool = False,
    ) -> dict[str, Any]:
        applied = within(filters)
        more = parameters.get("fq")
        return self._store.select(
            Kind.DOCUMENTS,
            {
                "q": "{!xmlparser v=$matching}",
                "matching": written(matching_documents(plan, is_scored=is_scored)),
                "distrib.statsCache": is_scored,
                **({"json.facet": json.dumps(facets)} if facets else {}),
                **parameters,
                **applied,
                "fq": [*applied["fq"], *([more] if more else [])],
            },
        )

    def _keep(self, place: tuple[str, int], cursor: str) -> None:
        with self._adding:
            self._cursors[place] = cursor
            while len(self._cursors) > _MAX_CURSORS:
                self._cursors.popitem(last=False)


def _of_texts(groups: Sequence[int], occur: str) -> dict[str, str]:
    """Return the parameters that demand, or exclude, the documents of some texts."""
    return {
        "fq": f"{{!bool cache=false must=$all {occur}=$of_texts}}",
        "all": "*:*",
        "of_texts": "{!terms f=group v=$groups}",
        "groups": ",".join(map(str, groups)),
    }


def _counts_of(facets: Mapping[str, Any], name: str) -> dict[Any, int]:
    return {bucket["val"]: bucket["count"] for bucket in facets.get(name, {}).get("buckets", ())}
