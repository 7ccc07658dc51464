"""Reads WARC (ISO 28500) through warcio: web pages that a crawler stored, dated by the crawl."""

from collections.abc import Iterator
from dataclasses import replace

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParserException

from indexer.readers.encodings import declared_in
from indexer.readers.html import LARGEST_HTML, read_html
from indexer.readers.origin import Origin
from indexer.readers.outcome import Note, Outcome, Reject
from indexer.readers.streams import DAMAGE, Stream
from search.language.dates import parse_date

_KINDS = ("response", "resource")
_PAGES = ("text/html", "application/xhtml+xml")


class _Records(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
    """Iterates over records; counts those of a wrong length, and prints nothing about them."""

    INC_RECORD = ""


def read_warc(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield what each response holds that is a web page, and why the others are none."""
    records = _Records(stream)
    number, wrong = 0, 0
    while True:
        number += 1
        where = origin.at(f":{number}")
        try:
            record = next(records, None)
            content = _content(record) if record else None
        except (ArchiveLoadFailed, StatusAndHeadersParserException, AttributeError, *DAMAGE):
            # AttributeError: warcio, on a record without its URI
            yield Reject("WARC cut off or damaged", where.place)
            return
        if records.err_count > wrong:
            wrong = records.err_count
            yield Reject("WARC record of another length than it says", where.place)
        if record is None:
            return
        yield from _read_record(record, content, where)


def _content(record: ArcWarcRecord) -> bytes | None:
    """Return the page that a record holds; None if the record is cut off."""
    if record.rec_type not in _KINDS or _refusal(record):
        return b""
    content = bytes(record.content_stream().read(LARGEST_HTML + 1))
    is_cut = getattr(record.raw_stream, "limit", 0) > 0 and len(content) <= LARGEST_HTML
    return None if is_cut else content


def _read_record(record: ArcWarcRecord, content: bytes | None, origin: Origin) -> Iterator[Outcome]:
    if record.rec_type == "revisit":
        yield Reject("WARC revisit: the page is the one captured before", origin.place)
    elif record.rec_type not in _KINDS:
        yield Note(f"WARC {str(record.rec_type)[:20]} record, no page")
    elif reason := _refusal(record):
        yield Reject(reason, origin.place)
    elif content is None:
        yield Reject("WARC record cut off", origin.place)
    elif not content.strip():
        yield Reject("page without text", origin.place)
    else:
        yield from read_html(content, _origin_of(record, origin))


def _refusal(record: ArcWarcRecord) -> str | None:
    status = record.http_headers.get_statuscode() if record.http_headers else "200"
    if status != "200":
        return f"HTTP status {str(status)[:3]}"
    kind = _content_type(record).split(";")[0].strip().lower()
    return None if kind in _PAGES else "WARC response that is no HTML"


def _content_type(record: ArcWarcRecord) -> str:
    headers = record.http_headers or record.rec_headers
    return headers.get_header("Content-Type") or ""


def _origin_of(record: ArcWarcRecord, origin: Origin) -> Origin:
    captured = parse_date(record.rec_headers.get_header("WARC-Date") or "")
    return replace(
        origin,
        captured_on=captured or origin.captured_on,
        url=record.rec_headers.get_header("WARC-Target-URI"),
        charset=declared_in(_content_type(record)),
    )
