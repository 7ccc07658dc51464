"""The lexical index: BM25 over the terms of titles and passages, kept by tantivy in one folder.

Terms come ready from search.language.analysis, so the index only splits at spaces. The index may
hold more than the archive names (a crash between its commit and SQLite's, a removal not yet carried
out): readers drop passages they do not know, and the next writer sweeps them.

Words are kept at two levels, terms and stems, each of titles and of texts. BM25 as Lucene and
tantivy compute it, k1 = 1.2, b = 0.75, the sum over the fields of both levels.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from uuid import UUID

import numpy as np
import tantivy

from search.errors import ArchiveError
from search.index import IndexedTerms
from search.index.candidates import Scores
from search.index.local.columns import PassageIds
from search.index.local.folder import require_plain
from search.index.local.lexical.queries import (
    MOST_WORDS,
    STEM_FIELDS,
    TERM_FIELDS,
    build_phrase,
    build_query,
)
from search.language.analysis import STEM_MARK, is_stem
from search.plan import Alternative, Phrase, QueryPlan, has_own_stem
from search.records import Document, Filters

_HEAP_BYTES = 96_000_000  # what one writer thread may hold before it writes a segment of its own
_TOKENIZER = "spaces"
_META, _MANAGED, _READERS_LOCK = "meta.json", ".managed.json", ".tantivy-meta.lock"
_UNREADABLE = "the lexical index cannot be read; `python -m indexer check` names what is damaged"
TERMS_COUNTED = 20_000  # that a searcher remembers the frequencies of: some 4 MB


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage_id", indexed=True, fast=True)
    for name in TERM_FIELDS:
        builder.add_text_field(name, tokenizer_name=_TOKENIZER)
    for name in STEM_FIELDS:  # no phrase is looked for by stems, so where they stand is not kept
        builder.add_text_field(name, tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field("source", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("language", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field(
        "day", indexed=True, fast=True
    )  # date.toordinal(); absent without a date
    return builder.build()


def _open(folder: Path, *, create: bool) -> tantivy.Index:
    _require_plain_names(folder)
    with _failing_as(f"the lexical index in {folder} cannot be opened"):
        if create and not (folder / "meta.json").exists():
            folder.mkdir(exist_ok=True)
            index = tantivy.Index(_schema(), path=str(folder))
        else:
            is_unlocked = not create and _is_locked_away(folder)
            index = _open_unlocked(folder) if is_unlocked else tantivy.Index.open(str(folder))
        if index.schema != _schema():
            raise ArchiveError(f"the lexical index in {folder} has other fields than it should")
    index.register_tokenizer(
        _TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    return index


def _is_locked_away(folder: Path) -> bool:
    """Return whether this account cannot take tantivy's lock in the folder."""
    lock = folder / _READERS_LOCK
    return not os.access(lock if lock.exists() else folder, os.W_OK)


def _open_unlocked(folder: Path) -> tantivy.Index:
    """Open the files of a read-only folder through links in a folder that can be written to.

    Tantivy insists on a lock beside them, and maps all files as it opens them.
    """
    with TemporaryDirectory(prefix="arshif-lexical-") as beside:
        for path in live_files(folder):
            (Path(beside) / path.name).symlink_to(path.resolve())
        return tantivy.Index.open(beside)


@contextmanager
def _failing_as(message: str) -> Iterator[None]:
    """Raise tantivy's errors, which are of many kinds, as one of ours."""
    try:
        yield
    except (ValueError, OSError, LookupError, TypeError, RecursionError) as error:
        raise ArchiveError(f"{message}: {error}") from error
    except BaseException as error:
        # What a damaged file lets tantivy's own code fail with is no Exception, and has no name
        # that could be imported.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise ArchiveError(f"{message}: it is damaged ({str(error)[:200]})") from error


class LexicalWriter:
    """Adds and removes passages; nothing is seen by anybody before `commit`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = _open(folder, create=True)
        # One thread keeps the order of passages, so that the same dump gives the same index.
        self._failing = f"the lexical index in {folder} cannot be written (is the disk full?)"
        with _failing_as(self._failing):
            self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)

    def add(self, passage_id: int, document: Document, indexed: IndexedTerms) -> None:
        entry = tantivy.Document()
        entry.add_unsigned("passage_id", passage_id)
        for name, joined in zip((*TERM_FIELDS, *STEM_FIELDS), indexed, strict=True):
            entry.add_text(name, joined)
        entry.add_text("kind", document.kind.value)
        entry.add_text("language", document.language)
        if document.source is not None:
            entry.add_text("source", document.source)
        if document.date is not None:
            entry.add_integer("day", document.date.toordinal())
        with _failing_as(self._failing):
            self._writer.add_document(entry)

    def remove(self, passage_ids: Iterable[int]) -> None:
        for passage_id in passage_ids:
            self._writer.delete_documents_by_term("passage_id", passage_id)

    def sweep(self, first_unnamed: int) -> None:
        """Remove what no transaction named: every passage from `first_unnamed` on."""
        with _failing_as(self._failing):
            self._writer.delete_documents_by_query(self._from(first_unnamed))
        self.commit()

    def holds_from(self, first: int) -> bool:
        """Return whether the index holds a passage from `first` on."""
        with _failing_as(self._failing):
            return bool(self._index.searcher().search(self._from(first), limit=1).hits)

    def _from(self, first: int) -> tantivy.Query:
        return tantivy.Query.range_query(
            self._index.schema, "passage_id", tantivy.FieldType.Unsigned, lower_bound=first
        )

    def commit(self) -> None:
        with _failing_as(self._failing):
            self._writer.commit()
            _share(self._folder)

    def close(self) -> None:
        with _failing_as(self._failing):
            self._writer.rollback()
            self._writer.wait_merging_threads()
            _share(self._folder)


def live_files(folder: Path) -> list[Path]:
    """List the files that the index's last commit consists of, sorted.

    Tantivy removes others, and rewrites its list of them (.managed.json), when it finds the time.
    """
    meta = folder / _META
    with _failing_as(f"{meta} cannot be read"):
        segments = json.loads(meta.read_text(encoding="utf-8"))["segments"]
        names = [
            (UUID(segment["segment_id"]).hex, segment["deletes"] and segment["deletes"]["opstamp"])
            for segment in segments
        ]
    files = {meta}
    for name, deletes in names:
        files.update(path for path in folder.glob(f"{name}.*") if path.suffix != ".del")
        if deletes:
            files.add(folder / f"{name}.{int(deletes)}.del")
    return sorted(files)


def _require_plain_names(folder: Path) -> None:
    """Refuse an index whose list of files names others: tantivy deletes what it lists."""
    managed = folder / _MANAGED
    if not managed.exists():
        return
    with _failing_as(f"{managed} cannot be read"):
        names = json.loads(managed.read_text(encoding="utf-8"))
    for name in names if isinstance(names, list) else [names]:
        require_plain(name, place=str(managed))


def _share(folder: Path) -> None:
    """Let whoever may read the folder read the two files that tantivy keeps to its own account."""
    mode = folder.stat().st_mode & 0o666
    for name in (_META, _MANAGED):
        (folder / name).chmod(mode, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class LexicalRanking:
    """The best passages, best first.

    `strength` is 0 to 1: the best score over that of a short text that holds every term of the
    query. Where `is_exact`, no other passage matches.
    """

    ids: PassageIds
    scores: Scores
    strength: float
    is_exact: bool


class LexicalSearcher:
    """One state of the index, as it was when opened; safe to search from many threads."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        with _failing_as(_UNREADABLE):
            self._searcher = index.searcher()
        # An expansion asks for one term's several times, and every query for the commonest terms.
        self._frequencies = lru_cache(TERMS_COUNTED)(partial(_count, self._searcher))

    @classmethod
    def open(cls, folder: Path) -> Self:
        return cls(_open(folder, create=False))

    @property
    def passages(self) -> int:
        return int(self._searcher.num_docs)

    def frequency(self, term: str) -> int:
        """Return the number of passages that hold the term in their text, or else in the title."""
        in_title, in_text = self._frequencies(term)
        return in_text or in_title

    def terms_with_prefix(self, prefix: str, *, stems: bool = False) -> list[tuple[str, int]]:
        """Return the terms that begin with `prefix`, or the stems, each with its frequency."""
        in_title, in_text = STEM_FIELDS if stems else TERM_FIELDS
        with _failing_as(_UNREADABLE):
            found = dict(self._searcher.terms_with_prefix(in_title, prefix))
            found.update(self._searcher.terms_with_prefix(in_text, prefix))
        if stems:
            return [(f"{term}{STEM_MARK}", frequency) for term, frequency in found.items()]
        return list(found.items())

    def search(self, plan: QueryPlan, filters: Filters, depth: int) -> LexicalRanking:
        """Rank the passages that hold any of the plan's words and pass the filters.

        A passage that holds none of the phrases, or anything excluded, is left out.
        """
        if not plan.words and not plan.lists_all:
            return LexicalRanking(
                PassageIds(np.empty(0, np.int64)), np.empty(0), 0.0, is_exact=True
            )
        query = build_query(self._schema, plan, filters)
        # One more than asked for tells whether there are more; to count them all takes far longer.
        with _failing_as(_UNREADABLE):
            hits = self._searcher.search(query, limit=depth + 1, count=False).hits
        is_exact = len(hits) <= depth
        del hits[depth:]
        ids = self._ids([address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), np.float64, len(hits))
        strength = self._strength(float(scores.max(initial=0.0)), plan.words[:MOST_WORDS])
        return LexicalRanking(ids, scores, strength, is_exact)

    def holding(self, phrase: Phrase, filters: Filters, most: int | None = None) -> PassageIds:
        """Return the passages that pass the filters and hold these terms in a row.

        In title or text; at most `most` of them, each of which takes some 0.3 µs.
        """
        with _failing_as(_UNREADABLE):
            hits = self._searcher.search(
                build_phrase(self._schema, phrase, filters),
                limit=most or max(1, self._searcher.num_docs),
                count=False,
            ).hits
        return self._ids([address for _, address in hits])

    def _strength(self, best: float, words: Sequence[Sequence[Alternative]]) -> float:
        if not best:
            return 0.0
        # A term's BM25 is below its idf * (k1 + 1), in a field that it fills. What is found by an
        # alternative alone is held against that alternative's idf, so its weight counts as doubt.
        return min(1.0, best / (2.2 * sum(map(self._least_idf, words))))

    def _least_idf(self, word: Sequence[Alternative]) -> float:
        idfs = [max(map(self._idf, alternative.terms)) for alternative in word]
        if has_own_stem(word):
            # Other forms of the words settle a query as well as those typed do.
            idfs[:2] = [idfs[1]]
        return min(idfs)

    def _idf(self, term: str) -> float:
        frequency = max(self._frequencies(term))
        return log(1 + (self._searcher.num_docs - frequency + 0.5) / (frequency + 0.5))

    def passage_ids(self) -> set[int]:
        """Give the id of every passage held, for a check of the whole archive."""
        with _failing_as(_UNREADABLE):
            found = self._searcher.search(
                tantivy.Query.all_query(), limit=max(1, self._searcher.num_docs)
            )
        return set(self._ids([address for _, address in found.hits]).tolist())

    def _ids(self, addresses: list[tantivy.DocAddress]) -> PassageIds:
        if not addresses:
            return PassageIds(np.empty(0, dtype=np.int64))
        with _failing_as(_UNREADABLE):
            ids = self._searcher.fast_field_values("passage_id", addresses)
        return PassageIds(np.array(ids, dtype=np.int64))


def _count(searcher: tantivy.Searcher, term: str) -> tuple[int, int]:
    """Give the number of passages that hold the term in their title, and in their text."""
    in_title, in_text = STEM_FIELDS if is_stem(term) else TERM_FIELDS
    term = term.removesuffix(STEM_MARK)
    with _failing_as(_UNREADABLE):
        return searcher.doc_freq(in_title, term), searcher.doc_freq(in_text, term)
