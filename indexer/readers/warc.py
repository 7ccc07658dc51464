"""Reads WARC (ISO 28500) through warcio: the web pages a crawler kept, with the day it did."""

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
from search.dates import parse_date

_PAGES = ("text/html", "application/xhtml+xml")


def read_warc(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Give the documents of every response that is a web page, and why the others are none."""
    number = 0
    try:
        for record in ArchiveIterator(stream):
            number += 1
            yield from _read_record(record, origin.at(f":{number}"))
    except (ArchiveLoadFailed, StatusAndHeadersParserException, *DAMAGE):
        yield Reject("WARC cut off or damaged", f"{origin.place}:{number + 1}")


def _read_record(record: ArcWarcRecord, origin: Origin) -> Iterator[Outcome]:
    if record.rec_type == "revisit":
        yield Reject("WARC revisit: the page is the one captured before", origin.place)
    elif record.rec_type not in ("response", "resource"):
        yield Note(f"WARC {str(record.rec_type)[:20]} record, no page")
    elif reason := _refusal(record):
        yield Reject(reason, origin.place)
    else:
        content = record.content_stream().read(LARGEST_HTML + 1)
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
