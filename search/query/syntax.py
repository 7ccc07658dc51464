"""Parse the query language: the words of a line and its demands. Pure; no line is an error.

    words                    searched for, `plain`; most of them must stand in a document
    "literal words"          must stand in a row; «…», “…”, „…“, ‹…› and ‚…‘ too
    "some words"~5           must stand near one another, at most 5 other words between them
    -word  NOT word          must not stand; so with phrases, groups, title: and source:
    a OR b  a | b            one of both must stand; OR binds closer than what stands side by side
    (a b) OR c               parentheses group beside or around an operator
    word*                    what begins with these letters, two or more
    title:word               in the title; title:"a b" and title:(a b) cover both, title:a b one
    source:NAME author:NAME  filter; several of a kind, also with OR between them, are alternatives
    2019..2021 ..2021 2018-03 before:2019 after:2018-03    filter; all of them hold

`search.query.tokens` finds the marks and the keys, which have Arabic names too;
`search.query.clauses` parses what each covers, and this module combines the clauses. AND is a
no-op. Days in words are read by `search.query.date_hints`: some filter, some only favour. Filters
hold for the whole query, inside a group as well as outside. A mark that does not fit is a word, and
is listed in `unread`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from search.language.analysis import THOUSANDS_SPACES, is_stop_word
from search.plan import Demand
from search.query.clauses import Clause, FieldFilter, parse_clauses
from search.query.date_hints import Days, NamedDays, Role, find_days
from search.query.tokens import (
    AUTHOR,
    PUNCTUATION,
    SOURCE,
    Token,
    TokenizedLine,
    TokenKind,
    tokenize,
)
from search.understood import DateHint

# A pasted headline quotes somebody: with more words than this around them, quotation marks are
# punctuation, and nothing is demanded.
MAX_WORDS_AROUND_PHRASE = 5
_ONE_DAY = timedelta(days=1)
_THOUSANDS_SPACE = re.compile(rf"(?<=\d)[{THOUSANDS_SPACES}](?=\d\d\d(?!\d))")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The words, demands and filters of one line.

    `words` is all text that is searched for, in order and without operators: ranking and the
    encoder read it. `plain` is the part of it that no operator covers: its content words are
    counted by the matching rule. `phrases` are the phrases outside of all groups, as typed;
    `demands` are all other demands on the text of a document. A document must be of one of
    `sources` and none of `excluded_sources`, by one of `authors` and none of `excluded_authors`,
    all as typed.

    `since` and `until` were typed as operators. Without these, days read from words either filter,
    and are removed from the words (`day_filter`), or only favour, and stay words (`date_hint`).
    `unread` are the marks that do not fit.
    """

    words: str = ""
    plain: str = ""
    phrases: tuple[str, ...] = ()
    demands: tuple[Demand, ...] = ()
    sources: tuple[str, ...] = ()
    excluded_sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    day_filter: DateHint | None = None
    date_hint: DateHint | None = None
    unread: tuple[str, ...] = ()


def parse_query(text: str) -> ParsedQuery:
    """Parse one line, whatever it holds, in a time that grows with its length."""
    line = tokenize(_THOUSANDS_SPACE.sub("", text))
    parts = _Parts()
    parts.take(parse_clauses(line))
    parts.apply_filters(line)
    parts.unquote_headlines()
    days = find_days(line.text, parts.plain)
    day_filter, date_hint = parts.choose_days(line.text, days)
    plain = _in_order(parts.plain)
    return ParsedQuery(
        words=_join(_in_order([*plain, *parts.covered, *parts.phrases])),
        plain=_join(plain),
        phrases=_distinct(phrase.text for phrase in parts.phrases),
        demands=tuple(dict.fromkeys(parts.demands)),
        sources=_distinct(parts.sources),
        excluded_sources=_distinct(parts.excluded_sources),
        authors=_distinct(parts.authors),
        excluded_authors=_distinct(parts.excluded_authors),
        since=parts.since,
        until=parts.until,
        day_filter=day_filter,
        date_hint=date_hint,
        unread=_distinct(mark for _, mark in sorted(line.unread)),
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _in_order(tokens: Iterable[Token]) -> list[Token]:
    return sorted(tokens, key=lambda token: token.start)


def _join(tokens: Sequence[Token]) -> str:
    """Join tokens as they were typed, without a space where none was between them."""
    joined: list[str] = []
    end = 0
    for token in tokens:
        if joined and (token.start > end or token.kind is TokenKind.PHRASE):
            joined.append(" ")
        joined.append(token.text)
        end = -1 if token.kind is TokenKind.PHRASE else token.end
    return "".join(joined)


def _says_something(token: Token) -> bool:
    return token.has_letters and not is_stop_word(token.text.strip(PUNCTUATION))


@dataclass(slots=True)
class _Parts:
    """The clauses of a query, sorted by their effect."""

    plain: list[Token] = field(default_factory=list)
    phrases: list[Token] = field(default_factory=list)
    covered: list[Token] = field(default_factory=list)  # by an operator
    demands: list[Demand] = field(default_factory=list)
    filters: list[FieldFilter] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    excluded_sources: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    excluded_authors: list[str] = field(default_factory=list)
    since: date | None = None
    until: date | None = None

    def take(self, clauses: Iterable[Clause]) -> None:
        """Sort clauses; a group that no operator applies to counts as its parts."""
        for clause in clauses:
            if clause.parts:
                self.take(clause.parts)
                continue
            self.filters += clause.filters
            if not clause.is_bare:
                self.covered += clause.tokens
                self.demands += [clause.demand] if clause.demand is not None else []
            elif clause.tokens[0].kind is TokenKind.PHRASE and clause.demand is not None:
                self.phrases += clause.tokens
            else:
                self.plain += clause.tokens

    def apply_filters(self, line: TokenizedLine) -> None:
        """Apply the filters; a range that cannot be negated becomes words that are not counted."""
        for field_filter in self.filters:
            since, until = field_filter.days
            if field_filter.key == SOURCE:
                (self.excluded_sources if field_filter.is_negated else self.sources).append(
                    field_filter.name
                )
            elif field_filter.key == AUTHOR:
                (self.excluded_authors if field_filter.is_negated else self.authors).append(
                    field_filter.name
                )
            elif field_filter.is_negated and (since is None) is not (until is None):
                after = until + _ONE_DAY if until else None
                self._narrow((after, since - _ONE_DAY if since else None))
            elif field_filter.is_negated:
                self.covered += [token.as_word() for token in field_filter.tokens]
                line.unread.append((field_filter.tokens[0].start, field_filter.tokens[0].text))
            else:
                self._narrow(field_filter.days)
        self.plain = _in_order(self.plain)

    def _narrow(self, days: Days) -> None:
        since, until = days
        self.since = max((day for day in (self.since, since) if day), default=None)
        self.until = min((day for day in (self.until, until) if day), default=None)

    def unquote_headlines(self) -> None:
        """Turn the phrases of a pasted headline into words."""
        if sum(token.has_letters for token in self.plain) > MAX_WORDS_AROUND_PHRASE:
            self.plain = _in_order([*self.plain, *self.phrases])
            self.phrases = []

    def choose_days(
        self, text: str, mentions: Sequence[NamedDays]
    ) -> tuple[DateHint | None, DateHint | None]:
        """Return the days that filter and those that favour, never both."""
        ranges = [mention for mention in mentions if mention.role is Role.RANGE]
        for mention in ranges:
            self._narrow(mention.days)
        if self.since or self.until:
            self._drop(ranges)
            return None, None
        for mention in mentions:
            if mention.role is Role.FILTER:
                self._drop([mention])
                return mention.hint(text), None
        return None, mentions[0].hint(text) if mentions else None

    def _drop(self, mentions: Sequence[NamedDays]) -> None:
        """Remove the words that became days, and the remaining words where they say nothing."""
        if not mentions:
            return
        within = {place for mention in mentions for place in range(mention.start, mention.end)}
        rest = [
            token
            for token in self.plain
            if within.isdisjoint((token.start, token.end - 1)) and token.text not in ("(", ")")
        ]
        self.plain = rest if any(map(_says_something, rest)) else []
