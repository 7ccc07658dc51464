"""Read archive pages from a text file in any encoding; `archive_page.py` parses them."""

from collections.abc import Iterator

from indexer.readers.archive_page import LARGEST_PAGE, read_pages
from indexer.readers.encodings import decode, encoding_of, is_undecodable
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.streams import SNIFFED_BYTES, Stream, read_bounded_line


def read_page_text(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each page; octets that cannot be decoded are replaced."""
    start = stream.peek(SNIFFED_BYTES)[:SNIFFED_BYTES]
    if is_undecodable(decode(start, is_cut=True)):
        yield Reject("text in no known encoding", origin.place)
    else:
        yield from read_pages(_lines(stream, encoding_of(start)), origin)


def _lines(stream: Stream, encoding: str) -> Iterator[str]:
    while True:
        # Four times as many bytes as characters: a line that is cut here makes its page too long
        line, _ = read_bounded_line(stream, 4 * (LARGEST_PAGE + 1))
        if not line:
            return
        # A page that is cut off within a letter still has its headlines
        yield from decode(line, declared=encoding, is_cut=True).splitlines()
