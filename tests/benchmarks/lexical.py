"""Compares our rules for Arabic words with those of Lucene's ArabicAnalyzer, by nDCG@10.

    pip install bm25s
    python -m tests.benchmarks.lexical DATA

DATA is the folder with `eval/`, `bench/` and `train/`. Both sets of rules go through the same BM25
(bm25s, k1 = 1.2, b = 0.75), over whole texts: what differs is the terms. Lucene's rules are written
down here anew from its documentation: ArabicNormalizer, ArabicStemmer (light10) and its stop words.
"""

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from math import log2
from pathlib import Path

import bm25s

from search.language.analysis import query_terms, terms

Terms = Callable[[str], list[str]]
SAUDI_QUERIES = 3000

_LUCENE_STOP_WORDS = frozenset(
    """
    من ومن منها منه في وفي فيها فيه و ف ثم او أو ب بها به ا أ اى اي أي أى لا ولا الا ألا إلا لكن ما
    وما كما فما عن مع اذا إذا ان أن إن انها أنها إنها انه أنه إنه بان بأن فان فأن وان وأن وإن التى
    التي الذى الذي الذين الى الي إلى إلي على عليها عليه اما أما إما ايضا أيضا كل وكل لم ولم لن ولن
    هى هي هو وهى وهي وهو فهى فهي فهو انت أنت لك لها له هذه هذا تلك ذلك هناك كانت كان يكون تكون
    وكانت وكان غير بعض قد نحو بين بينما منذ ضمن حيث الان الآن خلال بعد قبل حتى عند عندما لدى جميع
    """.split()
)
_LUCENE_PREFIXES = ("ال", "وال", "بال", "كال", "فال", "لل", "و")
_LUCENE_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي")
_LUCENE_LETTERS = str.maketrans(
    {
        **dict.fromkeys("آأإ", "ا"),
        **{"ى": "ي", "ة": "ه", "ـ": None},
        **dict.fromkeys(map(chr, range(0x64B, 0x653))),
        **{chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)},
    }
)
_TOKEN = re.compile(r"[^\W_][\w\u064b-\u0652\u0640]*")


def lucene_terms(text: str) -> list[str]:
    tokens = (token.lower() for token in _TOKEN.findall(text))
    return [_lucene_stem(token) for token in tokens if token not in _LUCENE_STOP_WORDS]


def _lucene_stem(token: str) -> str:
    word = token.translate(_LUCENE_LETTERS)
    for prefix in _LUCENE_PREFIXES:
        if len(word) >= len(prefix) + (3 if len(prefix) == 1 else 2) and word.startswith(prefix):
            word = word[len(prefix) :]
            break
    for suffix in _LUCENE_SUFFIXES:
        if len(word) >= len(suffix) + 2 and word.endswith(suffix):
            word = word[: -len(suffix)]
    return word


def read(path: Path) -> list[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def sets_in(data: Path) -> Iterator[tuple[str, list[str], list[str], list[int]]]:
    """Give name, queries, texts, and the place of each query's text."""
    for name, pairs in _questions(read(data / "eval" / "qa_retrieval.jsonl.gz")).items():
        places = {
            context: place for place, context in enumerate(dict.fromkeys(c for _, c in pairs))
        }
        yield name, [q for q, _ in pairs], list(places), [places[c] for _, c in pairs]
    saudi = read(data / "bench" / "saudinewsnet.jsonl.gz")
    drawn = random.Random(0).sample(range(len(saudi)), SAUDI_QUERIES)
    texts = [record["body"] for record in saudi]
    yield "Saudi titles", [saudi[place]["title"] for place in drawn], texts, drawn
    goud = [
        record
        for record in read(data / "train" / "news" / "goud_darija.jsonl.gz")
        if record["title"] and record["body"]
    ]
    titles, bodies = [r["title"] for r in goud], [r["body"] for r in goud]
    yield "Goud titles", titles, bodies, list(range(len(goud)))


def _questions(records: list[dict]) -> dict[str, list[tuple[str, str]]]:
    pairs: dict[str, list[tuple[str, str]]] = {}
    for record in records:
        if record["q_lang"] == record["c_lang"] == "ar":
            name = f"{record['set']} ar-ar"
            pairs.setdefault(name, []).append((record["question"], record["context"]))
    return pairs


def ndcg(queries, texts, places, of_text: Terms, of_query: Terms) -> float:
    """Give mean nDCG@10 with one relevant text a query; equals by their order."""
    numbers: dict[str, int] = {}
    corpus = [[numbers.setdefault(t, len(numbers)) for t in of_text(text)] for text in texts]
    ranker = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    ranker.index((corpus, numbers), show_progress=False)
    total = 0.0
    for query, place in zip(queries, places, strict=True):
        asked = [numbers[t] for t in dict.fromkeys(of_query(query)) if t in numbers]
        if not asked:
            continue
        scores = ranker.get_scores_from_ids(asked)
        own = scores[place]
        rank = 1 + int((scores > own).sum()) + int((scores[:place] == own).sum())
        if own > 0 and rank <= 10:
            total += 1 / log2(1 + rank)
    return total / len(queries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="DATA")
    print(f"{'set':<14} {'queries':>8} {'texts':>7} {'Lucene':>7} {'ours':>7}")
    for name, queries, texts, places in sets_in(parser.parse_args().data):
        theirs = ndcg(queries, texts, places, lucene_terms, lucene_terms)
        ours = ndcg(queries, texts, places, terms, query_terms)
        print(
            f"{name:<14} {len(queries):>8,} {len(texts):>7,} {theirs:>7.4f} {ours:>7.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
