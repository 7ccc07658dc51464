"""Read collections with known answers: documents, queries, and the document that answers each.

The files lie below one folder:

- `eval/qa_retrieval.jsonl.gz`: questions and the passages that answer them (XQuAD, MLQA); also
  XQuAD's passages among MLQA's in the language of the question, as in an archive of two languages;
- `eval/ntrex128.jsonl.gz`: sentences and their translations (NTREX-128);
- `bench/saudinewsnet.jsonl.gz`: known-item search, in which an article's title must find its body
  among all bodies, which are indexed without their titles; also with two misspelt words per title,
  and without the words that the body's first sentence repeats (`hard`);
- `train/news/goud_darija.jsonl.gz`: known-item search with Moroccan Arabic titles over standard
  Arabic bodies.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.misspelling import misspell
from search.errors import SearchError
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.language.analysis import query_terms, terms, words

KNOWN_ITEMS = 3000
SEED = 0
_FIRST_SENTENCE = 200  # characters at most

Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, by their own ids, and queries that have a single known answer each."""

    name: str
    body_by_id: dict[str, str]
    queries: list[EvaluationQuery]
    qrels: list[Qrel]


def read_collections(folder: Path, names: Iterable[str] | None = None) -> Iterator[Collection]:
    """Yield the collections below `folder` that `names` lists; all of them if it is None.

    Raises:
        SearchError: a name is not that of a collection, or a file is missing.
    """
    chosen = list(COLLECTIONS) if names is None else list(names)
    for name in chosen:
        if name not in COLLECTIONS:
            raise SearchError(f"no collection {name}: expected one of {', '.join(COLLECTIONS)}")
        yield replace(COLLECTIONS[name](folder), name=name)


def _questions(
    name: str, query_language: str, document_language: str
) -> Callable[[Path], Collection]:
    def read(folder: Path) -> Collection:
        contexts: dict[str, str] = {}
        queries, qrels = [], []
        for number, record in enumerate(_records(folder / "eval" / "qa_retrieval.jsonl.gz")):
            languages = (record["q_lang"], record["c_lang"])
            if record["set"] == name and languages == (query_language, document_language):
                contexts[record["context_id"]] = record["context"]
                queries.append(EvaluationQuery(str(number), record["question"]))
                qrels.append(Qrel(str(number), record["context_id"], 1))
        return Collection(name, contexts, queries, qrels)

    return read


def _among(
    read_answers: Callable[[Path], Collection], read_others: Callable[[Path], Collection]
) -> Callable[[Path], Collection]:
    """Add the documents of another collection, which answer no query, to a collection."""

    def read(folder: Path) -> Collection:
        collection = read_answers(folder)
        others = {f"beside-{name}": body for name, body in read_others(folder).body_by_id.items()}
        return replace(collection, body_by_id=collection.body_by_id | others)

    return read


def _translations(query_language: str, document_language: str) -> Callable[[Path], Collection]:
    def read(folder: Path) -> Collection:
        sentences, queries, qrels = {}, [], []
        for number, record in enumerate(_records(folder / "eval" / "ntrex128.jsonl.gz")):
            text_by_language = {record["lang_a"]: record["a"], record["lang_b"]: record["b"]}
            if set(text_by_language) == {query_language, document_language}:
                sentences[str(number)] = text_by_language[document_language]
                queries.append(EvaluationQuery(str(number), text_by_language[query_language]))
                qrels.append(Qrel(str(number), str(number), 1))
        return Collection("", sentences, queries, qrels)

    return read


def _known_items(
    path: str, query_text: Callable[[Record, random.Random], str]
) -> Callable[[Path], Collection]:
    def read(folder: Path) -> Collection:
        records = [record for record in _records(folder / path) if record.get("body")]
        bodies = {str(place): record["body"] for place, record in enumerate(records)}
        rng = random.Random(SEED)
        queries, qrels = [], []
        for place in sorted(rng.sample(range(len(records)), min(KNOWN_ITEMS, len(records)))):
            if text := query_text(records[place], rng).strip():
                queries.append(EvaluationQuery(str(place), text))
                qrels.append(Qrel(str(place), str(place), 1))
        return Collection("", bodies, queries, qrels)

    return read


def _title(record: Record, rng: random.Random) -> str:
    del rng
    return record["title"]


def _misspelt_title(record: Record, rng: random.Random) -> str:
    return misspell(record["title"], rng)


def _hard_title(record: Record, rng: random.Random) -> str:
    """Return the title without the words that the article's first sentence repeats.

    The text is empty if no word with a meaning is left.
    """
    del rng
    first = record["body"].strip().split("\n")[0].split(". ")[0][:_FIRST_SENTENCE]
    repeated = set(terms(first))
    title = record["title"]
    kept = [word for word in words(title) if word.term not in repeated]
    text = " ".join(title[word.start : word.end] for word in kept)
    return text if set(query_terms(text)) - repeated else ""


SAUDI = "bench/saudinewsnet.jsonl.gz"
COLLECTIONS: dict[str, Callable[[Path], Collection]] = {
    **{
        f"{name}-{query}-{document}": _questions(name, query, document)
        for name in ("xquad", "mlqa")
        for query, document in (("ar", "ar"), ("en", "ar"), ("ar", "en"), ("en", "en"))
    },
    "mixed-en-ar": _among(_questions("xquad", "en", "ar"), _questions("mlqa", "en", "en")),
    "mixed-ar-en": _among(_questions("xquad", "ar", "en"), _questions("mlqa", "ar", "ar")),
    "ntrex-en-ar": _translations("en", "ar"),
    "ntrex-fr-ar": _translations("fr", "ar"),
    "saudi-title": _known_items(SAUDI, _title),
    "saudi-misspelt": _known_items(SAUDI, _misspelt_title),
    "saudi-hard": _known_items(SAUDI, _hard_title),
    "goud-title": _known_items("train/news/goud_darija.jsonl.gz", _title),
}


def _records(path: Path) -> Iterator[Record]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except OSError as error:
        raise SearchError(f"{path} cannot be read: {error.strerror or error}") from error
