"""Write the articles of an archive as training data, with the fields that `pairs.py` lists.

Near copies are one text. A fifth of the titles is held out, with every article that repeats an
article of theirs; each held-out title must find its body among the others.
"""

import gzip
import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np

from indexer.evaluation.collections import Collection
from indexer.training.contamination import GramHasher, Grams, share_of_grams
from indexer.training.contextual.articles import COPIED_SHARE, LONGEST_BODY, Record
from indexer.training.held_out import hash_title, is_title_held_out
from indexer.training.pairs import SHORTEST_BODY, TERMS
from search.errors import SearchError
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.index import Index
from search.index.archive import Archive
from search.language.analysis import STEM_MARK, content_words, fold, language_of_words
from search.lexicon.thesaurus import translations_of
from search.query.validation import MAX_QUERY_LENGTH
from search.records import Document, Filters, Kind, Query, Sort
from search.results.calendar import plan_listing
from search.results.listing import list_all

logger = logging.getLogger(__name__)

MIN_ARTICLES = 1000  # one batch of the table: with fewer, every step draws every text
MAX_ARTICLES = 100_000  # the newest ones, in 2 GB; the shipped encoders learnt from as many
MAX_MEASURED = 2000

# The articles of one text: near copies in several newspapers, or one article alone.
Copies = list[Document]


def prepare_data(archive: Archive, data: Path) -> tuple[int, Collection]:
    """Write the articles to train on into `data`; return their number, and the held-out titles."""
    trained, held_out = _split(_read_copies(archive.open()))
    collection = _build_collection(_choose_measured(held_out))
    titles = len(collection.queries)
    if len(trained) < MIN_ARTICLES or not titles:
        raise SearchError(
            f"{archive.address} holds {len(trained):,} articles to train on and {titles:,} held-out"
            f" titles to measure by, expected {MIN_ARTICLES:,} and 1 or more: near copies count"
            f" once, and bodies from {SHORTEST_BODY} characters on. Keep the encoder of the archive"
            " until it has grown"
        )
    logger.info("%d articles to train on, %d held-out titles", len(trained), titles)
    data.mkdir()
    _write_records(data / "archive.jsonl.gz", map(_article_record, trained))
    _write_records(data / TERMS, _translation_records(copies[0].title for copies in trained))
    return len(trained), collection


def _read_copies(index: Index) -> list[Copies]:
    """Return the newest articles that have a title and a body, grouped by text."""
    plan = plan_listing(index, Filters(kinds=(Kind.ARTICLE,)))
    matches = chain.from_iterable(list_all(Query("", sort=Sort.NEWEST), plan, index))
    texts: dict[str, Copies] = defaultdict(list)
    for match in islice(matches, MAX_ARTICLES):
        document = match.document
        if document.title.strip() and len(document.body) >= SHORTEST_BODY:
            texts[min([document.doc_id, *match.copies])].append(document)
    return list(texts.values())


def _split(texts: Iterable[Copies]) -> tuple[list[Copies], list[Copies]]:
    """Return the texts to train on, and the texts that have a held-out title.

    A text that shares more than a fifth of its 8-grams with held-out texts is in neither list.
    """
    others: list[Copies] = []
    held_out: list[Copies] = []
    for copies in texts:
        is_held_out = any(is_title_held_out(document.title) for document in copies)
        (held_out if is_held_out else others).append(copies)
    hasher = GramHasher()
    parts = [_grams(document, hasher) for copies in held_out for document in copies]
    grams = np.unique(np.concatenate([np.empty(0, np.uint64), *parts]))
    trained = [
        copies
        for copies in others
        if share_of_grams(grams, _grams(copies[0], hasher)) <= COPIED_SHARE
    ]
    return trained, held_out


def _choose_measured(held_out: Iterable[Copies]) -> list[Document]:
    """Return one article for each held-out title, by the hashes of the titles."""
    document_by_hash: dict[int, Document] = {}
    for copies in held_out:
        document = next(copy for copy in copies if is_title_held_out(copy.title))
        document_by_hash[hash_title(document.title)] = document
    return [document_by_hash[key] for key in sorted(document_by_hash)[:MAX_MEASURED]]


def _grams(document: Document, hasher: GramHasher) -> Grams:
    return hasher.grams(document.body[:LONGEST_BODY])


def _build_collection(documents: Sequence[Document]) -> Collection:
    """Return the bodies as a collection, in which each title is the query for its own body."""
    title_by_id = {str(n): document.title for n, document in enumerate(documents)}
    return Collection(
        "held-out titles",
        {str(n): document.body for n, document in enumerate(documents)},
        [EvaluationQuery(key, title[:MAX_QUERY_LENGTH]) for key, title in title_by_id.items()],
        [Qrel(key, key, 1) for key in title_by_id],
    )


def _article_record(copies: Copies) -> Record:
    """Return the first article of a text; another title of the text becomes its abstract."""
    first = copies[0]
    titles = (copy.title for copy in copies if fold(copy.title) != fold(first.title))
    return {
        "title": first.title,
        "abstract": next(titles, ""),
        "body": first.body[:LONGEST_BODY],
        "date": "" if first.date is None else first.date.isoformat(),
    }


def _translation_records(titles: Iterable[str]) -> Iterator[Record]:
    """Yield the words of titles with their French and English translations in the shipped table.

    These pairs keep the languages aligned, because the articles contain no translations.
    """
    stem_by_word = {
        fold(title[word.start : word.end]): word.stem.removesuffix(STEM_MARK)
        for title in titles
        for word in content_words(title)
        if word.stem
    }
    for arabic, stem in stem_by_word.items():
        for near in translations_of(stem):
            language = language_of_words([near.term])
            for code in ("fr", "en") if language is None else (language,):
                yield {"kind": "word", "a": arabic, "b": near.term, "lang_a": "ar", "lang_b": code}


def _write_records(path: Path, records: Iterable[Record]) -> None:
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as lines:
        lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
