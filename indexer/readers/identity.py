"""Computes the stable id of a document.

The same record has the same id in every dump and every rebuild.
"""

from datetime import date
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from search.language.analysis import fold

_TRACKING = ("utm_", "fbclid", "gclid", "mc_")  # beginnings of parameters that name no page
# A record is named when it is read, screened, settled and stored, up to two batches later.
_KEPT = 16_384


def article_id(
    *,
    own_id: str | None,
    url: str | None,
    source: str | None,
    day: date | None,
    title: str,
    body: str,
) -> str:
    """Name an article by its dump's own id, its URL, or source, date and title (else body)."""
    if own_id:
        return _digest("id", own_id)
    if url:
        return url_id(url)
    return _digest(
        "article", source or "", day.isoformat() if day else "", _plain(title) or _plain(body)
    )


def headline_id(*, own_id: str | None, url: str | None, title: str) -> str:
    """Name a headline by its dump's own id, else its URL, else its words.

    Many pages carry the same one.
    """
    if own_id:
        return _digest("id", own_id)
    if url:
        return url_id(url)
    return title_id(title)


@lru_cache(_KEPT)
def url_id(url: str) -> str:
    """Name whatever stands at this address, a headline or the article it leads to."""
    return _digest("url", canonical_url(url))


@lru_cache(_KEPT)
def title_id(title: str) -> str:
    """Name a headline of these words."""
    return _digest("headline", _plain(title))


def canonical_url(url: str) -> str:
    """Return the form that all ways of writing an address share.

    «https://www.Site.com/a/12/?utm_source=x#top» -> «site.com/a/12».
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # not an address, but the same text each time
        return url.strip()
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.lower().startswith(_TRACKING)
    ]
    path = unquote(parts.path).rstrip("/")
    return f"{host}{path}{'?' + urlencode(query) if query else ''}"


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
