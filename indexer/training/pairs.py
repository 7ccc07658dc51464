"""Read a folder of training data into pair sets: pairs of texts with near vectors.

The folder holds `.jsonl.gz` files. The fields of a record decide which pairs it yields, so a new
file of a known shape needs no code:

- `title` + `body` (news, encyclopaedia): title -> passage, abstract -> passage; of Arabic titles
  also misspelt titles, and made-up queries in Latin-script Moroccan Arabic, French and English;
- `body`: sentence -> another passage of the same body (inverse cloze: Lee, Chang and Toutanova
  2019);
- `question` + `context`: question -> passage;
- `a` + `b`: translations, paraphrases, bilingual terms; with a `label`, only the agreeing pairs.

Records that `held_out.py` holds out of every training are skipped.
"""

import gzip
import json
import logging
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from indexer.misspelling import misspell
from indexer.training.arabizi import romanise
from indexer.training.glossary import Glossary
from indexer.training.held_out import is_held_out
from search.language.analysis import language_of

logger = logging.getLogger(__name__)

TERMS = "terms.jsonl.gz"
ROMANISED_SHARE = 0.25  # of the Arabic titles
MISSPELT_SHARE = 0.25  # of the Arabic titles
SHORTEST_BODY = 200  # characters; a shorter body says little that its title does not

# How often a set is drawn among the sets of its kind, relative to its size. Other sets weigh 1.
# Classical and religious text is far from news; dictionary words are many and short.
SET_WEIGHTS = {
    "tico19": 3.0,
    "xnli_sentences": 2.0,
    "wmt_newstest_fr_en": 2.0,
    "iwan_paraphrase_mt": 2.0,
    "ar_paraphrase_iwan": 1.0,
    "mt_geneval": 2.0,
    "tatoeba_manythings": 0.5,
    "opusmt_tatoeba_test": 0.6,
    "multi30k": 0.6,
    "quran": 0.2,
    "lk_hadith_matn": 0.2,
    "rasaif_classical": 0.4,
    "terms": 0.25,
    "goud_darija": 3.0,
    "hespress_aljazeera": 3.0,
    "moroccan_finance_fr": 3.0,
    "wikipedia_ar_arz": 0.6,
}
AGREEING_LABELS = {"1", "entails", "agree"}


@dataclass
class PairSet:
    """Pairs of one kind from one file. A batch is drawn from the sets of one kind."""

    name: str
    kind: str  # title | romanised | gloss | cloze | question | parallel | term
    weight: float
    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)

    def add(self, left: str, right: str) -> None:
        self.left.append(left)
        self.right.append(right)


def read_pair_sets(folder: Path, *, seed: int) -> list[PairSet]:
    """Read every `.jsonl.gz` below `folder`, in the order of their paths.

    Raises:
        FileNotFoundError: there is no such file below `folder`.
    """
    paths = sorted(folder.rglob("*.jsonl.gz"))
    if not paths:
        raise FileNotFoundError(f"no .jsonl.gz file below {folder}: expected training data there")
    glossary = read_glossary(paths)
    sets: list[PairSet] = []
    for path in paths:
        sets_of_file = _read_sets(path, glossary, random.Random(seed))
        for pair_set in sets_of_file:
            logger.info("%-28s %-9s %8d pairs", pair_set.name, pair_set.kind, len(pair_set.left))
        sets += sets_of_file
    return sets


def read_glossary(paths: Iterable[Path]) -> Glossary:
    """Read the bilingual words among the files of training data."""
    return Glossary(record for path in paths if path.name == TERMS for record in records(path))


def _read_sets(path: Path, glossary: Glossary, rng: random.Random) -> list[PairSet]:
    name = set_name(path)
    by_kind: dict[str, PairSet] = {}
    for record in records(path):
        if is_held_out(name, record):
            continue
        for kind, left, right in _pairs_of(record, glossary, rng):
            if kind not in by_kind:
                by_kind[kind] = PairSet(f"{name}:{kind}", kind, SET_WEIGHTS.get(name, 1.0))
            by_kind[kind].add(left, right)
    return [pair_set for pair_set in by_kind.values() if len(pair_set.left) > 1]


def _pairs_of(
    record: dict[str, str], glossary: Glossary, rng: random.Random
) -> Iterator[tuple[str, str, str]]:
    body = record.get("body") or ""
    if len(body) >= SHORTEST_BODY:
        yield "cloze", body, body
        if title := record.get("title"):
            yield "title", title, body
            if abstract := record.get("abstract"):
                yield "title", abstract, body
            yield from _made_up_queries(title, body, glossary, rng)
    else:
        yield from text_pairs(record)


def text_pairs(record: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the kind and the two texts of a record without a body; nothing if they disagree."""
    if record.get("question"):
        yield "question", record["question"], record["context"]
    # An empty label does not count as agreement.
    elif (
        record.get("a")
        and record.get("b")
        and ("label" not in record or str(record["label"]) in AGREEING_LABELS)
    ):
        yield ("term" if "kind" in record else "parallel"), record["a"], record["b"]


def _made_up_queries(
    title: str, body: str, glossary: Glossary, rng: random.Random
) -> Iterator[tuple[str, str, str]]:
    """Yield queries that readers type and newspapers do not print.

    They have typing errors, are Moroccan Arabic in Latin letters, or are foreign keywords.
    """
    if language_of(title) != "ar":
        return
    if rng.random() < MISSPELT_SHARE:
        yield "title", misspell(title, rng), body
    if rng.random() < ROMANISED_SHARE and (latin := romanise(title, rng)):
        yield "romanised", latin, body
    for language in ("fr", "en"):
        if keywords := glossary.gloss(title, language, rng):
            yield "gloss", keywords, body


def set_name(path: Path) -> str:
    return path.name.removesuffix(".jsonl.gz")


def records(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
