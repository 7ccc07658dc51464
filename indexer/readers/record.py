"""Turn one record into a document.

A record with a body becomes an article, and a record with a title alone becomes a headline. Every
reader ends here, so that documents are repaired, checked, dated and named in one place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.encodings import is_undecodable
from indexer.readers.escapes import decode_escapes
from indexer.readers.identity import record_id
from indexer.readers.languages import language_tag
from indexer.readers.markup import text_of
from indexer.readers.mojibake import Damage, lost_share, repair
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.placeholders import has_no_page, is_missing
from search.language.analysis import language_of
from search.language.dates import Fault, read_date, read_moment
from search.lexicon.newspapers import canonical_source
from search.records import Document, Kind

_TEXT = (str, int, float, date, type(None))
# People write these fields, so they may hold HTML or misread text
_WRITTEN = ("title", "body", "source", "author", "section")
_REFUSED_LOSS = 0.8  # share of words that have lost their letters
_LONGEST_NAME = 200  # characters of an author or a section
LONGEST_BODY = 4_000_000  # characters, twenty times the longest article known
_LONGEST_URL = 4000  # characters; a longer value is data in the place of a URL


def read_record(
    record: Mapping[str, object], origin: Origin, shared: Mapping[str, object] | None = None
) -> Iterator[Outcome]:
    """Yield the document of a record, whose columns may have other names than our fields.

    Columns of no field are ignored. A field that the record lacks is taken from `shared`, the
    fields that all records of its export share.
    """
    fields = origin.columns.fields(record)
    for name, value in (shared or {}).items():
        if is_missing(name, fields.get(name)):
            fields[name] = value
    yield from read_fields(fields, origin)


def read_fields(fields: Mapping[str, object], origin: Origin) -> Iterator[Outcome]:
    """Yield the document that these fields make, or the reason why they make none."""
    for name, value in fields.items():
        if isinstance(value, bool) or not isinstance(value, _TEXT):
            if name in ("title", "body"):
                yield Reject(f"{name} is not a text", origin.place)
                return
            if not is_missing(name, value):
                yield Note(f"{name} is not a text")
            fields = {**fields, name: None}
    damages: dict[str, None] = {}
    fields = {**fields, **_restored(fields, damages)}
    title, body = clean_line(_text(fields, "title")), clean_body(_text(fields, "body"))
    kind = clean_line(_text(fields, "kind"))
    if reason := _refusal(title, body, kind):
        yield Reject(reason, origin.place)
        return
    yield from map(Note, damages)
    if "\ufffd" in title or "\ufffd" in body:
        yield Note("characters that could not be decoded")
    date_text = _text(fields, "date").strip()
    day = read_date(date_text, latest=origin.latest_day()) if date_text else None
    if isinstance(day, Fault):
        yield Note(day)
        moment = read_date(_text(fields, "published_at"), latest=origin.latest_day())
        day = None if isinstance(moment, Fault) else moment
    source = canonical_source(_text(fields, "source"), origin.newspapers) or None
    if kind == Kind.HEADLINE or not body:
        document = _headline(fields, title, source, day if date_text else origin.captured_on)
    else:
        document = _article(fields, title, body, source, day)
    details = _details(fields, document.date)
    yield replace(document, doc_id=record_id(document), **details)


def _restored(fields: Mapping[str, object], damages: dict[str, None]) -> dict[str, str]:
    """Return the texts as they were written, without markup, and add their damage to `damages`."""
    texts = {}
    for name in _WRITTEN:
        if fields.get(name):
            # Escapes and bytes of UTF-16 may have hidden tags
            unescaped = decode_escapes(text_of(_text(fields, name)))
            is_decoded = unescaped.damage is not None
            repaired = repair(text_of(unescaped.text) if is_decoded else unescaped.text)
            is_repaired = repaired.damage is Damage.REPAIRED
            texts[name] = text_of(repaired.text) if is_repaired else repaired.text
            damages.update(dict.fromkeys(filter(None, (unescaped.damage, repaired.damage))))
    return texts


def _details(fields: Mapping[str, object], day: date | None) -> dict[str, Any]:
    """Return the author, section and time of day, as far as the record has them."""
    details: dict[str, Any] = {}
    for name in ("author", "section"):
        if line := _line(fields, name):
            details[name] = line[:_LONGEST_NAME]
    moments = {_text(fields, name): None for name in ("published_at", "date") if fields.get(name)}
    # A moment of another day is that of an update, or of the dump
    moment = next((m for m in map(read_moment, moments) if m and m.date() == day), None)
    return details if moment is None else {**details, "published_at": moment}


def _headline(
    fields: Mapping[str, object], title: str, source: str | None, day: date | None
) -> Document:
    return Document(
        doc_id="",
        kind=Kind.HEADLINE,
        title=title,
        source=source,
        date=day,
        url=_url(fields),
        language=language_tag(_text(fields, "language")) or language_of(title),
        own_id=_line(fields, "id"),
    )


def _article(
    fields: Mapping[str, object], title: str, body: str, source: str | None, day: date | None
) -> Document:
    return Document(
        doc_id="",
        kind=Kind.ARTICLE,
        title=title,
        body=body,
        source=source,
        date=day,
        url=_url(fields),
        language=language_tag(_text(fields, "language")) or language_of(f"{title} {body[:300]}"),
        own_id=_line(fields, "id"),
    )


def _refusal(title: str, body: str, kind: str) -> str | None:
    """Return why these fields make no document; None if they make one."""
    if kind == Kind.HEADLINE and not title:
        return "headline without a title"
    if not title and not body:
        return "neither title nor body"
    if all(map(is_undecodable, filter(None, (title, body)))):
        return "text in no known encoding"
    if lost_share(f"{title}\n{body}") >= _REFUSED_LOSS:
        return "text lost: question marks stand in the place of its letters"
    if kind not in ("", *Kind):
        return f"kind is not one of {', '.join(Kind)}"
    if len(body) > LONGEST_BODY:
        return f"body longer than {LONGEST_BODY:,} characters"
    if kind == Kind.ARTICLE and not body:
        return "article without a body"
    return None


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return "" if is_missing(name, value) else str(value)


def _line(fields: Mapping[str, object], name: str) -> str | None:
    return clean_line(_text(fields, name)) or None


def _url(fields: Mapping[str, object]) -> str | None:
    # Only this entity is decoded: «&lang=ar» is a parameter, not «⟨»
    url = "".join(_text(fields, "url").replace("&amp;", "&").split())
    if not 0 < len(url) <= _LONGEST_URL or not url.isprintable() or has_no_page(url):
        return None
    return url
