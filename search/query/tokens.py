"""Split a typed line into words, quoted phrases and the marks of the query language. Pure.

A mark is recognised by the characters beside it; `search.query.syntax` reads the text that it
covers. A mark that fits nowhere becomes a word, and is listed as unread.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from search.language.analysis import fold
from search.query.prefixes import spellings_of_prefix

PUNCTUATION = " \t\n.,:;!?()[]،؛؟…"
MAX_NESTED = 8  # groups inside one another; deeper parentheses are punctuation
MAX_BETWEEN = 50  # the largest N of "a b"~N

TITLE, SOURCE, AUTHOR, BEFORE, AFTER = "title", "source", "author", "before", "after"
_NAMES_OF_KEYS = {
    TITLE: "title titre عنوان العنوان",
    SOURCE: "source مصدر المصدر جريدة",
    AUTHOR: "author auteur كاتب الكاتب بقلم",
    BEFORE: "before avant قبل",
    AFTER: "after après بعد",
}
KEYS = {fold(name): key for key, names in _NAMES_OF_KEYS.items() for name in names.split()}

# A left single quotation mark is a letter of transliterated names, and a right one an apostrophe:
# these two only close a quotation that a low mark opened.
_CLOSING = {
    mark: re.compile(closing)
    for mark, closing in (
        ('"', '"'), ("«", "»"), ("“", "[”“]"), ("”", "”"), ("„", "[“”]"), ("‹", "›"),
        ("‚", r"[‘’](?!\w)"),
    )
}  # fmt: skip
QUOTES = '"«»“”„‹›'
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")
_NEAR = re.compile(r"~(\d{1,2})(?!\w)")
_PIECE = re.compile(
    rf"""
    (?P<MINUS> (?<![^\s(]) - (?= [^\W\d_] | [(‚{QUOTES}] ) )
    | (?P<KEY> (?<![^\s(-]) [^\W\d_][^\s:()*{QUOTES}]{{0,15}} : )
    | (?P<OPEN> \( ) | (?P<CLOSE> \) )
    | (?P<WORD> [^\s(){QUOTES}]+ )
    """,
    re.VERBOSE,
)


class TokenKind(Enum):
    """The kind of a token."""

    WORD = auto()  # or punctuation
    PHRASE = auto()  # in quotation marks
    PREFIX = auto()  # a word with a star behind it
    KEY = auto()
    MINUS = auto()
    NOT = auto()
    OR = auto()
    AND = auto()
    OPEN = auto()
    CLOSE = auto()


_KIND_BY_NAME: Mapping[str | None, TokenKind] = {kind.name: kind for kind in TokenKind}
_OPERATORS = {"OR": TokenKind.OR, "|": TokenKind.OR, "NOT": TokenKind.NOT, "AND": TokenKind.AND}


class Token(NamedTuple):
    """A piece of a line: `line[start:end]`. The text of a phrase excludes its marks."""

    kind: TokenKind
    start: int
    end: int
    text: str
    distance: int | None = None  # of "a b"~5

    def as_word(self) -> "Token":
        return self._replace(kind=TokenKind.WORD)

    @property
    def has_letters(self) -> bool:
        """Return whether the token is more than punctuation."""
        return any(map(str.isalnum, self.text))

    def covers(self, group: "Token") -> bool:
        """Return whether the token is `title:` right before this parenthesis."""
        is_title = self.kind is TokenKind.KEY and KEYS[fold(self.text[:-1])] == TITLE
        return is_title and group.start == self.end


@dataclass(slots=True)
class TokenizedLine:
    """A typed line, without invisible characters, and its tokens.

    `unread` holds the marks that became words or were dropped, each with its place.
    """

    text: str
    tokens: list[Token] = field(default_factory=list)
    unread: list[tuple[int, str]] = field(default_factory=list)

    def demote(self, place: int) -> None:
        """Turn a mark that fits nowhere into a word."""
        token = self.tokens[place]
        self.tokens[place] = token.as_word()
        self.unread.append((token.start, token.text))


def drop_invisible(text: str) -> str:
    """Remove direction marks and other invisible characters."""
    return _INVISIBLE.sub("", text)


def tokenize(text: str) -> TokenizedLine:
    """Split a line into tokens; parentheses that group nothing are words."""
    line = TokenizedLine(drop_invisible(text))
    line.tokens.extend(_walk(line))
    _pair_hyphens(line.tokens)
    _pair_parentheses(line)
    return line


def _walk(line: TokenizedLine) -> Iterator[Token]:
    text, place = line.text, 0
    never_closed: set[str] = set()  # marks whose missing end is not searched for again
    while place < len(text):
        mark = text[place]
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        if mark in _CLOSING and mark not in never_closed:
            if closing := _CLOSING[mark].search(text, place + 1):
                token = _phrase(text, place, closing)
                if token.text.strip():
                    yield token
                else:
                    line.unread.append((place, text[place : closing.end()]))
                place = token.end
                continue
            never_closed.add(mark)
        if mark in QUOTES:
            line.unread.append((place, mark))
            place += 1
            continue
        token = _read_piece(line, place)
        yield token
        place = token.end


def _phrase(text: str, place: int, closing: re.Match[str]) -> Token:
    quoted, end = text[place + 1 : closing.start()], closing.end()
    near = _NEAR.match(text, end)
    if near is None or int(near[1]) > MAX_BETWEEN:
        return Token(TokenKind.PHRASE, place, end, quoted)
    return Token(TokenKind.PHRASE, place, near.end(), quoted, distance=int(near[1]))


def _read_piece(line: TokenizedLine, place: int) -> Token:
    piece = _PIECE.match(line.text, place)
    assert piece is not None  # each character but spaces and quotation marks fits
    kind = _KIND_BY_NAME[piece.lastgroup]
    if kind is TokenKind.KEY and fold(piece[0][:-1]) not in KEYS:
        piece = _WORD.match(line.text, place)
        assert piece is not None
        kind = TokenKind.WORD
    before = line.text[place - 1 : place]
    if kind is TokenKind.WORD:
        stands_alone = not before or before.isspace() or before in "()"
        kind = _OPERATORS.get(piece[0], TokenKind.WORD) if stands_alone else TokenKind.WORD
    token = Token(kind, piece.start(), piece.end(), piece[0])
    if (word := token.text.strip(PUNCTUATION)).endswith("*"):
        if spellings_of_prefix(word[:-1]):
            return token._replace(kind=TokenKind.PREFIX, text=word)
        line.unread.append((token.start, "*"))
    elif token.text.startswith("~") and before in _CLOSING_MARKS:
        line.unread.append((token.start, token.text))
    return token


_WORD = re.compile(rf"[^\s(){QUOTES}]+")
_CLOSING_MARKS = tuple('"»“”›‘’')


def _pair_hyphens(tokens: list[Token]) -> None:
    """Turn hyphens around a phrase into words: «-words- », «-words - »."""
    opening: int | None = None
    for place, token in enumerate(tokens):
        if token.kind is TokenKind.MINUS:
            opening = place
        elif opening is not None and _ends_with_hyphen(token):
            tokens[opening] = tokens[opening].as_word()
            opening = None


def _ends_with_hyphen(token: Token) -> bool:
    return token.kind is TokenKind.WORD and token.text.rstrip(PUNCTUATION).endswith("-")


_CALLS_FOR_GROUP = frozenset({TokenKind.MINUS, TokenKind.NOT, TokenKind.OR})
_IN_GROUP = _CALLS_FOR_GROUP | {TokenKind.AND, TokenKind.KEY, TokenKind.PREFIX}


def _pair_parentheses(line: TokenizedLine) -> None:
    """Turn parentheses without a partner, and pairs that hold no operator, into words.

    A pair also groups where an operator or `title:` stands before it, or OR behind it.
    """
    tokens = line.tokens
    closed_by = _partners(tokens)
    depth, ends = 0, set[int]()
    for place, token in enumerate(tokens):
        if token.kind is TokenKind.OPEN:
            end, has_operator = closed_by.get(place, (-1, False))
            before = tokens[place - 1].kind if place else None
            after = tokens[end + 1].kind if 0 <= end < len(tokens) - 1 else None
            groups = has_operator or before in _CALLS_FOR_GROUP or after is TokenKind.OR
            groups = groups or bool(place and tokens[place - 1].covers(token))
            if end >= 0 and not groups:
                tokens[place], tokens[end] = token.as_word(), tokens[end].as_word()
            elif end < 0 or depth == MAX_NESTED:
                line.demote(place)
            else:
                depth += 1
                ends.add(end)
        elif token.kind is TokenKind.CLOSE:
            if place in ends:
                depth -= 1
            else:
                line.demote(place)


def _partners(tokens: list[Token]) -> dict[int, tuple[int, bool]]:
    """Return where each opened parenthesis is closed, and whether it encloses operators."""
    partners: dict[int, tuple[int, bool]] = {}
    opened: list[int] = []
    with_operator: list[bool] = []
    for place, token in enumerate(tokens):
        if token.kind is TokenKind.OPEN:
            opened.append(place)
            with_operator.append(False)
        elif token.kind is TokenKind.CLOSE and opened:
            has_operator = with_operator.pop()
            partners[opened.pop()] = (place, has_operator)
            if has_operator and opened:
                with_operator[-1] = True
        elif opened and (token.kind in _IN_GROUP or token.distance is not None):
            with_operator[-1] = True
    return partners
