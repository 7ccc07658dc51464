"""Choose example queries in the language of a reader, of several kinds, that match documents.

The names and phrases of the shipped lexicons whose words the archive holds most often are tried;
the query that most documents match is the example. A kind without any match has no example.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from search.encoders.identity import PieceEncoder
from search.index import Index
from search.language.analysis import terms
from search.lexicon.entries import Entry, EntryKind, shipped_entries
from search.query.planning import plan_query
from search.records import Query

_MAX_TRIED = 5  # names for one template; each takes some ms
_MAX_PHRASES = 3  # set phrases, for a reader of another language than the archive's own phrases
_MIN_RATIO = 10
_AS_IT_IS = "{}"
_IN_DARIJA = "واش كاين شي {}؟"


class ExampleKind(StrEnum):
    """The kind of query that an example shows."""

    QUESTION = "question"
    NAME = "name"
    DARIJA = "darija"
    PHRASE = "phrase"


# Every word except the name is a stop word, so that a template matches what the name matches. A
# French question would need the article of a country, so that it is about a person.
_TEMPLATES = {
    "ar": (
        (ExampleKind.QUESTION, "ماذا عن {}؟", EntryKind.COUNTRY),
        (ExampleKind.NAME, _AS_IT_IS, EntryKind.PERSON),
    ),
    "fr": (
        (ExampleKind.QUESTION, "Qui est {} ?", EntryKind.PERSON),
        (ExampleKind.NAME, _AS_IT_IS, EntryKind.COUNTRY),
    ),
    "en": (
        (ExampleKind.QUESTION, "Who is {}?", EntryKind.PERSON),
        (ExampleKind.NAME, _AS_IT_IS, EntryKind.INSTITUTION),
    ),
}

LANGUAGES = tuple(_TEMPLATES)


@dataclass(frozen=True, slots=True)
class Example:
    kind: ExampleKind
    text: str


def choose_examples(
    index: Index, piece_encoder: PieceEncoder | None, phrases: Iterable[str], language: str
) -> tuple[Example, ...]:
    """Return an example of each kind that some document matches, then phrases with a match.

    `phrases` are common phrases of the archive; a reader of Arabic gets these, and a reader of
    "fr" or "en" set phrases of the lexicon. Some dozens of queries are planned and counted, which
    takes 0.1 s among 30,000 documents, so this is called once a commit.
    """
    count = partial(_count, index=index, piece_encoder=piece_encoder)
    entries = shipped_entries()
    choices = [
        (kind, template, _names(entries, entry_kind, language))
        for kind, template, entry_kind in _TEMPLATES[language]
    ]
    if language == "ar":
        choices.append((ExampleKind.DARIJA, _IN_DARIJA, _darija_words(entries, index)))
    examples = []
    for kind, template, names in choices:
        totals = {
            text: count(text)
            for text in map(template.format, _commonest(names, index)[:_MAX_TRIED])
        }
        best = max(totals, key=totals.__getitem__, default="")
        if totals.get(best):
            examples.append(Example(kind, best))
    if language != "ar":
        set_phrases = _commonest(_names(entries, EntryKind.SET_PHRASE, language), index)
        phrases = set_phrases[:_MAX_PHRASES]
    return (*examples, *(Example(ExampleKind.PHRASE, text) for text in phrases if count(text)))


def _names(entries: Iterable[Entry], kind: EntryKind, language: str) -> Iterator[tuple[str, str]]:
    """Yield each name in a language, and the words by which the archive may hold it."""
    for entry in entries:
        names = {"ar": entry.arabic, "fr": entry.french, "en": entry.english}[language]
        if kind is EntryKind.PERSON:
            names = names or entry.french  # which holds names that English writes alike
        if entry.kind is kind and names:
            yield names[0], entry.arabic[0]


def _darija_words(entries: Iterable[Entry], index: Index) -> Iterator[tuple[str, str]]:
    """Yield the words that the press hardly writes; it writes «خدمة», in another sense."""
    for entry in entries:
        if entry.kind is EntryKind.DARIJA:
            word, written = entry.aliases[0], entry.arabic[0]
            if _MIN_RATIO * _frequency(word, index) < _frequency(written, index):
                yield word, written


def _commonest(names: Iterable[tuple[str, str]], index: Index) -> list[str]:
    """Return names by how often the archive may hold them, without names of unknown words."""
    counts = {name: _frequency(words, index) for name, words in names}
    known = [name for name, count in counts.items() if count]
    return sorted(known, key=lambda name: (-counts[name], name))


def _frequency(text: str, index: Index) -> int:
    """Return the number of passages that hold the rarest word of a text."""
    return min(map(index.terms.frequency, terms(text)))


def _count(text: str, *, index: Index, piece_encoder: PieceEncoder | None) -> int:
    return index.count_matches(plan_query(Query(text), index, piece_encoder))
