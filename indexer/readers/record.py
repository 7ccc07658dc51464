"""Turns one record into a document: with a body an article, with a title alone a headline.

Every reader ends here, so every document is repaired, checked, dated and named in one place.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.encodings import is_mojibake, misread_share
from indexer.readers.identity import article_id, headline_id
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from search.language.analysis import language_of
from search.language.dates import Fault, read_date
from search.records import Document, Kind

_TEXT = (str, int, float, date, type(None))
_ONE_DAY = timedelta(days=1)  # what is published today is dated tomorrow further east
_LONGEST_URL = 4000  # characters; beyond it, data was put where a URL belongs


def read_record(record: Mapping[str, object], origin: Origin) -> Iterator[Outcome]:
    """Give the document of a record whose columns may have others' names; the rest is ignored."""
    yield from read_fields(origin.columns.fields(record), origin)


def read_fields(fields: Mapping[str, object], origin: Origin) -> Iterator[Outcome]:
    """Give the document these fields make, or why there is none."""
    for name, value in fields.items():
        if not isinstance(value, _TEXT):
            yield Reject(f"{name} is not a text", origin.place)
            return
    title, body = clean_line(_text(fields, "title")), clean_body(_text(fields, "body"))
    kind = clean_line(_text(fields, "kind"))
    if lacking := _lacking(title, body, kind):
        yield Reject(lacking, origin.place)
        return
    if "\ufffd" in title or "\ufffd" in body:
        yield Note("characters that could not be decoded")
    elif misread_share(body):
        yield Note("a misread name in a sound text")
    written = _text(fields, "date").strip()
    day = _read_day(written, origin.captured_on) if written else None
    if isinstance(day, Fault):
        yield Note(day)
        day = None
    if kind == Kind.HEADLINE or not body:
        yield _headline(fields, title, day if written else origin.captured_on)
    else:
        yield _article(fields, title, body, day)


def _headline(fields: Mapping[str, object], title: str, day: date | None) -> Document:
    given, url = _line(fields, "id"), _url(fields)
    return Document(
        doc_id=headline_id(given=given, url=url, title=title),
        kind=Kind.HEADLINE,
        title=title,
        source=_line(fields, "source"),
        date=day,
        url=url,
        language=_line(fields, "language") or language_of(title),
    )


def _article(fields: Mapping[str, object], title: str, body: str, day: date | None) -> Document:
    given, url, source = _line(fields, "id"), _url(fields), _line(fields, "source")
    return Document(
        doc_id=article_id(given=given, url=url, source=source, day=day, title=title, body=body),
        kind=Kind.ARTICLE,
        title=title,
        body=body,
        source=source,
        date=day,
        url=url,
        language=_line(fields, "language") or language_of(f"{title} {body[:300]}"),
    )


def _lacking(title: str, body: str, kind: str) -> str | None:
    """Say why these fields make no document; None where they do."""
    if kind == Kind.HEADLINE and not title:
        return "headline without a title"
    if not title and not body:
        return "neither title nor body"
    if is_mojibake(f"{title}\n{body}"):
        return "mojibake: UTF-8 that was read as another encoding"
    if kind not in ("", *Kind):
        return f"kind is not one of {', '.join(Kind)}"
    if kind == Kind.ARTICLE and not body:
        return "article without a body"
    return None


def _read_day(written: str, captured_on: date | None) -> date | Fault:
    latest = max(date.today(), captured_on or date.min) + _ONE_DAY
    return read_date(written, latest=latest)


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)


def _line(fields: Mapping[str, object], name: str) -> str | None:
    return clean_line(_text(fields, name)) or None


def _url(fields: Mapping[str, object]) -> str | None:
    # No entity but the one: «&lang=ar» is a parameter, not «⟨»
    url = "".join(_text(fields, "url").replace("&amp;", "&").split())
    return url if 0 < len(url) <= _LONGEST_URL and url.isprintable() else None
