"""Count matching documents by reading every document, to check the counts of an index.

This module imports nothing of `search`, so that it cannot share its faults. Texts are folded letter
by letter, and regular expressions find whole words with the clitics that may precede them. The
conditions that a query sets are written by hand, in `data/eval/counting.jsonl`:

    "some words"                        these words in a row, in the title or in the body
    {"any": […]} {"none": […]}          one of the conditions; none of them
    {"least": 3, "of": […]}             at least three of the conditions
    {"title": condition}                the condition holds for the title alone
    {"begins": "letters"}               a word that begins with these letters
    {"near": ["a", "b"], "between": 3}  two words in any order, at most three others between them

It knows nothing of single words. «وجدة» is a town for the program, and here «و» and «جدة»; «كتابه»
and «كتابة» are two words for the program, and one here.
"""

import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Condition = Any  # a string or an object of JSON, nested

_SAME_LETTERS = str.maketrans("ٱىةیک", "ايهيك")  # hamzas are dropped with the combining marks
_CLITICS = "[وف]?(?:[بك]?ال|لل|[بكل])?"  # without «س», which only precedes verbs: «سماء», «ماء»
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_BETWEEN_WORDS = r"[\W_]+"
_WORD = r"[^\W_]+"


class StoredDocument(NamedTuple):
    """A stored document with its title and body folded."""

    title: str
    body: str
    source: str | None
    day: str | None  # ISO date


class Totals(NamedTuple):
    """The number of matching documents, in all, by source and by month.

    Counts by source ignore the source filter of the query, counts by month its days.
    """

    total: int
    sources: Mapping[str, int]
    months: Mapping[str, int]


def fold(text: str) -> str:
    """Drop vowel marks, accents and tatweel, and unify the variants of letters and digits."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = (char for char in decomposed if not unicodedata.combining(char))
    visible = [char for char in bare if char != "ـ" and unicodedata.category(char) != "Cf"]
    digits = (str(unicodedata.digit(char)) if char.isdigit() else char for char in visible)
    return "".join(digits).translate(_SAME_LETTERS)


def read_documents(archive: Path) -> list[StoredDocument]:
    """Return all documents of an archive, folded."""
    database = f"file:{archive / 'archive.db'}?mode=ro"
    with closing(sqlite3.connect(database, uri=True)) as connection:
        rows = connection.execute("SELECT title, body, source, day FROM documents")
        return [StoredDocument(fold(title), fold(body), *rest) for title, body, *rest in rows]


def count(documents: Iterable[StoredDocument], query: Mapping[str, Any]) -> Totals:
    """Count the documents that satisfy a query of `data/eval/counting.jsonl`."""
    total = 0
    sources: Counter[str] = Counter()
    months: Counter[str] = Counter()
    for document in documents:
        if not all(satisfies(document, condition) for condition in query["holds"]):
            continue
        is_of_source, is_of_day = _is_of_source(document, query), _is_of_day(document, query)
        total += is_of_source and is_of_day
        if is_of_day and document.source is not None:
            sources[document.source] += 1
        if is_of_source and document.day is not None:
            months[document.day[:7]] += 1
    return Totals(total, sources, months)


def satisfies(document: StoredDocument, condition: Condition) -> bool:
    """Return whether a document satisfies a condition."""
    match condition:
        case {"any": parts}:
            return any(satisfies(document, part) for part in parts)
        case {"none": parts}:
            return not any(satisfies(document, part) for part in parts)
        case {"least": least, "of": parts}:
            return sum(satisfies(document, part) for part in parts) >= least
        case {"title": part}:
            return satisfies(document._replace(body=""), part)
    pattern = _pattern_of(condition)
    return bool(pattern.search(document.title) or pattern.search(document.body))


def _pattern_of(condition: Condition) -> re.Pattern[str]:
    match condition:
        case str():
            return _compiled(_BETWEEN_WORDS.join(map(_word, fold(condition).split())))
        case {"begins": letters}:
            return _compiled(f"{_NO_LETTER_BEFORE}{_CLITICS}{re.escape(fold(letters))}")
        case {"near": [first, second], "between": between}:
            first, second = _word(fold(first)), _word(fold(second))
            others = f"{_BETWEEN_WORDS}(?:{_WORD}{_BETWEEN_WORDS}){{0,{between}}}"
            return _compiled(f"{first}{others}{second}|{second}{others}{first}")
    raise ValueError(f"unknown condition: {condition}")


def _word(folded: str) -> str:
    return f"{_NO_LETTER_BEFORE}{_CLITICS}{re.escape(folded)}{_NO_LETTER_AFTER}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_of_source(document: StoredDocument, query: Mapping[str, Any]) -> bool:
    if "sources" in query and document.source not in query["sources"]:
        return False
    return document.source not in query.get("not_sources", ())


def _is_of_day(document: StoredDocument, query: Mapping[str, Any]) -> bool:
    if "since" not in query and "until" not in query:
        return True
    if document.day is None:
        return False
    return query.get("since", "") <= document.day <= query.get("until", "9999")


def differences(counted: Totals, scanned: Totals) -> Iterator[str]:
    """Yield each count of an index that differs from that of the scan."""
    if counted.total != scanned.total:
        yield f"total {counted.total}, scanned {scanned.total}"
    for name in ("sources", "months"):
        of_index, of_scan = getattr(counted, name), getattr(scanned, name)
        for value in sorted({*of_index, *of_scan}):
            if of_index.get(value, 0) != of_scan.get(value, 0):
                yield f"{value} {of_index.get(value, 0)}, scanned {of_scan.get(value, 0)}"
