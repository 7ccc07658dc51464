"""Decode bytes: UTF-8, UTF-16, UTF-32, and the code pages of Arabic and French press.

UTF-8 is tried first whatever was declared, since hardly any other text is valid UTF-8. A code page
decodes any bytes, so the page is chosen whose words look written: Arabic letters alone, or Latin
letters with a few accents.

The rule is our own, because charset-normalizer and chardet take UTF-8 and ISO 8859-6 for another
encoding as soon as one octet is damaged (tests.benchmarks.encodings).
"""

import codecs
import io
import re

from indexer.readers.streams import RawStream, Stream, buffered

# cp1256 encodes French too, except accented capitals: cp1252 comes after it.
_CODE_PAGES = ("cp1256", "iso8859-6", "cp1252")
_UTF8 = "utf-8-sig"  # the mark may be missing
_ASCII = bytes(range(128))
# Codecs of Python that leave ASCII as it is, and are no charset of a text
_NO_CHARSETS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
_SAMPLE = 20_000  # first bytes, by which a code page is chosen
_MIN_PLAUSIBLE = 0.7  # share of words that must look written
_MIN_MISREAD = 0.01  # share of characters from which a text is mojibake

_WORD = re.compile(r"[^\W\d_]+(?:[\u064b-\u0652\ufffd]+[^\W\d_]*)*|\ufffd+")
_ARABIC_WORD = re.compile("[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af\u06cc]+")
# «ÐÞðþÿ» are left out: damaged octets would be read as these letters
_LATIN_WORD = re.compile(
    "[A-Za-z\u00c0-\u00cf\u00d1-\u00dd\u00df-\u00ef\u00f1-\u00fd\u0100-\u017f]+"
)
_TYPOGRAPHY = frozenset("‘’“”«»–—…€°")  # often all that a French title has beyond ASCII

# UTF-8 of Arabic starts with the bytes D8 and D9: «الم» read as Latin-1 or cp1252 gives «Ø§Ù„Ù…»,
# as cp1256 «ط§ظ„ظ…». French «é» gives «Ã©», which no language writes.
_MISREAD = re.compile(
    "(?:[ØÙ][\u0080-\u00bfŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]){3}"
    "|Ã©|(?:[طظ][\u0080-\u00bfپ‚ƒ„…†‡ˆ‰ٹ‹Œچژڈگ‘’“”•–—ک™ڑ›œ\u200c\u200dں،ھ؛؟]){3}"
)


def is_mojibake(text: str) -> bool:
    """Return whether the text was UTF-8 and was decoded as another encoding before.

    A sound text that quotes a misread name is below the limit: in misread French every twentieth
    character is affected, in misread Arabic all of them.
    """
    return misread_share(text) >= _MIN_MISREAD


def misread_share(text: str) -> float:
    """Return the share of characters that stand for bytes of misread UTF-8, 0 to 1."""
    # A cheap test before the pattern: most texts hold none of these signs; in misread texts they
    # stand for «ا» or «ل»
    is_suspect = "Ø" in text or "Ù" in text or "Ã" in text or "ط§" in text or "ظ„" in text
    return sum(map(len, _MISREAD.findall(text))) / len(text) if is_suspect else 0.0


def decode(content: bytes, *, declared: str | None = None, is_cut: bool = False) -> str:
    """Decode content; its declared encoding may be missing or wrong.

    Octets that cannot be decoded become U+FFFD. With `is_cut` the last character may be
    incomplete, and is left out.
    """
    if is_widened(content):
        content = content.decode("utf-8", "replace").encode("latin-1", "replace")
    if wide := wide_encoding_of(content):
        return content.decode(wide, "replace")
    try:
        if not is_cut:
            return content.decode().removeprefix("\ufeff")
        return codecs.getincrementaldecoder("utf-8-sig")().decode(content)
    except UnicodeDecodeError:
        encoding = _guess(content, declared)
    return codecs.getincrementaldecoder(encoding)("replace").decode(content, final=not is_cut)


def is_undecodable(text: str) -> bool:
    """Return whether more of the text could not be decoded than could."""
    return 2 * text.count("\ufffd") > len(text)


def encoding_of(start: bytes) -> str:
    """Return the encoding of text that begins with these bytes."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return _guess(start, None)
    return "utf-8"


def declared_in(header: str) -> str | None:
    """Return the charset that an HTTP or HTML content type names, if it is an extended ASCII."""
    match = re.search(r"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", header, re.I)
    if not match:
        return None
    try:
        name = codecs.lookup(match[1]).name
        if name in _NO_CHARSETS or _ASCII.decode(name) != _ASCII.decode():
            return None
    except (LookupError, ValueError):
        return None
    # Text that is declared Latin-1 is cp1252 on the web (WHATWG Encoding Standard, 4.2).
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def is_widened(start: bytes) -> bool:
    """Return whether text in UTF-16 was read as Latin-1 and written as UTF-8, by its mark."""
    return start[:4] in ("ÿþ".encode(), "þÿ".encode())


def wide_encoding_of(start: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 variant: by its mark, or by the octets 0 and 6 (Arabic)."""
    if start[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        return "utf-32"
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or is_widened(start):
        return "utf-16"
    head = start[: min(512, len(start) & ~1)]
    if len(head) < 8 or b"\x00" not in head:
        return None
    # The octets at the same place in each character; the place of the lowest octet comes first
    by_place = [head[: len(head) & ~3][place::4] for place in range(4)]
    even, odd = head[::2], head[1::2]
    for low, high, zeros, encoding in (
        (by_place[0], by_place[1], by_place[2] + by_place[3], "utf-32-le"),
        (by_place[3], by_place[2], by_place[1] + by_place[0], "utf-32-be"),
        (even, odd, b"", "utf-16-le"),
        (odd, even, b"", "utf-16-be"),
    ):
        is_wide = zeros.count(0) >= 0.9 * len(zeros) and b"\x00" in high
        if is_wide and _rows(high) > 0.9 * len(high) and _rows(low) < 0.5 * len(low):
            return encoding
    return None


def recoded(stream: Stream, depth: int, encoding: str) -> Stream:
    """Return a stream of UTF-16 or UTF-32 as UTF-8, for readers of lines."""
    if is_widened(stream.peek(4)[:4]):
        octets = _Encoded(codecs.getreader("utf-8")(stream, "replace"), "latin-1")
        stream = buffered(RawStream(octets, "UTF-16", depth))
    reader = codecs.getreader(encoding)(stream, "replace")
    return buffered(RawStream(_Encoded(reader), encoding.upper(), depth))


class _Encoded:
    """The bytes, in UTF-8 or another encoding, of the text that a codec's reader decodes."""

    def __init__(self, reader: codecs.StreamReader, encoding: str = "utf-8") -> None:
        self._reader = reader
        self._encoding = encoding
        self._left = io.BytesIO()

    def read1(self, size: int, /) -> bytes:
        if piece := self._left.read(size):
            return piece
        self._left = io.BytesIO(self._reader.read(size).encode(self._encoding, "replace"))
        return self._left.read(size)


def _rows(half: bytes) -> int:
    return half.count(0) + half.count(6)


def _guess(content: bytes, declared: str | None) -> str:
    """Return the encoding of content that is not sound UTF-8."""
    if _is_mostly_utf8(content):
        return _UTF8
    sample = content[:_SAMPLE]
    names = dict.fromkeys((*([declared] if declared else []), *_CODE_PAGES))
    scores = {name: _plausibility(sample, name) for name in names}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _MIN_PLAUSIBLE else _UTF8


def _is_mostly_utf8(content: bytes) -> bool:
    """Return whether more characters beyond ASCII are sound UTF-8 than octets are not.

    Text of a code page has hardly a sound sequence: «ر،» in cp1256 is one, a letter is none.
    """
    text = content.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    ascii_characters = len(content) - len(content.translate(None, _ASCII))
    return len(text) - ascii_characters - damaged > damaged


def _plausibility(sample: bytes, encoding: str) -> float:
    """Return the share of the words with non-ASCII letters that look written, 0 to 1.

    Without such words, it is the share of the other non-ASCII signs that are typographic.
    """
    text = sample.decode(encoding, "replace")
    if is_mojibake(text):
        return 0.0
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if words:
        return sum(map(_looks_written, words)) / len(words)
    signs = [sign for sign in text if not sign.isascii()]
    return sum(sign in _TYPOGRAPHY for sign in signs) / len(signs) if signs else 0.0


def _looks_written(word: str) -> bool:
    if _ARABIC_WORD.fullmatch(word):
        return True
    accents = sum(not letter.isascii() for letter in word)
    # «été» and «À» are words, «ÇáãÛÑÈ» is Arabic misread
    return bool(_LATIN_WORD.fullmatch(word)) and (accents == 1 or accents * 2 <= len(word) + 1)
