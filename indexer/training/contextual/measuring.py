"""Measures a transformer on the held-out articles: queries of several kinds look for their article.

The figures tell whether a run still learns, and are the same in every run: RR@10 of each kind among
the same articles. The passage is the beginning of the body, without the title.
"""

import random
from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from tokenizers import Tokenizer

from indexer.training.arabizi import romanise
from indexer.training.contextual.articles import Article
from indexer.training.contextual.directory import PASSAGE_PROMPT, QUERY_PROMPT
from indexer.training.contextual.learning import tokenise
from indexer.training.contextual.queries import without_shared_words
from indexer.training.contextual.recipe import ContextualRecipe
from indexer.training.contextual.transformer import Transformer, Vectors

DEPTH = 10
_PASSAGE_WORDS = 100


def build_measure(
    articles: Sequence[Article], tokenizer: Tokenizer, recipe: ContextualRecipe
) -> Callable[[Transformer], dict[str, float]]:
    """Build the function that measures: it returns the mean RR@10 by kind, 0 to 1."""
    chosen = sorted(articles, key=_order)[: recipe.measured]
    passages = [" ".join(article.body.split()[:_PASSAGE_WORDS]) for article in chosen]
    queries_by_kind = _queries(chosen, passages)
    passage_tokens = tokenise(tokenizer, passages, PASSAGE_PROMPT, recipe.passage_pieces)

    def measure(transformer: Transformer) -> dict[str, float]:
        if not passages:
            return {}
        vectors = transformer.encode(passage_tokens).float().cpu().numpy()
        figures = {}
        for kind, queries in queries_by_kind.items():
            places = [place for place, query in enumerate(queries) if query]
            if places:
                texts = [queries[place] for place in places]
                tokens = tokenise(tokenizer, texts, QUERY_PROMPT, recipe.query_pieces)
                rows = transformer.encode(tokens).float().cpu().numpy()
                figures[kind] = _reciprocal_rank(rows @ vectors.T, places)
        return figures

    return measure


def _queries(articles: Sequence[Article], passages: Sequence[str]) -> dict[str, list[str]]:
    rng = random.Random(0)
    titles = [article.title for article in articles]
    both = list(zip(titles, passages, strict=True))
    return {
        "title": titles,
        "bare": [without_shared_words(title, passage) for title, passage in both],
        "romanised": [romanise(title, rng) for title in titles],
    }


def _reciprocal_rank(scores: Vectors, places: Sequence[int]) -> float:
    own = scores[np.arange(len(places)), list(places)]
    ranks = 1 + (scores > own[:, None]).sum(axis=1)
    return float(np.where(ranks <= DEPTH, 1 / ranks, 0.0).mean())


def _order(article: Article) -> bytes:
    return blake2b(article.title.encode(), digest_size=8).digest()
