"""Queries that people wrote for articles of the training data, named by the articles' digests.

A made query can leave words out; only somebody who read the article can say the same in others. The
file holds no text of an article: `{"article": DIGEST, "kind": "paraphrase", "query": "…"}` a line,
so that whoever has the articles can train on it. The queries of a tenth of the articles are kept
out, to measure on.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from indexer.training.contextual.articles import Article, Material
from indexer.training.pairs import PairSet, records

logger = logging.getLogger(__name__)

PARAPHRASE = "paraphrase"
HELD_OUT_SHARE = 10
_WEIGHT = 4.0  # of the pairs beside those of other files


@dataclass(frozen=True, slots=True)
class WrittenQuery:
    """A query as somebody wrote it, and its kind: paraphrase, question, fr, en or darija."""

    kind: str
    text: str


Queries = Mapping[str, Sequence[WrittenQuery]]


@dataclass
class Written:
    """Queries of the articles that are trained on, by their numbers; and articles held out."""

    by_number: dict[int, Sequence[WrittenQuery]] = field(default_factory=dict)
    held_out: list[tuple[Article, Sequence[WrittenQuery]]] = field(default_factory=list)


def digest_of(article: Article) -> str:
    """Return what names an article: its title and body as they are held for training."""
    return blake2b(f"{article.title}\n{article.body}".encode(), digest_size=8).hexdigest()


def read_queries(path: Path) -> Queries:
    """Read a file of written queries, by digest of their article."""
    by_digest: dict[str, list[WrittenQuery]] = defaultdict(list)
    for record in records(path):
        by_digest[record["article"]].append(WrittenQuery(record["kind"], record["query"]))
    return by_digest


def take_queries(queries: Queries, material: Material) -> Written:
    """Give the articles of `material` their queries.

    Those of the held-out tenth leave `material`; the others' paraphrases also become pairs with
    the titles.
    """
    written = Written()
    trained: list[Article] = []
    pairs = PairSet("written:paraphrase", PARAPHRASE, _WEIGHT)
    for article in material.articles:
        digest = digest_of(article)
        found = queries.get(digest, ())
        if found and int(digest, 16) % HELD_OUT_SHARE == 0:
            written.held_out.append((article, found))
            continue
        if found:
            written.by_number[len(trained)] = found
        for query in found:
            if query.kind == PARAPHRASE and article.title:
                pairs.add(query.text, article.title)
        trained.append(article)
    material.articles = trained
    if len(pairs.left) > 1:
        material.pairs.append(pairs)
    logger.info(
        "written queries for %d articles, and for %d held out",
        len(written.by_number),
        len(written.held_out),
    )
    return written
