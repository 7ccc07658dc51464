"""The answer to a query as plain data.

One JSON object, the same from the command line and over HTTP.
"""

from search.language.analysis import STEM_MARK
from search.records import (
    Document,
    Hit,
    MissingPhrase,
    SearchPage,
    Understood,
    UnknownSource,
    UnreadMarks,
)


def search_json(page: SearchPage) -> dict[str, object]:
    """Return the search object that other programs rely on; its fields are fixed."""
    return {
        "query": page.query.text,
        "mode": page.query.mode.value,
        "took_ms": round(page.took_ms, 2),
        "page": page.query.page,
        "k": page.query.k,
        "total": page.total,
        "total_is_exact": True,
        "texts": page.texts,
        "texts_is_exact": page.texts_is_exact,
        "near": page.near,
        "listed": page.listed,
        "confidence": "low" if page.is_doubtful else "high",
        "hits": [_hit(hit) for hit in page.hits],
        "facets": {
            name: [{"value": one.value, "count": one.count} for one in facets]
            for name, facets in page.facets.items()
        },
        "suggestion": page.suggestion,
        "suggestion_total": page.suggestion_total,
        "understood": [_understood(one) for one in page.understood],
        "is_doubtful": page.is_doubtful,
    }


def _understood(one: Understood) -> dict[str, object]:
    if isinstance(one, MissingPhrase):
        return {"kind": "missing_phrase", "words": one.words}
    if isinstance(one, UnreadMarks):
        return {"kind": "unread", "marks": list(one.marks)}
    if isinstance(one, UnknownSource):
        return {"kind": "unknown_source", "name": one.name, "neighbours": list(one.neighbours)}
    return {
        "kind": "date",
        "words": one.words,
        "from": one.since.isoformat() if one.since else None,
        "to": one.until.isoformat() if one.until else None,
        "without": one.without,
        "is_filter": one.is_filter,
        "left_nothing": one.left_nothing,
        "elsewhere": one.elsewhere,
    }


def document_json(document: Document) -> dict[str, object]:
    """Return a document's fields without its body."""
    return {
        "id": document.doc_id,
        "kind": document.kind.value,
        "title": document.title,
        "source": document.source,
        "date": document.date.isoformat() if document.date else None,
        "url": document.web_address,
        "language": document.language,
        "author": document.author,
        "section": document.section,
        "published_at": document.published_at.isoformat() if document.published_at else None,
    }


def _hit(hit: Hit) -> dict[str, object]:
    why: dict[str, object] = {}
    for mode, evidence in hit.evidence.items():
        why[mode.value] = {"rank": evidence.rank, "score": round(evidence.score, 4)}
        if mode.value == "lexical":
            why[mode.value] = {
                "rank": evidence.rank,
                "score": round(evidence.score, 4),
                "terms": [*dict.fromkeys(term.removesuffix(STEM_MARK) for term in evidence.terms)],
            }
    return {
        **document_json(hit.document),
        "match": hit.match.value,
        "score": round(hit.score, 6),
        "snippet": hit.snippet,
        "highlights": [list(span) for span in hit.highlights],
        "related": [list(span) for span in hit.related],
        "copies": list(hit.copies),
        "why": why,
    }
