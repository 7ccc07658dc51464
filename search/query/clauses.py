"""Parse tokens into clauses: the demands of each part of a query. Pure.

The parser is a recursive descent, as deep as groups are nested (`tokens.MAX_NESTED`). A token that
does not fit becomes a word. `search.query.syntax` combines the clauses of a whole query.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from search.language.analysis import fold, terms
from search.language.names import spellings_of
from search.plan import AllOf, AnyOf, Contains, Demand, Field, NoneOf, in_field
from search.query.date_hints import Days
from search.query.periods import read_days
from search.query.prefixes import spellings_of_prefix
from search.query.tokens import (
    AUTHOR,
    BEFORE,
    KEYS,
    PUNCTUATION,
    SOURCE,
    TITLE,
    Token,
    TokenizedLine,
    TokenKind,
)

_RANGE = re.compile(r"([\d/-]*)\.\.([\d/-]*)[,،؛;!?؟]?")
_ONE_DAY = timedelta(days=1)


class FieldFilter(NamedTuple):
    """A demand on a field of a document: its key, the name typed or the days, and its tokens."""

    key: str  # empty for a range
    tokens: tuple[Token, ...]
    days: Days = (None, None)
    is_negated: bool = False

    @property
    def name(self) -> str:
        return self.tokens[-1].text.strip(PUNCTUATION)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a query, whose `tokens` are the text to search for.

    Words and phrases outside of every operator are `is_bare`; a group has `parts`.
    """

    demand: Demand | None = None
    tokens: tuple[Token, ...] = ()
    filters: tuple[FieldFilter, ...] = ()
    parts: "tuple[Clause, ...]" = ()
    is_bare: bool = False

    @property
    def is_operand(self) -> bool:
        return self.demand is not None or bool(self.filters)


def parse_clauses(line: TokenizedLine) -> list[Clause]:
    """Parse a whole line into clauses."""
    return _Parser(line).parse()


class _Parser:
    """Parse the tokens of a line by recursive descent, as deep as groups are nested."""

    def __init__(self, line: TokenizedLine) -> None:
        self.line = line
        self.tokens = line.tokens
        self.place = 0

    def parse(self) -> list[Clause]:
        """Parse clauses side by side, up to the end of the group or line."""
        clauses: list[Clause] = []
        choices: list[Clause] = []  # operands with OR between them
        while (kind := self._kind()) not in (None, TokenKind.CLOSE):
            if kind is TokenKind.AND and choices and choices[-1].is_operand and self._goes_on():
                self.place += 1
            elif kind is TokenKind.OR and choices and self._goes_on():
                mark = self.place
                self.place += 1
                operand = self._operand()
                if _are_choices(choices[-1], operand):
                    choices.append(operand)
                else:
                    clauses += [*_either(choices), self._mark(mark)]
                    choices = [operand]
            elif kind in (TokenKind.AND, TokenKind.OR):
                clauses += [*_either(choices), self._mark(self.place)]
                choices = []
                self.place += 1
            else:
                clauses += _either(choices)
                choices = [self._operand()]
        return [*clauses, *_either(choices)]

    def _kind(self, ahead: int = 0) -> TokenKind | None:
        place = self.place + ahead
        return self.tokens[place].kind if place < len(self.tokens) else None

    def _goes_on(self) -> bool:
        """Return whether an operand stands behind this token."""
        return self._kind(1) not in (None, TokenKind.CLOSE, TokenKind.AND, TokenKind.OR)

    def _mark(self, place: int) -> Clause:
        self.line.demote(place)
        return Clause(tokens=(self.tokens[place],), is_bare=True)

    def _operand(self) -> Clause:
        kind, mark = self._kind(), self.place
        if kind not in (TokenKind.MINUS, TokenKind.NOT):
            return self._atom()
        is_glued = self._goes_on() and self.tokens[mark].end == self.tokens[mark + 1].start
        self.place += 1
        if (kind is TokenKind.MINUS and not is_glued) or not self._can_be_negated():
            return self._mark(mark)
        clause = self._atom()
        if clause.is_operand:
            return _negated(clause)
        return _group((self._mark(mark), clause))

    def _can_be_negated(self) -> bool:
        return self._kind() not in (
            None,
            TokenKind.CLOSE,
            TokenKind.AND,
            TokenKind.OR,
            TokenKind.NOT,
            TokenKind.MINUS,
        )

    def _atom(self) -> Clause:
        token = self.tokens[self.place]
        if token.kind is TokenKind.KEY:
            return self._field()
        self.place += 1
        if token.kind is TokenKind.OPEN:
            parts = tuple(self.parse())
            self.place += 1  # the closing parenthesis
            return _group(parts)
        days = _read_range(token.text) if token.kind is TokenKind.WORD else None
        if days and not self._is_ellipsis(token):
            return Clause(filters=(FieldFilter("", (token,), days),))
        is_bare = token.kind is TokenKind.WORD or (
            token.kind is TokenKind.PHRASE and token.distance is None
        )
        return Clause(_literal(token), (_without_star(token),), is_bare=is_bare)

    def _is_ellipsis(self, token: Token) -> bool:
        """Return whether the dots behind a year stand between words: «مونديال 2026.. هكذا»."""
        before = self.tokens[self.place - 2].kind if self.place > 1 else None
        return token.text.endswith("..") and before is self._kind() is TokenKind.WORD

    def _field(self) -> Clause:
        """Parse a key and its value; a key without a value is a word."""
        place = self.place
        key, token = self.tokens[place], None
        self.place += 1
        if self._kind() is TokenKind.OPEN and key.covers(self.tokens[self.place]):
            group = self._atom()
            if group.demand is not None:
                return replace(group, demand=in_field(group.demand, Field.TITLE), parts=())
            return _group((self._mark(place), group))
        if self._kind() in (TokenKind.WORD, TokenKind.PHRASE, TokenKind.PREFIX):
            token = self.tokens[self.place]
        clause = None
        if token is not None and token.start == key.end:
            clause = _read_field(key, token)
        if clause is None:
            return self._mark(place)
        self.place += 1
        return clause


def _read_field(key: Token, token: Token) -> Clause | None:
    name = KEYS[fold(key.text[:-1])]
    if name == TITLE:
        holds = _literal(token, field=Field.TITLE)
        return Clause(holds, (_without_star(token),)) if holds else None
    field_filter = FieldFilter(name, (key, token))
    if not field_filter.name:
        return None
    if name == AUTHOR and not terms(field_filter.name):
        return None
    if name in (SOURCE, AUTHOR):
        return Clause(filters=(field_filter,))
    if (period := read_days(field_filter.name)) is None:
        return None
    first, last = period
    if name != BEFORE and last == date.max:
        return None  # no day follows
    days = (None, first - _ONE_DAY) if name == BEFORE else (last + _ONE_DAY, None)
    return Clause(filters=(field_filter._replace(days=days),))


def _literal(token: Token, *, field: Field = Field.ANYWHERE) -> Contains | None:
    if not token.has_letters:
        return None
    text = _without_star(token).text
    if token.kind is TokenKind.PREFIX:
        return Contains(text, spellings_of_prefix(text), field, is_prefix=True)
    phrase = tuple(terms(text))
    if not phrase:
        return None
    text = text if token.kind is TokenKind.PHRASE else text.strip(PUNCTUATION)
    distance = (token.distance or 0) if len(phrase) > 1 else 0
    return Contains(
        text, spellings_of(phrase), field, distance, is_quoted=token.kind is TokenKind.PHRASE
    )


def _without_star(token: Token) -> Token:
    return token._replace(text=token.text[:-1]) if token.kind is TokenKind.PREFIX else token


def _group(parts: tuple[Clause, ...]) -> Clause:
    demands = tuple(part.demand for part in parts if part.demand is not None)
    return Clause(
        demand=AllOf(demands) if len(demands) > 1 else next(iter(demands), None),
        tokens=tuple(token for part in parts for token in part.tokens),
        filters=tuple(field_filter for part in parts for field_filter in part.filters),
        parts=parts,
    )


def _negated(clause: Clause) -> Clause:
    demand = NoneOf(_alternatives(clause.demand)) if clause.demand is not None else None
    filters = tuple(
        field_filter._replace(is_negated=not field_filter.is_negated)
        for field_filter in clause.filters
    )
    return Clause(demand, filters=filters)


def _are_choices(clause: Clause, other: Clause) -> bool:
    """Return whether OR can stand between two clauses.

    Filters hold for the whole query, so a filter is no alternative to words.
    """
    filters = (*clause.filters, *other.filters)
    if not filters:
        return clause.demand is not None and other.demand is not None
    keys = {field_filter.key for field_filter in filters}
    return (
        clause.demand is other.demand is None
        and bool(clause.filters and other.filters)
        and keys in ({SOURCE}, {AUTHOR})
        and not any(field_filter.is_negated for field_filter in filters)
    )


def _either(choices: Sequence[Clause]) -> list[Clause]:
    """Return the clause that demands one of the choices; a single choice stays as it is."""
    if len(choices) < 2:
        return list(choices)
    clause = _group(tuple(choices))
    demands: dict[Demand, None] = {}
    for choice in choices:
        if choice.demand is not None:
            demands |= dict.fromkeys(_alternatives(choice.demand))
    demand = AnyOf(tuple(demands)) if len(demands) > 1 else next(iter(demands), None)
    return [replace(clause, demand=demand, parts=())]


def _alternatives(demand: Demand) -> tuple[Demand, ...]:
    return demand.parts if isinstance(demand, AnyOf) else (demand,)


def _read_range(word: str) -> Days | None:
    match = _RANGE.fullmatch(fold(word)) if ".." in word else None
    if match is None or not any(match.groups()):
        return None
    periods = [read_days(side) if side else None for side in match.groups()]
    if any(side and not period for side, period in zip(match.groups(), periods, strict=True)):
        return None
    first, last = periods
    if first and last and first[0] > last[1]:
        first, last = last, first  # «2021..2019»
    return first[0] if first else None, last[1] if last else None
