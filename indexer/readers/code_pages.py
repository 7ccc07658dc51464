"""Decode Arabic that was written in one code page, or in UTF-16, and read as another.

Read as a Western page («ÇáãÛÑÈ» -> «المغرب»): a page decodes any bytes, so all words must turn into
Arabic words with the letters that Arabic uses most, and the text must hold Arabic articles or
particles. Read as another Arabic page («انهèسêâé» -> «الموسيقى»): every fourth word must also mix
Arabic letters with others before it is decoded. UTF-16 read byte by byte: every second character is
NUL or U+0006. If these were dropped («'DE/JF)»), «.» may be a full stop or «خ», so the text is only
reported.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

WESTERN = ("cp1252", "mac_roman", "cp437", "cp850", "cp1251", "cp1254")
_ARABIC_PAGES = ("cp1256", "iso8859-6", "cp720", "mac_arabic")
_FROM_WESTERN = [(read_as, written) for read_as in WESTERN for written in _ARABIC_PAGES]
_AMONG_ARABIC = [(r, w) for r in _ARABIC_PAGES for w in _ARABIC_PAGES if r != w]


@cache
def byte_by_character(encoding: str) -> Mapping[int, int]:
    """Return the byte of each character of a code page, for `str.translate`.

    cp1252 and Latin-1 are mixed up: the control characters of Latin-1 stand for their bytes too.
    """
    controls = {byte: byte for byte in range(0x80, 0xA0)}
    return controls | {ord(_character(byte, encoding)): byte for byte in range(256)}


def _character(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


@cache
def _letters(read_as: str, written_in: str) -> Mapping[int, str]:
    """Return the letter that each misread character stands for, for `str.translate`."""
    return {
        character: _character(byte, written_in)
        for character, byte in byte_by_character(read_as).items()
        if byte >= 0x80
    }


def from_western_page(text: str) -> str | None:
    """Return the text with its lines of misread Arabic decoded; None if it has no such lines."""
    return _decode_lines(text, _may_be_western, _FROM_WESTERN)


def _may_be_western(line: str) -> bool:
    return not line.isascii() and not _ARABIC.search(line)


def from_arabic_page(text: str) -> str | None:
    """Return the text with its lines of another Arabic page decoded; None if it has none."""
    if not mixes_letters(text):
        return None
    is_all = _is_mixed(text)  # a short line may hold none of the letters that differ
    return _decode_lines(text, lambda line: is_all or _is_mixed(line), _AMONG_ARABIC)


def mixes_letters(text: str) -> bool:
    """Return whether an Arabic letter stands beside a Latin letter that replaces an Arabic one."""
    return any(map(text.__contains__, _OTHER_LETTERS)) and _MIXED.search(text) is not None


def _is_mixed(text: str) -> bool:
    words = [word for word in text.split() if _ARABIC.search(word)]
    return sum(_MIXED.search(word) is not None for word in words) > _MIN_MIXED * len(words)


def _decode_lines(
    text: str, is_suspect: Callable[[str], bool], pages: Iterable[tuple[str, str]]
) -> str | None:
    """Decode the suspect lines by the pair of pages that yields the most Arabic; else None."""
    lines = text.splitlines(keepends=True)
    suspects = [n for n, line in enumerate(lines) if is_suspect(line)]
    misread = "".join(lines[n] for n in suspects)
    if not misread:
        return None
    scores = {pair: _arabic_score(misread, misread.translate(_letters(*pair))) for pair in pages}
    best = max(scores, key=lambda pair: scores[pair])
    if not scores[best]:
        return None
    for n in suspects:
        lines[n] = lines[n].translate(_letters(*best))
    return "".join(lines)


def _arabic_score(misread: str, decoded: str) -> float:
    """Return the score of the decoded text as Arabic, up to 3; 0 if it is not certain."""
    changed = [
        word.strip(_PUNCTUATION)
        for before, word in zip(_WORD.findall(misread), _WORD.findall(decoded), strict=False)
        if before != word
    ]
    words = [word for word in changed if word]
    letters = "".join(_ARABIC.findall("".join(words)))
    if len(set(letters)) < _MIN_DISTINCT or max(map(len, words)) < _MIN_LONG:
        return 0.0
    written = sum(_ARABIC_WORD.fullmatch(word) is not None for word in words) / len(words)
    common = sum(letter in _COMMON_LETTERS for letter in letters) / len(letters)
    marked = sum(_MARKED.match(word) is not None for word in words) / len(words)
    is_marked = marked >= _MIN_MARKED or len(words) < _MANY_WORDS
    if written < _MIN_WRITTEN or common < _MIN_COMMON or not is_marked:
        return 0.0
    return written + common + marked


_WORD = re.compile(r"[^ \t\r\n]+")  # a no-break space may stand for a letter
_ARABIC = re.compile("[\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af]")
_ARABIC_WORD = re.compile(
    "[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af\u200c\u200d]+"
    "(?:[-./،:\"'()«»]+[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af\u200c\u200d0-9]+)*"
)
_PUNCTUATION = "«»“”„‘’‚…–—،؛؟.,:;!?()[]{}\"'/-*%\u200e\u200f0123456789\u00a0"
_COMMON_LETTERS = frozenset("اليمنوتربعدهة")
_MARKED = re.compile(
    "[وفبكل]?ال|لل|(?:و?(?:في|من|على|إلى|الى|عن|أن|ان|إن|مع|بعد|قبل|هذا|هذه|كان|لا|ما))$"
)
_MIN_DISTINCT = 4
_MIN_LONG = 3  # letters of the longest word
_MIN_WRITTEN = 0.95
_MIN_COMMON = 0.5  # 0.72 in the Arabic press, a third by chance
_MIN_MARKED = 0.1  # 0.4 in the Arabic press
_MANY_WORDS = 20  # a headline may have neither articles nor particles

# windows-1256 reads the commonest letters of ISO 8859-6 («ي» «و» «ى» «ه» «ق») as the first five.
# Latin-1 fills the gaps of ISO 8859-6: the last four are «ف» «ق» «ك» «غ» of windows-1256.
_OTHER_LETTERS = "êèéçâÝÞßÛ"
_ANY_ARABIC = "[\u0621-\u0652\u067e\u0686\u0698\u06a9\u06af]"
_LATIN = "[\u00c0-\u00d7\u00d9-\u00f6\u00f9-\u00ff]"
_MIXED = re.compile(f"{_ANY_ARABIC}{_LATIN}|{_LATIN}{_ANY_ARABIC}")
_MIN_MIXED = 0.25  # share of the Arabic words: 0.7 in a misread article, 0 in a sound article


def from_utf16(text: str) -> str | None:
    """Return the text of UTF-16 whose bytes were each read as a character; else None."""
    zeros = text.count("\x00")
    if zeros + text.count("\x06") < _MIN_ROWS * len(text):
        return None
    plain = text.removeprefix("ÿþ").removeprefix("þÿ")
    try:
        content = plain.translate(byte_by_character("cp1252")).encode("latin-1")
    except UnicodeEncodeError:
        return None
    decoded = [
        content[start:].decode(encoding, "ignore")
        for encoding in ("utf-16-le", "utf-16-be")
        for start in (0, 1)  # white space around the text was cut off
    ]
    best = max(decoded, key=lambda text: (_share_of_press(text), len(text)))
    return best if _share_of_press(best) >= _MIN_WRITTEN else None


def _share_of_press(text: str) -> float:
    return len(_PRESS.findall(text)) / max(len(text), 1)


_MIN_ROWS = 0.3  # of the characters
_PRESS = re.compile(
    "[\t\n\r -~\u00a0-\u00ff\u060c\u061b\u061f\u0621-\u063a\u0640-\u0652\u0660-\u0669\u2010-\u203a]"
)


def looks_misread_arabic(text: str) -> bool:
    """Return whether the text still looks like Arabic of another page, or of UTF-16 («'DE/JF)»)."""
    lacks_bytes = any(map(text.__contains__, _ARTICLE_LOW)) and _LOW_BYTES.fullmatch(text)
    return bool(lacks_bytes) or (mixes_letters(text) and _is_mixed(text))


_ARTICLE_LOW = ("'D", "' D")  # «ال», with a space where a byte was dropped
_LOW_BYTES = re.compile(r"[ÿþ]*[!-:@-J]+(?:\s+[!-:@-J]+)+\s*")
