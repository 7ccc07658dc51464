"""Turns one record into a document: with a body an article, with a title alone a headline.

Every reader ends here, so that documents are repaired, checked, dated and named in one place.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.encodings import is_mojibake, is_undecodable, misread_share
from indexer.readers.identity import article_id, headline_id
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from search.language.analysis import language_of
from search.language.dates import Fault, read_date
from search.records import Document, Kind

_TEXT = (str, int, float, date, type(None))
_ONE_DAY = timedelta(days=1)  # further east, today's news carries tomorrow's date
LONGEST_BODY = 4_000_000  # characters, twenty times the longest article known
_LONGEST_URL = 4000  # characters; a longer value is data in the place of a URL


def read_record(record: Mapping[str, object], origin: Origin) -> Iterator[Outcome]:
    """Yield the document of a record whose columns may have other names; the rest is ignored."""
    yield from read_fields(origin.columns.fields(record), origin)


def read_fields(fields: Mapping[str, object], origin: Origin) -> Iterator[Outcome]:
    """Yield the document that these fields make, or why there is none."""
    for name, value in fields.items():
        if isinstance(value, bool) or not isinstance(value, _TEXT):
            if name in ("title", "body"):
                yield Reject(f"{name} is not a text", origin.place)
                return
            yield Note(f"{name} is not a text")
            fields = {**fields, name: None}
    title, body = clean_line(_text(fields, "title")), clean_body(_text(fields, "body"))
    kind = clean_line(_text(fields, "kind"))
    if reason := _refusal(title, body, kind):
        yield Reject(reason, origin.place)
        return
    if "\ufffd" in title or "\ufffd" in body:
        yield Note("characters that could not be decoded")
    elif misread_share(body):
        yield Note("a misread name in a sound text")
    date_text = _text(fields, "date").strip()
    day = _read_day(date_text, origin.captured_on) if date_text else None
    if isinstance(day, Fault):
        yield Note(day)
        day = None
    if kind == Kind.HEADLINE or not body:
        yield _headline(fields, title, day if date_text else origin.captured_on)
    else:
        yield _article(fields, title, body, day)


def _headline(fields: Mapping[str, object], title: str, day: date | None) -> Document:
    own_id, url = _line(fields, "id"), _url(fields)
    return Document(
        doc_id=headline_id(own_id=own_id, url=url, title=title),
        kind=Kind.HEADLINE,
        title=title,
        source=_line(fields, "source"),
        date=day,
        url=url,
        language=_line(fields, "language") or language_of(title),
    )


def _article(fields: Mapping[str, object], title: str, body: str, day: date | None) -> Document:
    own_id, url, source = _line(fields, "id"), _url(fields), _line(fields, "source")
    return Document(
        doc_id=article_id(own_id=own_id, url=url, source=source, day=day, title=title, body=body),
        kind=Kind.ARTICLE,
        title=title,
        body=body,
        source=source,
        date=day,
        url=url,
        language=_line(fields, "language") or language_of(f"{title} {body[:300]}"),
    )


def _refusal(title: str, body: str, kind: str) -> str | None:
    """Return why these fields make no document; None if they make one."""
    if kind == Kind.HEADLINE and not title:
        return "headline without a title"
    if not title and not body:
        return "neither title nor body"
    if all(map(is_undecodable, filter(None, (title, body)))):
        return "text in no known encoding"
    if is_mojibake(f"{title}\n{body}"):
        return "mojibake: UTF-8 that was read as another encoding"
    if kind not in ("", *Kind):
        return f"kind is not one of {', '.join(Kind)}"
    if len(body) > LONGEST_BODY:
        return f"body longer than {LONGEST_BODY:,} characters"
    if kind == Kind.ARTICLE and not body:
        return "article without a body"
    return None


def _read_day(text: str, captured_on: date | None) -> date | Fault:
    latest = max(date.today(), captured_on or date.min) + _ONE_DAY
    return read_date(text, latest=latest)


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)


def _line(fields: Mapping[str, object], name: str) -> str | None:
    return clean_line(_text(fields, name)) or None


def _url(fields: Mapping[str, object]) -> str | None:
    # Only this entity is decoded: «&lang=ar» is a parameter, not «⟨»
    url = "".join(_text(fields, "url").replace("&amp;", "&").split())
    return url if 0 < len(url) <= _LONGEST_URL and url.isprintable() else None
