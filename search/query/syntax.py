"""The query language: what a reader's line asks for beside its words. Pure; nothing is an error.

`"exact words"` (also «…» and “…”) must stand in a document, `-word` and `-"exact words"` must not,
`source:NAME` (or `مصدر:`) asks for a newspaper, `2019..2021` for days between (either end may be
open; years, `2020-12` and `2020-12-26` all do). Days named among the words are a wish
(`search.query.date_hints`), and stay words: documents of then come a little sooner. All else is
plain words, and so is what does not fit. Left out: OR, brackets, wildcards.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from search.language.analysis import THOUSANDS_SPACES, fold, terms
from search.language.dates import read_period
from search.query.date_hints import PUNCTUATION, PlainWord, find_wish
from search.records import DateHint

# A pasted headline quotes somebody: with more words than this around them, quotation marks are
# punctuation, and nothing is demanded.
MOST_WORDS_AROUND_PHRASE = 5

_SOURCE_KEYS = frozenset(map(fold, ("source", "مصدر", "المصدر", "جريدة")))
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_THOUSANDS_SPACE = re.compile(rf"(?<=\d)[{THOUSANDS_SPACES}](?=\d\d\d(?!\d))")
_PIECE = re.compile(
    r"""
    (?P<minus>(?<!\S)-(?=["«“\w]))?
    (?:(?P<key>[^\W\d_]+):(?=["«“\w]))?
    (?: "(?P<straight>[^"]*)" | «(?P<angled>[^»]*)» | “(?P<curly>[^”]*)” | (?P<word>[^\s"«»“”]+) )
    """,
    re.VERBOSE,
)
_RANGE = re.compile(r"([\d/-]*)\.\.([\d/-]*)")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What one line asks for. `words` is the text without operators; it holds the phrases too."""

    words: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()  # words or phrases
    sources: tuple[str, ...] = ()  # as typed
    since: date | None = None
    until: date | None = None
    date_hint: DateHint | None = None


@dataclass(slots=True)
class _Parts:
    """What was read so far."""

    words: list[str] = field(default_factory=list)
    plain: list[PlainWord] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    days: tuple[date | None, date | None] | None = None

    def take(self, piece: re.Match[str]) -> None:
        quoted = piece["straight"] or piece["angled"] or piece["curly"]
        said = quoted or piece["word"] or ""
        if fold(piece["key"] or "") in _SOURCE_KEYS and not piece["minus"]:
            self.sources.append(said.strip(PUNCTUATION))
        elif piece["minus"] and not piece["key"] and (quoted or _is_excluded(said)):
            self.excluded.append(said)
        elif piece["word"] is None:
            if quoted:
                self.phrases.append(quoted)
                self.words.append(quoted)
        elif self.days is None and (days := _read_range(piece[0])):
            self.days = days
        else:
            self.plain.append(PlainWord(piece.start(), piece.end(), piece[0]))
            self.words.append(piece[0])


def _is_excluded(word: str) -> bool:
    """Return whether a hyphen before the word shuts it out: not where it is set in «-hyphens-»."""
    return word[0].isalpha() and not word.rstrip(PUNCTUATION).endswith("-")


def parse_query(text: str) -> ParsedQuery:
    """Read one line, whatever it holds."""
    text = _THOUSANDS_SPACE.sub("", _UNSEEN.sub("", text))
    parts = _Parts()
    for piece in _PIECE.finditer(text):
        parts.take(piece)
    is_quotation = len(parts.plain) > MOST_WORDS_AROUND_PHRASE
    since, until = parts.days or (None, None)
    return ParsedQuery(
        words=" ".join(parts.words),
        phrases=() if is_quotation else _with_terms(parts.phrases),
        excluded=_with_terms(parts.excluded),
        sources=tuple(filter(None, parts.sources)),
        since=since,
        until=until,
        date_hint=None if parts.days else find_wish(text, parts.plain),
    )


def _with_terms(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if terms(text)))


def _read_range(word: str) -> tuple[date | None, date | None] | None:
    match = _RANGE.fullmatch(fold(word))
    if match is None or not any(match.groups()):
        return None
    periods = [read_period(side) if side else None for side in match.groups()]
    if any(side and not period for side, period in zip(match.groups(), periods, strict=True)):
        return None
    first, last = periods
    if first and last and first[0] > last[1]:
        first, last = last, first  # «2021..2019»
    return first[0] if first else None, last[1] if last else None
