"""Repair text that was decoded with a wrong code page before it came into a dump.

Two kinds are repaired where the repair is certain, and as often as the text was misread:

    UTF-8 read as a code page        «Ø§Ù„Ù…» «ط§ظ„ظ…» «√©» «├⌐» -> «الم» «é»
        UTF-8 follows a strict pattern: three of its sequences in a row occur in no language, nor
        does one that is an accented letter beside a Latin letter.
    Arabic of another encoding       «ÇáãÛÑÈ» -> «المغرب», by `code_pages.py`

Text that looks misread and cannot be repaired is reported, and so is text whose letters were lost
to question marks. Left out: French in a DOS code page.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from indexer.readers.code_pages import (
    WESTERN,
    byte_by_character,
    from_arabic_page,
    from_utf16,
    from_western_page,
    looks_misread_arabic,
    mixes_letters,
)

_READ_AS = (*WESTERN, "cp1256")
_MAX_MISREADINGS = 3  # times that a text was misread
_MOSTLY_UTF8 = 0.9  # share of the characters beyond ASCII
_MIN_DECODED = 0.8  # share of the sequences of a span


class Damage(StrEnum):
    """The damage of a text, and its treatment."""

    REPAIRED = "text read in a wrong encoding: repaired"
    SUSPECT = "text that looks read in a wrong encoding: kept as it was"
    LOST = "letters lost to question marks: kept as they were"
    ESCAPED = "escapes left in a text: decoded"
    STILL_ESCAPED = "escapes left in a text: kept as they were"


class Repair(NamedTuple):
    """A text after its repair, and its damage, if any."""

    text: str
    damage: Damage | None


def repair(text: str) -> Repair:
    """Return the text as it was written, as far as that is certain."""
    if not _may_be_damaged(text):
        return Repair(text, None)
    repaired = text
    for _ in range(_MAX_MISREADINGS):
        before = repaired
        repaired = (
            from_utf16(repaired)
            or from_western_page(repaired)
            or from_arabic_page(repaired)
            or _as_utf8(repaired)
            or repaired
        )
        if repaired == before:
            break
    if _looks_misread(repaired) or looks_misread_arabic(repaired):
        return Repair(repaired, Damage.SUSPECT)
    if lost_share(repaired) >= _NOTED_LOSS:
        return Repair(repaired, Damage.LOST)
    return Repair(repaired, None if repaired == text else Damage.REPAIRED)


def lost_share(text: str) -> float:
    """Return the share of the words that only consist of question marks or the like, 0 to 1."""
    if "??" not in text and "\ufffd" not in text and "\u25a1" not in text and "¿¿" not in text:
        return 0.0
    words = [word for word in text.split() if _SAYS_SOMETHING.search(word)]
    lost = sum(_LOST_WORD.fullmatch(word) is not None for word in words)
    return lost / len(words) if lost >= _MIN_LOST else 0.0


_NOTED_LOSS = 0.2
_MIN_LOST = 2  # words; in «why ??? and how???» the marks only ask
_SAYS_SOMETHING = re.compile(r"[^\W\d_]|[?\ufffd\u25a1¿]{2}")
_LOST_WORD = re.compile(r"[\W\d_]*[?\ufffd\u25a1¿]{2}[\W\d_]*")

# A cheap test before the patterns: a search for one character takes a fifth of the time for two. In
# misread text some of these are among the commonest characters, since they stand for «ا», «ل», «و»
# or «é»; sound press in Arabic or French has next to none of them.
_SIGNS = (
    *("Ø", "Ù", "Ã", "â€", "á", "Ç"),  # read as cp1252
    *("§", "„", "أ©", "آ©", "¨"),  # read as cp1256; «©» alone is in sound text
    *("Ÿ", "√", "·", "‚"),  # as Mac Roman
    *("┘", "├", "ß", "╟", "Γ", "Ô"),  # as cp437 or cp850
    *("Щ", "Г", "б", "Ђ"),  # as cp1251
    *("??", "\ufffd", "\u25a1", "¿", "\x00", "\x06"),
)
_ASCII_SIGNS = ("??", "\x00", "\x06", "'D", "' D")  # «ال» of UTF-16 is «'D»


def _may_be_damaged(text: str) -> bool:
    if text.isascii():
        return any(sign in text for sign in _ASCII_SIGNS)
    return any(sign in text for sign in _SIGNS) or mixes_letters(text)


class _Page(NamedTuple):
    """The characters of bytes in a code page."""

    byte_by_character: Mapping[int, int]  # for `str.translate`
    sequence: re.Pattern[str]  # of UTF-8, as it is read in the page
    span: re.Pattern[str]  # sequences with ASCII between them


class _Piece(NamedTuple):
    """A sequence and the character that it encodes, or other text and None."""

    raw: str
    character: str | None

    @property
    def is_whole(self) -> bool:
        """Return whether this is a sequence that lost none of its bytes."""
        return self.character is not None and len(self.raw) > 1 and self.raw[-1] != "\ufffd"


@cache
def _page(encoding: str) -> _Page:
    bytes_of = byte_by_character(encoding)

    def among(first: int, last: int) -> str:
        characters = (chr(c) for c, byte in bytes_of.items() if first <= byte <= last)
        return "[" + "".join(map(re.escape, characters)) + "]"

    rest = among(0x80, 0xBF)
    sequence = (
        f"{among(0xC2, 0xDF)}{rest}|{among(0xE0, 0xEF)}{rest}{{2}}|{among(0xF0, 0xF4)}{rest}{{3}}"
    )
    if encoding == "cp1252":
        # Its undefined bytes are often dropped or replaced, and so is the soft hyphen
        sequence += f"|[ØÙ]\ufffd?(?!{rest})|â€\ufffd?(?!{rest})|Ã(?=[ ,.]|$)"
    return _Page(
        bytes_of,
        re.compile(sequence),
        re.compile(f"(?:{sequence})(?:[\x00-\x7f]{{0,40}}+(?:{sequence}))*"),
    )


def _as_utf8(text: str) -> str | None:
    """Return the text with its misread UTF-8 decoded; None if it holds no misread UTF-8."""
    repairs = (_decode_utf8(text, _page(encoding)) for encoding in _READ_AS)
    repaired = min(repairs, key=len)  # each sequence becomes a character: the shortest has most
    return None if repaired == text else repaired


def _decode_utf8(text: str, page: _Page) -> str:
    """Decode the spans that certainly were UTF-8, or all spans if the text holds little else."""
    spans = [(span, _decode_span(span[0], page)) for span in page.span.finditer(text)]
    certain = [_is_utf8(span, pieces) for span, pieces in spans]
    if not any(certain):
        return text
    in_sequences = sum(len(raw) for _, pieces in spans for raw, c in pieces if c)
    decodes_all = in_sequences >= _MOSTLY_UTF8 * sum(not character.isascii() for character in text)
    whole, end = [], 0
    for (span, pieces), is_certain in zip(spans, certain, strict=True):
        whole.append(text[end : span.start()])
        whole += [c or raw if is_certain or decodes_all else raw for raw, c in pieces]
        end = span.end()
    return "".join((*whole, text[end:]))


def _decode_span(span: str, page: _Page) -> list[_Piece]:
    """Return the sequences of a span, and the ASCII between them."""
    pieces: list[_Piece] = []
    end = 0
    for sequence in page.sequence.finditer(span):
        if end < sequence.start():
            pieces.append(_Piece(span[end : sequence.start()], None))
        pieces.append(_Piece(sequence[0], _decode(sequence[0], page)))
        end = sequence.end()
    return pieces


def _is_utf8(span: "re.Match[str]", pieces: list[_Piece]) -> bool:
    """Return whether these sequences stand in a row, or as accented letters in a Latin word."""
    if (span[0] in _ALONE and _is_alone(span)) or _NO_LANGUAGE.search(span[0]):
        return True
    decoded = [piece for piece in pieces if piece.is_whole]
    undecodable = sum(not piece.raw.isascii() and not piece.character for piece in pieces)
    if len(decoded) < _MIN_DECODED * (len(decoded) + undecodable):
        return False
    if any(_TYPOGRAPHIC.fullmatch(piece.character or "") for piece in decoded):
        return True
    if len(decoded) >= 3 and any(a.is_whole and b.is_whole for a, b in pairwise(pieces)):
        return True
    texts = [span.string[max(span.start() - 1, 0) : span.start()], *(p.raw for p in pieces)]
    texts.append(span.string[span.end() : span.end() + 1])
    return any(
        piece.is_whole
        and _ACCENTED.fullmatch(piece.character or "")
        and _is_in_latin_word(before[-1:], piece.raw, after[:1])
        for before, piece, after in zip(texts, pieces, texts[2:], strict=False)
    )


_TYPOGRAPHIC = re.compile(
    "[\u200b-\u200f\u2010-\u2015\u2018-\u201f\u2022\u2026\u202a-\u202e\u2030\u2039\u203a\u20ac\u2122"
    "\ufb50-\ufeff\U0001f300-\U0001faff]"
)
_NO_LANGUAGE = re.compile("Ã[©¨´®¢§ª¹¯¶¼¤±¡³º]")
_ALONE = ("Ã", "Ã\u00a0", "√†", "├á")  # «à», the commonest word of French with an accent


def _is_alone(span: "re.Match[str]") -> bool:
    before = span.string[max(span.start() - 1, 0) : span.start()]
    return not before.strip() and not span.string[span.end() : span.end() + 1].strip()


_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f]")
_QUOTES = frozenset("«»“”„‘’‚…–—¿¡؟،؛")


def _is_in_latin_word(before: str, sequence: str, after: str) -> bool:
    """Return whether a Latin letter is adjacent; «BLÅ“» ends in a quotation mark."""
    if after.isascii() and after.isalpha():
        return True
    return before.isascii() and before.isalpha() and sequence[-1] not in _QUOTES


def _decode(sequence: str, page: _Page) -> str | None:
    if lost := _LOST_BYTE.get(sequence.removesuffix("\ufffd")):
        return lost
    try:
        character = sequence.translate(page.byte_by_character).encode("latin-1").decode()
    except ValueError:  # the sequence is no UTF-8
        return None
    return character if _PRESS.match(character) or _TYPOGRAPHIC.match(character) else None


# The characters of the Arabic and French press, and those as which they were misread before
_PRESS = re.compile(
    "[\u0080-\u017f\u0192\u02c6\u02dc\u0391-\u03c9\u0401-\u045f\u060c\u061b\u061f\u0621-\u066d\u0670-\u06d5"
    "\u06f0-\u06f9\u02b0-\u02df\u1d2c-\u1d9f\u2020\u2021\u2190-\u22ff\u2500-\u25ff]"
)
# The soft hyphen ends «ح», the no-break space «à»; the byte 81, which cp1252 leaves undefined, ends
# «ف», and 9D the quotation mark
_LOST_BYTE = {"Ø": "ح", "Ù": "ف", "â€": "”", "Ã": "à"}


def _looks_misread(text: str) -> bool:
    """Return whether the text still looks as if it was read in a wrong encoding."""
    strange = sum(map(len, _STRANGE.findall(text)))
    return strange >= max(3, 0.01 * len(text))


_STRANGE = re.compile(
    "[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{3,}"  # no language has three accents in a row
    "|(?:[ØÙÃ][\u0080-\u00bfŒœŠšŽžŸƒˆ˜‚„†‡•‰™]){2,}|(?:[طظ][\u0080-\u00a9\u00ab-\u00baƒ†‡ˆ‰ٹھ]){2,}"
    "|[\u0080-\u0084\u0086-\u009f]+|[\u2550-\u256c]+(?=[ßα-ωΓΣΦΘΩ])"
)
