"""Measure a transformer on the held-out articles: RR@10 of queries of several kinds.

The figures show whether a run still learns. They are comparable between runs, because the articles
and queries are the same. The passage is the beginning of the body, without the title.
"""

import random
from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from tokenizers import Tokenizer

from indexer.training.arabizi import romanise
from indexer.training.contextual.articles import Article
from indexer.training.contextual.directory import PASSAGE_PROMPT, QUERY_PROMPT
from indexer.training.contextual.queries import without_shared_words
from indexer.training.contextual.recipe import ContextualRecipe
from indexer.training.contextual.training_loop import tokenise
from indexer.training.contextual.transformer import Transformer, Vectors
from indexer.training.contextual.written import WrittenQuery

DEPTH = 10
_PASSAGE_WORDS = 100


def build_measure(
    articles: Sequence[Article],
    written: Sequence[tuple[Article, Sequence[WrittenQuery]]],
    tokenizer: Tokenizer,
    recipe: ContextualRecipe,
) -> Callable[[Transformer], dict[str, float]]:
    """Build the function that returns the mean RR@10 by kind of query, 0 to 1.

    Queries are made of `articles`, and `written` adds written queries; all are searched among the
    articles of both.
    """
    sources = sorted(articles, key=_order)[: recipe.measured]
    chosen = sources + [article for article, _ in written]
    passages = [" ".join(article.body.split()[:_PASSAGE_WORDS]) for article in chosen]
    queries_by_kind = _make_queries(sources, passages)
    for place, (_, queries) in enumerate(written, start=len(sources)):
        for query in queries:
            queries_by_kind.setdefault(f"written_{query.kind}", []).append((place, query.text))
    passage_tokens = tokenise(tokenizer, passages, PASSAGE_PROMPT, recipe.passage_pieces)

    def measure(transformer: Transformer) -> dict[str, float]:
        if not passages:
            return {}
        vectors = transformer.encode(passage_tokens).float().cpu().numpy()
        figures = {}
        for kind, queries in queries_by_kind.items():
            places = [place for place, query in queries if query]
            if places:
                texts = [query for _, query in queries if query]
                tokens = tokenise(tokenizer, texts, QUERY_PROMPT, recipe.query_pieces)
                rows = transformer.encode(tokens).float().cpu().numpy()
                figures[kind] = _reciprocal_rank(rows @ vectors.T, places)
        return figures

    return measure


def _make_queries(
    articles: Sequence[Article], passages: Sequence[str]
) -> dict[str, list[tuple[int, str]]]:
    """Return queries by kind, each with the number of its article; some are empty."""
    rng = random.Random(0)
    titles = [article.title for article in articles]
    pairs = zip(titles, passages, strict=False)
    queries = {
        "title": titles,
        "bare": [without_shared_words(title, passage) for title, passage in pairs],
        "romanised": [romanise(title, rng) for title in titles],
    }
    return {kind: list(enumerate(texts)) for kind, texts in queries.items()}


def _reciprocal_rank(scores: Vectors, places: Sequence[int]) -> float:
    own = scores[np.arange(len(places)), list(places)]
    ranks = 1 + (scores > own[:, None]).sum(axis=1)
    return float(np.where(ranks <= DEPTH, 1 / ranks, 0.0).mean())


def _order(article: Article) -> bytes:
    return blake2b(article.title.encode(), digest_size=8).digest()
