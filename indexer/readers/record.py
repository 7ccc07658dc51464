"""Turns one record of fields (a line of JSONL) into a document.

With a body an article, with a title alone a headline.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from indexer.readers.cleaning import clean_body, clean_line
from indexer.readers.identity import article_id, headline_id
from indexer.readers.outcome import Note, Outcome, Reject
from search.dates import parse_date
from search.records import Document, Kind
from search.text import language_of

FIELDS = frozenset({"title", "body", "source", "date", "url", "id", "language", "kind"})


def read_record(
    record: Mapping[str, object], place: str, *, captured_on: date | None
) -> Iterator[Outcome]:
    """Give the record's document, or why there is none. Fields that are not ours are ignored."""
    wrong = [
        name
        for name in sorted(FIELDS)
        if not isinstance(record.get(name), str | int | float | None)
    ]
    if wrong:
        yield Reject(f"{wrong[0]} is not a text", place)
        return
    title, source = clean_line(_text(record, "title")), clean_line(_text(record, "source")) or None
    body = clean_body(_text(record, "body"))
    kind = clean_line(_text(record, "kind"))
    if lacking := _lacking(title, body, kind):
        yield Reject(lacking, place)
        return
    is_headline = kind == Kind.HEADLINE or not body
    written = _text(record, "date").strip()
    day = parse_date(written)
    if written and day is None:
        yield Note("unreadable date")
    if is_headline and not written:
        day = captured_on
    url, given = clean_line(_text(record, "url")) or None, clean_line(_text(record, "id")) or None
    yield Document(
        doc_id=headline_id(given=given, url=url, title=title)
        if is_headline
        else article_id(given=given, url=url, source=source, day=day, title=title, body=body),
        kind=Kind.HEADLINE if is_headline else Kind.ARTICLE,
        title=title,
        body="" if is_headline else body,
        source=source,
        date=day,
        url=url,
        language=clean_line(_text(record, "language")) or language_of(f"{title} {body}"),
    )


def _lacking(title: str, body: str, kind: str) -> str | None:
    """Say why these fields make no document; None where they do."""
    if not title and not body:
        return "neither title nor body"
    if kind not in ("", *Kind):
        return f"kind is not one of {', '.join(Kind)}"
    if kind == Kind.HEADLINE and not title:
        return "headline without a title"
    if kind == Kind.ARTICLE and not body:
        return "article without a body"
    return None


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)
