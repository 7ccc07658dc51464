"""Tells what a piece of content is, by its first bytes and the shape of its text, not its name."""

import re
import tarfile
from enum import StrEnum

from indexer.readers.columns import Columns
from indexer.readers.encodings import decode, utf16_of

SHOWN = 1 << 16  # bytes looked at


class Format(StrEnum):
    """What content can be; the values read well in a message."""

    EMPTY = "empty"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    ZIP = "zip"
    TAR = "tar"
    UTF16 = "UTF-16 text"
    PARQUET = "Parquet"
    WARC = "WARC"
    HTML = "HTML"
    JSON_LINES = "JSONL"
    JSON = "JSON"
    TABLE = "CSV"
    PAGE = "page"
    BINARY = "binary"


_MAGIC = (
    (re.compile(rb"\x1f\x8b"), Format.GZIP),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), Format.BZIP2),
    (re.compile(rb"\xfd7zXZ\x00"), Format.XZ),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), Format.ZSTD),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), Format.ZIP),
    (re.compile(rb"PAR1"), Format.PARQUET),
    (re.compile(rb"WARC/\d"), Format.WARC),
)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|div|span|p|table|marquee)\b", re.I
)
_JSON = re.compile(r"\[\s*(?:[\[{\]]|$)|\{\s*(?:\n|$)")
# A stray one is met in text; of a picture's bytes they are a tenth
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})
DELIMITERS = ",\t;|"


def format_of(start: bytes, columns: Columns) -> Format:
    """Tell the format of content that begins with these bytes, as many as SHOWN."""
    if magic := next((found for pattern, found in _MAGIC if pattern.match(start)), None):
        return magic
    if _is_tar(start):
        return Format.TAR
    if utf16_of(start):
        return Format.UTF16
    if not start.strip(b" \t\r\n\xef\xbb\xbf"):
        return Format.EMPTY
    if (len(start) - len(start.translate(None, _CONTROLS))) * 100 > len(start):
        return Format.BINARY
    text = decode(start, is_cut=True)
    return Format.PAGE if text is None else _shape(text.lstrip("\ufeff \t\r\n"), columns)


def delimiter_of(header: str, columns: Columns) -> str | None:
    """Find what separates the columns of a header line that names a title or a body."""
    for delimiter in DELIMITERS:
        names = split_header(header, delimiter)
        if len(names) > 1 and columns.are_known(names):
            return delimiter
    return None


def split_header(header: str, delimiter: str) -> list[str]:
    """Give the column names of a header line; they hold no quoted delimiter."""
    return [name.strip().strip('"').strip() for name in header.strip("\ufeff\r\n").split(delimiter)]


def _shape(text: str, columns: Columns) -> Format:
    if _JSON.match(text):
        return Format.JSON
    if text[0] == "{":
        return Format.JSON_LINES
    if text[0] == "<" and _HTML.search(text):
        return Format.HTML
    if delimiter_of(text.split("\n", 1)[0], columns):
        return Format.TABLE
    return Format.PAGE


def _is_tar(start: bytes) -> bool:
    block = start[: tarfile.BLOCKSIZE]
    if len(block) < tarfile.BLOCKSIZE or not block.strip(b"\x00"):
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
