"""Counts matching documents by reading every one of them, to check what an index counts.

Written apart from the program: nothing of `search` is imported. A text is folded letter by letter,
and regular expressions look for whole words, with the clitics that may stand before them. What a
query demands is written by hand as conditions, in `data/eval/counting.jsonl`:

    "some words"                        these words in a row, in the title or in the body
    {"any": […]} {"none": […]}          one of the conditions; none of them
    {"least": 3, "of": […]}             so many of them
    {"title": condition}                looked for in the title alone
    {"begins": "letters"}               a word that begins with these letters
    {"near": ["a", "b"], "between": 3}  two words in any order with so many others between them

Left out: whatever the program knows of single words. «وجدة» is a town for it, and here «و» and
«جدة»; «كتابه» and «كتابة» are two words for it, and here one.
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

_SAME_LETTERS = str.maketrans("ٱىةیک", "ايهيك")  # hamzas fall with the combining marks
_CLITICS = "[وف]?(?:[بك]?ال|لل|[بكل])?"  # «س» stands before verbs alone: «سماء» is no «ماء»
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_BETWEEN_WORDS = r"[\W_]+"
_WORD = r"[^\W_]+"


class StoredDocument(NamedTuple):
    """A document as it is stored, with its title and body folded."""

    title: str
    body: str
    source: str | None
    day: str | None  # ISO date


class Totals(NamedTuple):
    """How many documents match, and how many of them by source and by month.

    The counts by source ignore the sources that the query asks for, those by month its days.
    """

    total: int
    sources: Mapping[str, int]
    months: Mapping[str, int]


def fold(text: str) -> str:
    """Drop vowel marks, accents and tatweel, and write letter variants and digits as one."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    kept = (sign for sign in decomposed if not unicodedata.combining(sign))
    written = "".join(sign for sign in kept if sign != "ـ" and unicodedata.category(sign) != "Cf")
    digits = (str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in written)
    return "".join(digits).translate(_SAME_LETTERS)


def read_documents(archive: Path) -> list[StoredDocument]:
    """Read all documents of an archive, folded."""
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
    raise ValueError(f"no condition that a full scan knows: {condition}")


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
    """Yield each number that an index counts otherwise than the scan."""
    if counted.total != scanned.total:
        yield f"total {counted.total}, scanned {scanned.total}"
    for name in ("sources", "months"):
        of_index, of_scan = getattr(counted, name), getattr(scanned, name)
        for value in sorted({*of_index, *of_scan}):
            if of_index.get(value, 0) != of_scan.get(value, 0):
                yield f"{value} {of_index.get(value, 0)}, scanned {of_scan.get(value, 0)}"
