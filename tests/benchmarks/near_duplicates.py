"""Compares the near copies that indexing links with all there are, found exhaustively.

    python -m tests.benchmarks.near_duplicates DUMP.jsonl.gz

Every pair of articles that shares five words in a row is counted, by an inverted index; words are
folded and bare of marks, as in indexer/duplicates.py, but compared as text, not as hashes. The
sketches are timed beside those that datasketch makes of the same grams, where it is installed.
"""

import importlib
import importlib.util
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from indexer import duplicates
from indexer.duplicates import BANDS, GROUP_SIMILARITY, ROWS
from indexer.ingest import add_dumps
from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from search.index.local.database.schema import connect
from search.language.analysis import fold
from search.records import Document, Kind
from tests.encoder import NgramEncoder

FOUND_FROM = 0.8
SKETCHED = 1000  # articles


class NoEncoder(NgramEncoder):
    """Gives the same vector to every text: copies are told by their words."""

    def encode_passages(self, texts):
        return super().encode_passages(["x"]).repeat(len(texts), axis=0)


def main() -> None:
    dump = Path(sys.argv[1])
    articles = {
        one.doc_id: one
        for one in read_dump(dump, Origin(dump.name))
        if isinstance(one, Document) and one.kind is Kind.ARTICLE
    }
    started = time.perf_counter()
    pairs = similar_pairs(list(articles.values()))
    print(
        f"{len(articles):,} articles; all pairs compared in {time.perf_counter() - started:.1f} s"
    )
    for name, ms in sketch_times([article.body for article in articles.values()]):
        print(f"sketch of an article, {name}: {ms:.3f} ms")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        add_dumps([str(dump)], archive, NoEncoder(), captured_on=None, show_progress=False)
        groups = linked_groups(archive)
    group_of = {doc_id: number for number, group in enumerate(groups) for doc_id in group}
    together = {
        frozenset((first, second))
        for group in groups
        for at, first in enumerate(group)
        for second in group[:at]
    }
    near = [pair for pair, similarity in pairs.items() if similarity >= FOUND_FROM]
    found = sum(len({group_of.get(doc_id, doc_id) for doc_id in pair}) == 1 for pair in near)
    false = sum(pairs.get(pair, 0.0) < GROUP_SIMILARITY for pair in together)
    alike = sum(similarity >= GROUP_SIMILARITY for similarity in pairs.values())
    print(f"pairs with Jaccard >= {GROUP_SIMILARITY}: {alike:,}")
    share = found / len(near)
    print(f"pairs with Jaccard >= {FOUND_FROM}: {len(near):,}, found {found:,} ({share:.2%})")
    print(f"pairs linked: {len(together):,} in {len(groups):,} groups")
    print(f"linked pairs below {GROUP_SIMILARITY}: {false}")


def sketch_times(bodies):
    """Yield each maker of sketches with its processor time for an article."""
    grams = [duplicates.grams_of(body) for body in bodies[:SKETCHED]]
    makers = {"ours": duplicates.sketch_of}
    if importlib.util.find_spec("datasketch") is not None:
        new_sketch = importlib.import_module("datasketch").MinHash
        makers["datasketch"] = lambda its_grams: new_sketch(
            num_perm=BANDS * ROWS, hashfunc=int
        ).update_batch((its_grams >> 32).tolist())
    for name, make in makers.items():
        started = time.process_time()
        for its_grams in grams:
            if len(its_grams):
                make(its_grams)
        yield name, (time.process_time() - started) / len(grams) * 1000


def linked_groups(archive):
    groups = defaultdict(list)
    with connect(archive) as database:
        for group, doc_id in database.execute(
            "SELECT coalesce(copy_of, row), doc_id FROM documents ORDER BY row"
        ):
            groups[group].append(doc_id)
    return [group for group in groups.values() if len(group) > 1]


def similar_pairs(articles):
    """Give the similarity of every two articles of some: `{frozenset(ids): float}`."""
    grams_by_id = {article.doc_id: grams_of(article.body) for article in articles}
    ids_by_gram = defaultdict(list)
    for doc_id, grams in grams_by_id.items():
        for gram in grams:
            ids_by_gram[gram].append(doc_id)
    similarity = {}
    for doc_id, grams in grams_by_id.items():
        shared = Counter(other for gram in grams for other in ids_by_gram[gram] if other < doc_id)
        for other, count in shared.items():
            union = len(grams) + len(grams_by_id[other]) - count
            if count / union >= GROUP_SIMILARITY / 2:
                similarity[frozenset((doc_id, other))] = count / union
    return similarity


def grams_of(text):
    words = ["".join(filter(str.isalnum, fold(word))) for word in text.split()]
    words = [word for word in words if word]
    return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))} if words else set()


if __name__ == "__main__":
    main()
