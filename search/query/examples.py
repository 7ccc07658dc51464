"""Choose example queries of each kind that match documents of the archive.

The names and phrases of the shipped lexicons whose words the archive holds most often are tried;
the query that most documents match is the example. A kind without any match has no example.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from search.encoders.identity import PieceEncoder
from search.index import Index
from search.language.analysis import terms
from search.lexicon.entries import Entry, EntryKind, shipped_entries
from search.query.planning import plan_query
from search.records import Query

_MAX_TRIED = 5  # names for one template; each takes some ms
_MIN_RATIO = 10
# Every word except the name is a stop word, so that a template matches what the name matches.
_ABOUT_COUNTRIES = "ماذا عن {}؟"
_IN_DARIJA = "واش كاين شي {}؟"
_AS_IT_IS = "{}"


class ExampleKind(StrEnum):
    """The kind of query that an example shows."""

    QUESTION = "question"
    NAME = "name"
    DARIJA = "darija"
    FRENCH = "french"
    PHRASE = "phrase"  # a common phrase of the archive itself


@dataclass(frozen=True, slots=True)
class Example:
    kind: ExampleKind
    text: str


def choose_examples(
    index: Index, piece_encoder: PieceEncoder | None, phrases: Iterable[str]
) -> tuple[Example, ...]:
    """Return an example of each kind that some document matches, then the phrases with a match.

    Some dozens of queries are planned and counted, which takes 0.1 s among 30,000 documents, so
    this is called once a commit.
    """
    entries = shipped_entries()
    choices = (
        (ExampleKind.QUESTION, _ABOUT_COUNTRIES, _arabic_names(entries, EntryKind.COUNTRY)),
        (ExampleKind.NAME, _AS_IT_IS, _arabic_names(entries, EntryKind.PERSON)),
        (ExampleKind.DARIJA, _IN_DARIJA, _darija_words(entries, index)),
        (ExampleKind.FRENCH, _AS_IT_IS, _french_phrases(entries)),
    )
    examples = []
    for kind, template, names in choices:
        totals = {
            text: _count(text, index, piece_encoder)
            for text in map(template.format, _commonest(names, index)[:_MAX_TRIED])
        }
        best = max(totals, key=totals.__getitem__, default="")
        if totals.get(best):
            examples.append(Example(kind, best))
    matching = [phrase for phrase in phrases if _count(phrase, index, piece_encoder)]
    return (*examples, *(Example(ExampleKind.PHRASE, phrase) for phrase in matching))


def _arabic_names(entries: Iterable[Entry], kind: EntryKind) -> Iterator[tuple[str, str]]:
    """Yield each name, and the words by which the archive may hold it."""
    for entry in entries:
        if entry.kind is kind:
            yield entry.arabic[0], entry.arabic[0]


def _darija_words(entries: Iterable[Entry], index: Index) -> Iterator[tuple[str, str]]:
    """Yield the words that the press hardly writes; it writes «خدمة», in another sense."""
    for entry in entries:
        if entry.kind is EntryKind.DARIJA:
            word, written = entry.aliases[0], entry.arabic[0]
            if _MIN_RATIO * _frequency(word, index) < _frequency(written, index):
                yield word, written


def _french_phrases(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        if entry.kind is EntryKind.SET_PHRASE and entry.french and " " in entry.french[0]:
            yield entry.french[0], entry.arabic[0]


def _commonest(names: Iterable[tuple[str, str]], index: Index) -> list[str]:
    """Return names by how often the archive may hold them, without names of unknown words."""
    counts = {name: _frequency(words, index) for name, words in names}
    known = [name for name, count in counts.items() if count]
    return sorted(known, key=lambda name: (-counts[name], name))


def _frequency(text: str, index: Index) -> int:
    """Return the number of passages that hold the rarest word of a text."""
    return min(map(index.terms.frequency, terms(text)))


def _count(text: str, index: Index, piece_encoder: PieceEncoder | None) -> int:
    return index.count_matches(plan_query(Query(text), index, piece_encoder))
