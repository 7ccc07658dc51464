"""Read queries that were written for articles of the training data.

A made query can leave words out, but it cannot say the same in other words, as a written query can.
A line of the file is `{"article": DIGEST, "kind": "paraphrase", "query": "…"}`. It contains no text
of the article, and the digest lets whoever has the articles train on it. The queries of a tenth of
the articles are held out, to measure on.
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
_WEIGHT = 4.0  # of these pairs beside the pairs of other files


@dataclass(frozen=True, slots=True)
class WrittenQuery:
    """A query as written, and its kind: paraphrase, question, fr, en or darija."""

    kind: str
    text: str


Queries = Mapping[str, Sequence[WrittenQuery]]


@dataclass
class WrittenQueries:
    """Queries by the number of their training article, and held-out articles with queries."""

    by_number: dict[int, Sequence[WrittenQuery]] = field(default_factory=dict)
    held_out: list[tuple[Article, Sequence[WrittenQuery]]] = field(default_factory=list)


def digest_of(article: Article) -> str:
    """Return the digest of an article: of its title and body as they are kept for training."""
    return blake2b(f"{article.title}\n{article.body}".encode(), digest_size=8).hexdigest()


def read_queries(path: Path) -> Queries:
    """Read a file of written queries; return them by the digest of their article."""
    by_digest: dict[str, list[WrittenQuery]] = defaultdict(list)
    for record in records(path):
        by_digest[record["article"]].append(WrittenQuery(record["kind"], record["query"]))
    return by_digest


def take_queries(queries: Queries, material: Material) -> WrittenQueries:
    """Return the queries of the articles of `material`, and change `material` accordingly.

    Articles of the held-out tenth are removed. Paraphrases of other articles are also added as
    pairs with their titles.
    """
    written = WrittenQueries()
    trained: list[Article] = []
    pairs = PairSet("written:paraphrase", PARAPHRASE, _WEIGHT)
    for article in material.articles:
        digest = digest_of(article)
        own_queries = queries.get(digest, ())
        if own_queries and int(digest, 16) % HELD_OUT_SHARE == 0:
            written.held_out.append((article, own_queries))
            continue
        if own_queries:
            written.by_number[len(trained)] = own_queries
        for query in own_queries:
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
