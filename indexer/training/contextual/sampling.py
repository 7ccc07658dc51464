"""Draw the batch of a step: a function of the seed, the step, and the model's remembered vectors.

A batch of articles consists of groups: an article and articles similar to it by words, by the
static table or by the model itself. The hard negatives of each query are therefore the passages of
other queries of the batch, at no further cost. Articles too similar to be wrong answers are marked.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from indexer.training.arabizi import romanise
from indexer.training.contextual.queries import ExampleMaker, without_shared_words
from indexer.training.contextual.similar import Numbers, SimilarArticles
from indexer.training.pairs import PairSet
from search.language.analysis import language_of

# Kinds of batches in turn. Batches of articles hold all kinds of made queries, most of them bare.
CYCLE = (
    "article", "parallel", "article", "paraphrase", "article", "question",
    "article", "parallel", "article", "term", "article", "paraphrase",
)  # fmt: skip
WRITTEN = "written"  # every other batch, where there are written queries
# Articles with a written query that join the first article of a group of written queries. The other
# articles of the group are drawn from all, and so are harder wrong answers.
WRITTEN_OF_GROUP = 5
WAYS = ("words", "table", "model", "chance")
GROUP = 8  # articles; with fewer the negatives are easy, with more they have a single subject
POOL = 32  # nearest articles that a group is drawn from
# The table's cosine of two articles from which either may answer the other's query.
SAME_COSINE = 0.93
SIZE_POWER = 0.7  # draw by weight * size ** power: small sets are drawn more often than their share
SHORT = frozenset({"parallel", "paraphrase", "term"})  # a batch holds twice as many pairs of these
BARE_SHARE = 0.5  # share of the paraphrases that lose the words of both texts
ROMANISED_SHARE = 0.1  # share of the Arabic questions that are typed in Latin letters


@dataclass(frozen=True, slots=True)
class ContextualBatch:
    """Pairs of texts, in which `alike` marks further right answers.

    `alike[i, j]` is true if text j also answers query i, and so is not a wrong answer. `numbers`
    are the articles of the passages; it is empty for other pairs.
    """

    kind: str
    left: list[str]
    right: list[str]
    alike: npt.NDArray[np.bool_]
    kinds: list[str]
    numbers: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def are_sentences(self) -> bool:
        """Return whether the left texts have one language, so that they are wrong answers too."""
        return self.kind == "parallel"


class Sampler:
    """Draws from articles and from sets of pairs."""

    def __init__(
        self,
        similar: SimilarArticles,
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
        kind = self._batch_kind(step)
        if kind in {"article", WRITTEN}:
            return self._draw_articles(kind, rng, text_rng)
        return self._draw_pairs(kind, rng, text_rng)

    def _batch_kind(self, step: int) -> str:
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
            left = [_draw_spelling(text, text_rng) for text in left]
        return ContextualBatch(kind, left, right, alike, [kind] * count)


def _bare(text: str, other: str, rng: random.Random) -> str:
    bare = without_shared_words(text, other) if rng.random() < BARE_SHARE else ""
    return bare or text


def _draw_spelling(question: str, rng: random.Random) -> str:
    if rng.random() < ROMANISED_SHARE and language_of(question) == "ar":
        return romanise(question, rng) or question
    return question


def _equal(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    _, numbers = np.unique(np.array(texts, dtype=object).astype(str), return_inverse=True)
    return np.asarray(numbers[:, None] == numbers)
