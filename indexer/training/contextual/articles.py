"""Read training data as articles and pairs of texts, for an encoder of whole passages.

An article is kept once, and its queries are made when a batch is drawn (`queries.py`). Texts that
share eight words in a row with a benchmark, or that repeat a held-out article, are left out.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from indexer.training.contamination import (
    ContaminationCheck,
    GramHasher,
    benchmark_grams,
    share_of_grams,
)
from indexer.training.glossary import Glossary
from indexer.training.held_out import has_held_out, is_held_out
from indexer.training.pairs import (
    SET_WEIGHTS,
    SHORTEST_BODY,
    PairSet,
    read_glossary,
    records,
    set_name,
    text_pairs,
)
from search.errors import SearchError

logger = logging.getLogger(__name__)

LONGEST_BODY = 4000  # characters: whole bodies would double the text in memory and to hash
# Share of a text's 8-grams: articles of one newspaper share set phrases, copies nearly all grams.
COPIED_SHARE = 0.2
_SHORT_FIELDS = ("title", "abstract", "question", "context", "a", "b")
_ALLOWED_FILE = "allowed.npy"

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Article:
    """A body with the fields of its record; a field that the record lacks is empty."""

    title: str
    abstract: str
    body: str
    date: str = ""
    pair: str = ""  # shared by an article and its counterpart in another variety of the language


@dataclass
class Material:
    """The training data, and the articles that are only measured on."""

    glossary: Glossary
    articles: list[Article] = field(default_factory=list)
    held_out: list[Article] = field(default_factory=list)
    pairs: list[PairSet] = field(default_factory=list)


def read_material(data: Path, benchmarks: Sequence[Path], work: Path) -> Material:
    """Read every `.jsonl.gz` below `data`, without texts of the files below `benchmarks`.

    A list of the allowed records is kept in `work`, since hashing every word anew takes minutes.

    Raises:
        SearchError: there is nothing to train on below `data`.
    """
    paths = sorted(data.rglob("*.jsonl.gz"))
    held_out = [article for path in paths for article in _held_out(path)]
    material = Material(read_glossary(paths), held_out=held_out)
    cache = work / _ALLOWED_FILE
    if cache.exists():
        allowed = np.load(cache).tolist()
    else:
        allowed = _allowed(paths, held_out, benchmarks)
        np.save(cache, np.array(allowed, dtype=bool))
    numbers = iter(allowed)
    for path in paths:
        _read(path, material, numbers)
    crossed = cross_translations(material.pairs)
    material.pairs = [pairs for pairs in (*material.pairs, crossed) if len(pairs.left) > 1]
    if not material.articles and not material.pairs:
        raise SearchError(
            f"nothing to train on below {data}: expected .jsonl.gz files with titles and bodies,"
            " questions with contexts, or pairs a and b"
        )
    return material


def _allowed(
    paths: Sequence[Path], held_out: Sequence[Article], benchmarks: Sequence[Path]
) -> list[bool]:
    """Return for each record, in the order of the files, whether it may be trained on."""
    hasher = GramHasher()
    check = ContaminationCheck(benchmark_grams(benchmarks, hasher), hasher)
    parts = [hasher.grams(article.body) for article in held_out]
    held_out_grams = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *parts]))
    allowed = []
    for path in paths:
        name, left_out = set_name(path), 0
        for record in records(path):
            article = _article(record)
            grams = hasher.grams(article.body)
            is_allowed = (
                not is_held_out(name, record)
                and share_of_grams(held_out_grams, grams) <= COPIED_SHARE
                and check.shares_nothing(grams)
                and all(check.is_clean(record.get(field) or "") for field in _SHORT_FIELDS)
            )
            allowed.append(is_allowed)
            left_out += not is_allowed
        if left_out:
            logger.info("left out %6d of %s: benchmarks, or held out", left_out, name)
    return allowed


def _held_out(path: Path) -> Iterator[Article]:
    name = set_name(path)
    if not has_held_out(name):
        return
    for record in records(path):
        if is_held_out(name, record) and _has_body(record):
            yield _article(record)


def _read(path: Path, material: Material, allowed: Iterator[bool]) -> None:
    name = set_name(path)
    sets: dict[str, PairSet] = {}
    for record, is_allowed in zip(records(path), allowed, strict=False):
        if not is_allowed:
            continue
        if _has_body(record):
            material.articles.append(_article(record))
            continue
        for kind, left, right in text_pairs(record):
            kind = _finer_kind(kind, record)
            if kind not in sets:
                sets[kind] = PairSet(f"{name}:{kind}", kind, SET_WEIGHTS.get(name, 1.0))
            sets[kind].add(left, right)
    material.pairs += sets.values()


def cross_translations(sets: Sequence[PairSet]) -> PairSet:
    """Pair each text of a paraphrase with the translation of the other text.

    «سافر أبي البارحة» and «سافر أبي أمس» -> «سافر أبي البارحة» and the English of «سافر أبي أمس».
    """
    translations = {
        left: right
        for pairs in sets
        if pairs.kind == "parallel"
        for left, right in zip(pairs.left, pairs.right, strict=True)
    }
    crossed = PairSet("crossed:parallel", "parallel", 2.0)
    for pairs in sets:
        if pairs.kind != "paraphrase":
            continue
        for left, right in zip(pairs.left, pairs.right, strict=True):
            for text, other in ((left, right), (right, left)):
                if text != other and other in translations:
                    crossed.add(text, translations[other])
    return crossed


def _finer_kind(kind: str, record: Record) -> str:
    """Return `paraphrase` for a pair whose sides have the same language, or no named language."""
    if kind == "parallel" and record.get("lang_a") == record.get("lang_b"):
        return "paraphrase"
    return kind


def _has_body(record: Record) -> bool:
    return len(record.get("body") or "") >= SHORTEST_BODY


def _article(record: Record) -> Article:
    return Article(
        record.get("title") or "",
        record.get("abstract") or "",
        (record.get("body") or "")[:LONGEST_BODY],
        record.get("date") or "",
        record.get("pair") or "",
    )
