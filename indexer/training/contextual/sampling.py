"""Draws the batch of a step: a function of the seed, the step, and what the model remembers.

A batch of articles is made of groups: an article and what is like it by words, by the static table
or by the model itself. So each query's hard negatives stand in the batch as the passages of other
queries, and cost nothing more. What is too like an article to be a wrong answer is marked.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from indexer.training.arabizi import romanise
from indexer.training.contextual.queries import ExampleMaker, without_shared_words
from indexer.training.contextual.similar import Numbers, Similar
from indexer.training.pairs import PairSet
from search.language.analysis import language_of

# Kinds of batches in turn. Those of articles hold all kinds of made queries, most of them bare.
CYCLE = (
    "article", "parallel", "article", "paraphrase", "article", "question",
    "article", "parallel", "article", "term", "article", "paraphrase",
)  # fmt: skip
WRITTEN = "written"  # every other batch, where there are written queries
# Of the articles in a group of written queries: the others have no such query, and are harder
# wrong answers than any that has.
WRITTEN_OF_GROUP = 5
WAYS = ("words", "table", "model", "chance")
GROUP = 8  # articles; with fewer the negatives are easy, with more they are of one subject alone
POOL = 32  # the nearest so many that a group is drawn from
# The table's cosine of two articles from which on the one may answer the other's query.
SAME_COSINE = 0.93
SIZE_POWER = 0.7  # a set is drawn by weight * size ** power: small sets more often than their share
SHORT = frozenset({"parallel", "paraphrase", "term"})  # of such pairs a batch holds twice as many
BARE_SHARE = 0.5  # of the paraphrases lose the words that both have
ROMANISED_SHARE = 0.1  # of the Arabic questions are typed in Latin letters


@dataclass(frozen=True, slots=True)
class ContextualBatch:
    """Pairs of texts; `alike[i, j]` where text j answers query i too, and is no wrong answer.

    `numbers` are the articles of the passages; there is none of other pairs.
    """

    kind: str
    left: list[str]
    right: list[str]
    alike: npt.NDArray[np.bool_]
    kinds: list[str]
    numbers: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def are_sentences(self) -> bool:
        """Whether the left ones are of one language: then they are wrong answers too."""
        return self.kind == "parallel"


class Sampler:
    """Draws from articles and from sets of pairs."""

    def __init__(
        self,
        similar: Similar,
        maker: ExampleMaker,
        related: Sequence[Sequence[int]],
        pairs: Sequence[PairSet],
        *,
        size: int,
        seed: int,
        written: Collection[int] = (),
    ) -> None:
        self._similar = similar
        self._maker = maker
        self._related = related
        self._size = size
        self._seed = seed
        self._written = np.array(sorted(written), dtype=np.int64)
        self._sets_by_kind: dict[str, list[PairSet]] = {}
        for pair_set in pairs:
            self._sets_by_kind.setdefault(pair_set.kind, []).append(pair_set)
        kinds = self._sets_by_kind.keys() | ({"article"} if len(related) > 1 else set())
        self._cycle = [kind for kind in CYCLE if kind in kinds]

    def draw(self, step: int) -> ContextualBatch:
        rng = np.random.default_rng((self._seed, step))
        text_rng = random.Random(int(rng.integers(1 << 62)))
        kind = self._kind(step)
        if kind in {"article", WRITTEN}:
            return self._draw_articles(kind, rng, text_rng)
        return self._draw_pairs(kind, rng, text_rng)

    def _kind(self, step: int) -> str:
        if not len(self._written):
            return self._cycle[step % len(self._cycle)]
        return self._cycle[step // 2 % len(self._cycle)] if step % 2 else WRITTEN

    def _draw_articles(
        self, kind: str, rng: np.random.Generator, text_rng: random.Random
    ) -> ContextualBatch:
        is_written = kind == WRITTEN
        numbers = self._draw_numbers(rng, is_written=is_written)
        make = self._maker.make_written if is_written else self._maker.make
        examples = [make(int(number), text_rng) for number in numbers]
        left = [example.query for example in examples]
        alike = _equal(left) | (self._similar.cosines(numbers) > SAME_COSINE)
        row = {int(number): place for place, number in enumerate(numbers)}
        for number, place in row.items():
            others = [row[other] for other in self._related[number] if other in row]
            alike[place, others] = True
        np.fill_diagonal(alike, val=False)
        right = [example.passage for example in examples]
        kinds = [example.kind for example in examples]
        return ContextualBatch(kind, left, right, alike, kinds, numbers)

    def _draw_numbers(self, rng: np.random.Generator, *, is_written: bool) -> Numbers:
        total = len(self._related)
        size = min(self._size, total)
        chosen: dict[int, None] = {}
        while len(chosen) < size:
            anchor = int(rng.choice(self._written) if is_written else rng.integers(total))
            way = WAYS[rng.integers(len(WAYS))]
            chosen[anchor] = None
            if way == "chance":
                others = rng.integers(total, size=GROUP - 1)
            else:
                near = self._similar.near(anchor, POOL, way, rng)
                others = rng.permutation(near)[: GROUP - 1]
            if is_written:
                alike = self._similar.near(anchor, POOL, "table", rng, among=self._written)
                others = np.r_[rng.permutation(alike)[:WRITTEN_OF_GROUP], others][: GROUP - 1]
            chosen |= dict.fromkeys(others.tolist())
        return np.array(list(chosen)[:size], dtype=np.int64)

    def _draw_pairs(
        self, kind: str, rng: np.random.Generator, text_rng: random.Random
    ) -> ContextualBatch:
        sets = self._sets_by_kind[kind]
        weights = np.array([s.weight * len(s.left) ** SIZE_POWER for s in sets])
        pairs = sets[rng.choice(len(sets), p=weights / weights.sum())]
        count = min(self._size * (1 + (kind in SHORT)), len(pairs.left))
        members = rng.choice(len(pairs.left), count, replace=False)
        left, right = [pairs.left[i] for i in members], [pairs.right[i] for i in members]
        if kind in SHORT and rng.random() < 0.5:
            left, right = right, left
        alike = _equal(left) | _equal(right)
        np.fill_diagonal(alike, val=False)
        if kind == "paraphrase":
            left = [_bare(text, other, text_rng) for text, other in zip(left, right, strict=True)]
        elif kind == "question":
            left = [_typed(text, text_rng) for text in left]
        return ContextualBatch(kind, left, right, alike, [kind] * count)


def _bare(text: str, other: str, rng: random.Random) -> str:
    bare = without_shared_words(text, other) if rng.random() < BARE_SHARE else ""
    return bare or text


def _typed(question: str, rng: random.Random) -> str:
    if rng.random() < ROMANISED_SHARE and language_of(question) == "ar":
        return romanise(question, rng) or question
    return question


def _equal(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    _, numbers = np.unique(np.array(texts, dtype=object).astype(str), return_inverse=True)
    return np.asarray(numbers[:, None] == numbers)
