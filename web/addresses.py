"""Writes a query as the parameters of an address: what `web.parameters` reads back."""

from functools import lru_cache
from urllib.parse import quote_plus

from search.records import Query

_ASSUMED = Query(text="")  # what stands where nothing is given


def write_query(query: Query) -> str:
    """Write what stands behind the question mark; what the reading assumes is left out."""
    filters = query.filters
    pairs: list[tuple[str, str | None]] = [
        ("q", query.text),
        ("mode", None if query.mode is _ASSUMED.mode else query.mode.value),
        *(("kind", kind.value) for kind in filters.kinds or ()),
        *(("source", name) for name in filters.sources or ()),
        *(("language", name) for name in filters.languages or ()),
        ("from", filters.since.isoformat() if filters.since else None),
        ("to", filters.until.isoformat() if filters.until else None),
        ("sort", None if query.sort is _ASSUMED.sort else query.sort.value),
        ("k", None if query.k == _ASSUMED.k else str(query.k)),
        ("page", None if query.page == _ASSUMED.page else str(query.page)),
    ]
    return "&".join(f"{name}={_quoted(value)}" for name, value in pairs if value is not None)


# A page of results writes the same few values into each of its links.
_quoted = lru_cache(maxsize=1024)(quote_plus)
