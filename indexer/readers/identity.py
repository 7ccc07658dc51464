"""Compute the stable id of a document.

The same record has the same id in every dump and every rebuild. The id is computed from the first
of these that the record has:

    an own id    within its newspaper, or else within the host of its address; the ids of records
                 that have neither share a space
    an address   in its canonical form
    a title      for an article together with its newspaper, date and body

A headline whose title tells a story is named by the title, since many pages carry it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from indexer.readers.placeholders import TRACKING, is_route
from search.index.writer import StoredDocument
from search.language.analysis import fold
from search.records import Document, Kind

# A shorter title may be that of a rubric («أخبار قصيرة»).
MIN_TITLE_WORDS = 4
# The id is needed when a record is read, screened, settled and stored, up to two batches later.
_CACHE_SIZE = 16_384
_OCTETS = re.compile("(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_DEFAULT_PORTS = {None, 80, 443}


def record_id(record: Document) -> str:
    """Return the id of the document that the record is, or that it is a version of."""
    if record.own_id:
        return doc_id_of(record.own_id, id_namespace(record))
    if record.kind is Kind.HEADLINE:
        if record.url and not is_distinctive(record.title):
            return url_id(record.url)
        return title_id(record.title)
    if record.url:
        return url_id(record.url)
    # Several articles may have this title: the text tells them apart.
    return _digest("text", title_and_day_id(record), record.body)


def doc_id_of(own_id: str, source: str | None) -> str:
    """Return the id of the document to which a newspaper, or a host, gave this own id."""
    return _digest("id", source, own_id) if source else _digest("id", own_id)


def id_namespace(record: Document | StoredDocument) -> str | None:
    """Return the space of a record's own id: its newspaper, or else the host of its address."""
    return record.source or (host_of(record.url) if record.url else None)


@lru_cache(_CACHE_SIZE)
def host_of(url: str) -> str | None:
    """Return the host of an address, without «www.»; None if the address has no host."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return None
    return host.rstrip(".").removeprefix("www.") or None


@lru_cache(_CACHE_SIZE)
def url_id(url: str) -> str:
    """Return the id of the document at this address: a headline, or the article it leads to."""
    return _digest("url", canonical_url(url))


@lru_cache(_CACHE_SIZE)
def title_id(title: str) -> str:
    """Return the id of a headline with this title."""
    return _digest("headline", _plain(title))


def title_and_day_id(record: Document) -> str:
    """Return the name that all articles of a newspaper, day and title share; a rubric has many."""
    day = record.date.isoformat() if record.date else ""
    title = _plain(record.title) or _plain(record.body)
    return _digest("article", record.source or "", day, title)


def is_distinctive(title: str) -> bool:
    return len(title.split()) >= MIN_TITLE_WORDS


def former_ids(record: Document) -> Iterator[str]:
    """Yield the ids that archives of earlier versions gave to this record."""
    if record.own_id:
        if id_namespace(record):
            yield _digest("id", record.own_id)
    elif record.url:
        earlier = _former_url_id(record.url)
        if earlier != url_id(record.url) or record.kind is Kind.HEADLINE:
            yield earlier


@lru_cache(_CACHE_SIZE)
def _former_url_id(url: str) -> str:
    return _digest("url", _former_canonical_url(url))


def canonical_url(url: str) -> str:
    """Return the form that all ways of writing an address share.

    «https://www.Site.com/a/12/?utm_source=x#top» -> «site.com/a/12». Octets are compared, of which
    only those of unreserved characters may be written either way (RFC 3986, 6.2.2); letters that
    are no ASCII and their UTF-8 octets are the same (RFC 3987).
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    except ValueError:  # not an address, but the same text each time
        return url.strip()
    query = [
        (name, value)
        for name, value in parse_qsl(
            parts.query, keep_blank_values=True, errors="surrogateescape", max_num_fields=None
        )
        if not name.lower().startswith(TRACKING)
    ]
    path = _decode_unreserved(parts.path).rstrip("/")
    encoded = f"?{urlencode(query, errors='surrogateescape')}" if query else ""
    route = f"#{_decode_unreserved(parts.fragment)}" if is_route(parts.fragment) else ""
    return f"{host}{port}{path}{encoded}{route}"


def _decode_unreserved(text: str) -> str:
    return _OCTETS.sub(_decode_run, text) if "%" in text else text


def _decode_run(octets: re.Match[str]) -> str:
    decoded = bytes.fromhex(octets[0].replace("%", "")).decode("utf-8", "surrogateescape")
    return "".join(
        character
        if _UNRESERVED.match(character) or (character > "\x9f" and not _is_octet(character))
        else "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogateescape"))
        for character in decoded
    )


def _is_octet(character: str) -> bool:
    return "\udc80" <= character <= "\udcff"


def _former_canonical_url(url: str) -> str:
    """Return the form of format 6, which replaced octets it could not decode by one character."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url.strip()
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.lower().startswith(TRACKING)
    ]
    path = unquote(parts.path).rstrip("/")
    return f"{host}{path}{'?' + urlencode(query) if query else ''}"


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _digest(*parts: str) -> str:
    encoded = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return blake2b(encoded, digest_size=10).hexdigest()
