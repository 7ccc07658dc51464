"""Draw training batches from tokenised pair sets.

A batch is drawn from a single set: its texts are each other's negatives, and similar texts teach
more. Half the batches of the retrieval kinds are therefore drawn near a pair, by the current table
(topic-aware sampling: Hofstätter and others 2021, "Efficiently Teaching an Effective Dense
Retriever"). A body contributes a window of tokens, drawn anew each time. The draw of a step depends
on the seed, the step's number and the table of the last `encode_pairs`, so a run that is resumed
there sees the same batches as an undisturbed run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from indexer.training.pairs import PairSet
from indexer.training.texts import Offsets, Texts, Tokens, lay_out
from indexer.training.variants import Variants
from search.encoders.word_tokenizer import WordTokenizer

Vectors = npt.NDArray[np.float32]

WINDOW = (60, 200)  # tokens of a body in a batch: about as many as a passage of the archive has
SENTENCE = (8, 40)
SHORTEST_TEXT = 1

# Kinds of batches in a cycle, and the pairs in each, in batch sizes. Short texts are cheap, and the
# partner of a text is harder to find among more pairs.
CYCLE = (
    ("title", 1.0),
    ("parallel", 2.0),
    ("cloze", 1.0),
    ("gloss", 1.0),
    ("question", 1.0),
    ("title", 1.0),
    ("parallel", 2.0),
    ("cloze", 1.0),
    ("term", 2.0),
    ("title", 1.0),
    ("romanised", 1.0),
    ("parallel", 2.0),
    ("gloss", 1.0),
)
NEIGHBOUR_KINDS = frozenset({"title", "cloze", "question"})
TRANSLATIONS = frozenset({"parallel", "term"})  # either side may be the query
NEIGHBOURHOOD = 4  # batch sizes of the nearest pairs that a batch near a pair is drawn from
LEAD_SHARE = 0.4  # share of cloze queries that begin the article, where they are most like a title
SIZE_POWER = 0.7  # draw by weight * size ** power: small sets are drawn more often than their share


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of texts; `alike[i, j]` is true if text i of a side is also text j of that side.

    `are_sentences` is true if the left texts are sentences of one language and the right texts
    their translations or paraphrases. Other left texts are then wrong answers too.
    """

    left: Texts
    right: Texts
    alike: npt.NDArray[np.bool_]
    are_sentences: bool = False


class TokenisedSet:
    """A pair set as token ids."""

    def __init__(self, pair_set: PairSet, tokenizer: WordTokenizer) -> None:
        self.kind = pair_set.kind
        self.name = pair_set.name
        self.left = _tokenise(pair_set.left, tokenizer)
        self.right = self.left if pair_set.kind == "cloze" else _tokenise(pair_set.right, tokenizer)
        shorter = np.minimum(np.diff(self.left.offsets), np.diff(self.right.offsets))
        self.usable = np.flatnonzero(shorter >= SHORTEST_TEXT)
        self.draw_weight = pair_set.weight * len(self.usable) ** SIZE_POWER
        self.vectors: Vectors | None = None  # of the usable pairs; see `BatchSource.encode_pairs`

    def near(self, place: int, count: int) -> Offsets:
        """Return the `count` usable pairs nearest to the pair at `place` among them."""
        assert self.vectors is not None, "the caller looked first"
        scores = self.vectors @ self.vectors[place]
        return self.usable[np.argpartition(-scores, count - 1)[:count]]


class BatchSource:
    """Draws the batch of a step."""

    def __init__(
        self,
        sets: list[TokenisedSet],
        variants: Variants,
        *,
        size: int,
        seed: int,
        hidden: float = 0.0,
    ) -> None:
        """Draw about `size` pairs per batch, and leave out the share `hidden` of the tokens."""
        self._variants = variants
        self._size = size
        self._seed = seed
        self._hidden = hidden
        self._sets_by_kind: dict[str, list[TokenisedSet]] = {}
        for tokenised in sets:
            self._sets_by_kind.setdefault(tokenised.kind, []).append(tokenised)
        self._cycle = [(kind, share) for kind, share in CYCLE if kind in self._sets_by_kind]

    def encode_pairs(self, encode: Callable[[Texts], Vectors]) -> None:
        """Compute the vectors of the pairs anew with the current table."""
        for kind in NEIGHBOUR_KINDS & self._sets_by_kind.keys():
            for tokenised in self._sets_by_kind[kind]:
                right = tokenised.right
                starts = right.offsets[tokenised.usable]
                stops = np.minimum(starts + WINDOW[1], right.offsets[tokenised.usable + 1])
                pieces = [right.tokens[a:b] for a, b in zip(starts, stops, strict=True)]
                tokenised.vectors = encode(lay_out(pieces))

    def draw(self, step: int) -> Batch:
        rng = np.random.default_rng((self._seed, step))
        kind, share = self._cycle[step % len(self._cycle)]
        sets = self._sets_by_kind[kind]
        weights = np.array([tokenised.draw_weight for tokenised in sets])
        chosen = sets[rng.choice(len(sets), p=weights / weights.sum())]
        count = min(int(self._size * share), len(chosen.usable))
        pool = chosen.usable
        if chosen.vectors is not None and rng.random() < 0.5:
            anchor = int(rng.integers(len(pool)))
            pool = chosen.near(anchor, min(NEIGHBOURHOOD * count, len(pool)))
        members = rng.choice(pool, count, replace=False)
        if kind == "cloze":
            left, right = _cloze(chosen.left, members, rng)
        else:
            left = _windows(chosen.left, members, WINDOW, rng)
            right = _windows(chosen.right, members, WINDOW, rng)
        if kind in TRANSLATIONS and rng.random() < 0.5:
            left, right = right, left
        alike = _alike(left) | _alike(right)
        left = self._variants.perturb(left, rng)
        if kind != "term":  # a text of a word or two can spare nothing
            left, right = (_hide(texts, self._hidden, rng) for texts in (left, right))
        return Batch(left, right, alike, are_sentences=kind == "parallel")


def _alike(texts: Texts) -> npt.NDArray[np.bool_]:
    parts = np.split(texts.tokens, texts.offsets[1:])
    sums = np.fromiter((crc32(part.tobytes()) for part in parts), np.int64, len(parts))
    alike: npt.NDArray[np.bool_] = sums[:, None] == sums
    np.fill_diagonal(alike, val=False)
    return alike


def _cloze(bodies: Texts, members: Offsets, rng: np.random.Generator) -> tuple[Texts, Texts]:
    """Return a span of a sentence's length from each body, and a window of the text around it.

    The window is drawn from the longer of the texts before and after the span.
    """
    left: list[Tokens] = []
    right: list[Tokens] = []
    for member in members:
        body = bodies.tokens[bodies.offsets[member] : bodies.offsets[member + 1]]
        span = min(int(rng.integers(*SENTENCE)), len(body) // 2)
        start = 0 if rng.random() < LEAD_SHARE else int(rng.integers(0, len(body) - span + 1))
        before, after = body[:start], body[start + span :]
        rest = after if len(after) >= len(before) else before
        left.append(body[start : start + span])
        right.append(_window(rest, WINDOW, rng))
    return lay_out(left), lay_out(right)


def _windows(
    texts: Texts, members: Offsets, length: tuple[int, int], rng: np.random.Generator
) -> Texts:
    drawn = (texts.tokens[texts.offsets[member] : texts.offsets[member + 1]] for member in members)
    return lay_out([_window(text, length, rng) for text in drawn])


def _window(text: Tokens, length: tuple[int, int], rng: np.random.Generator) -> Tokens:
    """Cut a window: half the time the text's beginning, where news states its subject."""
    span = int(rng.integers(*length))
    if len(text) <= span:
        return text
    start = 0 if rng.random() < 0.5 else int(rng.integers(0, len(text) - span + 1))
    return text[start : start + span]


def _hide(texts: Texts, share: float, rng: np.random.Generator) -> Texts:
    """Leave out drawn tokens, but never a text's first token, so that no text becomes empty."""
    is_kept = rng.random(len(texts.tokens)) >= share
    is_kept[texts.offsets] = True
    kept_before: Offsets = np.cumsum(is_kept) - is_kept
    return Texts(texts.tokens[is_kept], kept_before[texts.offsets])


def _tokenise(texts: list[str], tokenizer: WordTokenizer) -> Texts:
    """Tokenise in slices, so that memory holds few lists of tokens.

    The last offset is the total number of tokens.
    """
    pieces = [np.empty(0, dtype=np.int32)]
    lengths: list[int] = []
    for start in range(0, len(texts), 5000):
        for tokens in tokenizer.tokenise(texts[start : start + 5000]):
            pieces.append(np.array(tokens, dtype=np.int32))
            lengths.append(len(tokens))
    return Texts(np.concatenate(pieces), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
