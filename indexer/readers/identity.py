"""The stable id of a document.

The same record gives the same id in every dump and every rebuild.
"""

from datetime import date
from hashlib import blake2b

from search.text import fold


def article_id(
    *,
    given: str | None,
    url: str | None,
    source: str | None,
    day: date | None,
    title: str,
    body: str,
) -> str:
    """Name an article by its dump's own id, its URL, or source, date and title (else body)."""
    if given:
        return _digest("id", given)
    if url:
        return _digest("url", url)
    return _digest(
        "article", source or "", day.isoformat() if day else "", _plain(title) or _plain(body)
    )


def headline_id(*, given: str | None, url: str | None, title: str) -> str:
    """Name a headline by its dump's own id, else its URL, else its words.

    Many pages carry the same one.
    """
    if given:
        return _digest("id", given)
    if url:
        return _digest("url", url)
    return _digest("headline", _plain(title))


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()
