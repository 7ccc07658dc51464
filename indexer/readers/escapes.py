r"""Decode the escapes that a program wrote in place of letters and that no program decoded.

    JSON, Java, Python    \u0633\u062f    \xd8\xb3\xd8\xaf    u0633u062f without its backslashes
    addresses             %D8%B3%D8%AF    %u0633%u062f
    mail                  =D8=B3=D8=AF    =?UTF-8?B?2LPYrw==?=

All stand for «سد». They are decoded where they certainly stand for text: two letters in a row, or a
letter beside another letter. A single escape may be the subject of the text («\u0633»): it is kept
and reported. An address keeps its escapes.
"""

import re
from binascii import Error as Base64Error
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from indexer.readers.encodings import decode
from indexer.readers.mojibake import Damage, Repair

_MAX_ESCAPES = 3  # times that a text may be escaped
_SIGNS = ("\\", "%", "=", "u06")
_SIGN = re.compile(
    r"[\\%]u[\da-f]{4}|\\x[\da-f]{2}|u06[\da-f]{2}u06|[%=][89a-f][\da-f]|%25[\da-f]{2}|=\?"
    r"|\\n(?![a-z])|\\\"",
    re.I,
)
# A line feed, or a quotation mark, that was escaped alone; «C:\\new» and «"\\"» are neither
_LINE_FEED = re.compile(r"(?:\\{1,2}r)?(?<!\\)\\{1,2}n(?![A-Za-z])")
_QUOTATION_MARK = re.compile(r"(?<![\"\\])\\{1,2}\"")
_UNITS = re.compile(r"(?:(?:(?<!\\)\\{1,4}[uU]|%u)[0-9A-Fa-f]{4})+|(?:u06[0-9a-fA-F]{2}){2,}")
_UNIT = re.compile(r"u([0-9a-f]{4})", re.I)
_BARE_UNIT = re.compile(r"(?<![0-9A-Za-z])u06[0-9a-fA-F]{2}(?![0-9A-Za-z])")  # «u0648» for «و»
_OTHER_ESCAPES = {r"\n": "\n", r"\r": "\n", r"\t": "\t", r"\/": "/", r"\"": '"', r"\'": "'"}
_OTHER_ESCAPE = re.compile(r"\\{1,4}[nrt/\"']")
_HEX = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2}(?:=\s+)?)+")
_SOFT_BREAK = re.compile(r"=\s+")  # line feeds may have become spaces
_MAIL_WORDS = re.compile(r"=\?[\w-]+\?[bq]\?[^?\s]*\?=(?:\s+=\?[\w-]+\?[bq]\?[^?\s]*\?=)*", re.I)
_TOKEN = re.compile(r"[^\s<>\"«»]+")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+(?:%[0-9A-Fa-f]?\Z)?")  # may be cut off in a letter
_ESCAPED_SIGN = re.compile("%(?:25)+(?=[0-9A-Fa-f]{2})")
_ADDRESS = re.compile(r"^/|://|www\.|[A-Za-z]/|/[A-Za-z]|[\w-]\.[a-z]{2,6}[/?#]|[?&][\w;]+=|@")
_OCTET = re.compile("[0-9A-Fa-f]{2}")
_ARABIC = re.compile("[\u0600-\u06ff]")
# Control characters, surrogates, private-use code points and noncharacters
_NOT_WRITTEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\uf8ff\ufdd0-\ufdef\ufffe\uffff]"
)


def decode_escapes(text: str) -> Repair:
    """Return the text with the escapes decoded that certainly stand for letters."""
    if not (any(sign in text for sign in _SIGNS) and _SIGN.search(text)):
        return Repair(text, None)
    decoded, is_whole = text, True
    for _ in range(_MAX_ESCAPES):
        before, is_whole = decoded, True
        for step in (
            _decode_lines,
            _decode_mail_words,
            _decode_units,
            _decode_hex,
            _decode_quoted,
            _decode_tokens,
        ):
            decoded, keeps_none = step(decoded)
            is_whole = is_whole and keeps_none
        if decoded == before:
            break
    if not is_whole:
        return Repair(decoded, Damage.STILL_ESCAPED)
    return Repair(decoded, None if decoded == text else Damage.ESCAPED)


def _decode_lines(text: str) -> tuple[str, bool]:
    if "\\" in text:
        text = _QUOTATION_MARK.sub('"', _LINE_FEED.sub("\n", text))
    return text, True


def _decode_units(text: str) -> tuple[str, bool]:
    """Decode UTF-16 code units."""
    runs = list(_UNITS.finditer(text))
    if not any(_are_units(run) for run in runs):
        return text, not runs
    is_bare = any(run[0].startswith("u") for run in runs)
    text = _UNITS.sub(lambda run: _from_units(run[0]) or run[0], text)
    if is_bare:
        text = _BARE_UNIT.sub(lambda unit: _from_units(unit[0]) or unit[0], text)
    # The program that wrote these escaped line feeds and quotation marks as well
    text = _OTHER_ESCAPE.sub(lambda escape: _OTHER_ESCAPES["\\" + escape[0][-1]], text)
    return text, not _UNITS.search(text)


def _are_units(run: re.Match[str]) -> bool:
    """Return whether a run has several code units, or a single unit beside a letter."""
    decoded = _from_units(run[0])
    if not decoded or not _is_written(decoded):
        return False
    return len(_UNIT.findall(run[0])) > 1 or _is_beside_letter(decoded, run)


def _from_units(run: str) -> str | None:
    content = b"".join(int(unit, 16).to_bytes(2, "big") for unit in _UNIT.findall(run))
    try:
        return content.decode("utf-16-be")
    except UnicodeDecodeError:
        return None


def _decode_hex(text: str) -> tuple[str, bool]:
    return _decode_octets(text, _HEX) if "\\x" in text else (text, True)


def _decode_quoted(text: str) -> tuple[str, bool]:
    """Decode quoted-printable."""
    decoded, is_whole = _decode_octets(text, _QUOTED)
    return (text, is_whole) if decoded == text else (_SOFT_BREAK.sub("", decoded), is_whole)


def _decode_octets(text: str, pattern: re.Pattern[str]) -> tuple[str, bool]:
    """Decode all octets of a text that holds letters among them."""
    runs = list(pattern.finditer(text))
    if any(_are_octets(run) for run in runs):
        text = pattern.sub(_written_octets, text)
        runs = list(pattern.finditer(text))
    return text, not any(_has_letters(run[0]) for run in runs)


def _decode_tokens(text: str) -> tuple[str, bool]:
    """Decode the percent-encoded words that are no addresses."""
    is_whole = True

    def decode_token(token: re.Match[str]) -> str:
        nonlocal is_whole
        if "%" not in token[0] or _ADDRESS.search(token[0]):
            return token[0]
        once = _ESCAPED_SIGN.sub("%", token[0])
        decoded, keeps_none = _decode_octets(once, _PERCENT)
        is_whole = is_whole and keeps_none
        if decoded == once:
            return token[0]
        return decoded if "%20" in once else decoded.replace("+", " ")  # as forms write spaces

    return (_TOKEN.sub(decode_token, text), is_whole) if "%" in text else (text, True)


def _from_octets(run: str) -> str | None:
    """Return the text of octets in UTF-8 or a code page; a letter that is cut off is left out."""
    escapes = _OCTET.findall(_SOFT_BREAK.sub("", run))
    decoded = decode(bytes.fromhex("".join(escapes)), is_cut=True)
    return None if "\ufffd" in decoded else decoded


def _written_octets(run: re.Match[str]) -> str:
    decoded = _from_octets(run[0])
    return decoded if decoded and _is_written(decoded) else run[0]


def _has_letters(run: str) -> bool:
    high = [octet for octet in _OCTET.findall(run) if int(octet, 16) >= 0x80]
    return len(high) > 1 or any(not octet.isdecimal() for octet in high)  # «%85» is a percentage


def _decode_mail_words(text: str) -> tuple[str, bool]:
    """Decode encoded words (RFC 2047)."""
    if "=?" not in text:
        return text, True
    decoded = _MAIL_WORDS.sub(_from_mail_words, text)
    return decoded, not _MAIL_WORDS.search(decoded)


def _from_mail_words(words: re.Match[str]) -> str:
    try:
        return str(make_header(decode_header(words[0])))
    except (HeaderParseError, Base64Error, LookupError, ValueError):
        return words[0]


def _are_octets(run: re.Match[str]) -> bool:
    """Return whether a run has two non-ASCII letters, or a single one beside another letter."""
    decoded = _from_octets(run[0])
    if not decoded or not _is_written(decoded):
        return False
    letters = sum(not char.isascii() and char.isalpha() for char in decoded)
    return letters > 1 or (letters == 1 and _is_beside_letter(decoded, run))


def _is_written(decoded: str) -> bool:
    return _NOT_WRITTEN.search(decoded) is None


def _is_beside_letter(decoded: str, run: re.Match[str]) -> bool:
    """Return whether a letter of the same script stands beside the run; «’» is of any script."""
    neighbours = (
        run.string[max(run.start() - 1, 0) : run.start()] + run.string[run.end() : run.end() + 1]
    )
    is_arabic = _ARABIC.search(decoded) is not None
    is_letter = any(map(str.isalpha, decoded))
    return any(
        char.isalpha() and (not is_letter or bool(_ARABIC.match(char)) is is_arabic)
        for char in neighbours
    )
