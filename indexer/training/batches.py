"""Draws training batches from tokenised pair sets.

A batch is of one kind, from one set: its texts are each other's negatives, and alike ones teach
more. Bodies give a window of tokens drawn anew each time; the draw of a step depends on the seed
and the step's number alone, so a resumed run sees the batches that an undisturbed one would.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.training.pairs import PairSet
from search.encoders.static import WordTokenizer

Tokens = npt.NDArray[np.int64] | npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

WINDOW = (60, 200)  # tokens of a body in a batch: about what a passage of the archive has
SENTENCE = (8, 40)
SHORTEST_TEXT = 1

# Kinds of batches in a cycle, and how many pairs each holds, in batch sizes: short texts are cheap,
# and the more of them, the harder it is to find one's partner.
CYCLE = (
    ("title", 1.0),
    ("parallel", 2.0),
    ("cloze", 1.0),
    ("gloss", 1.0),
    ("question", 1.0),
    ("parallel", 2.0),
    ("title", 1.0),
    ("term", 2.0),
    ("romanised", 1.0),
    ("parallel", 2.0),
)
SIZE_POWER = 0.7  # a set is drawn by weight * size ** power: small sets more often than their share


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as tokens laid end to end.

    Text i is `tokens[offsets[i]:offsets[i + 1]]`, the last to the end.
    """

    tokens: Tokens
    offsets: Offsets


@dataclass(frozen=True, slots=True)
class Batch:
    left: Texts
    right: Texts


class TokenisedSet:
    """One pair set as token ids."""

    def __init__(self, pair_set: PairSet, tokenizer: WordTokenizer) -> None:
        self.kind = pair_set.kind
        self.name = pair_set.name
        self.left = _tokenise(pair_set.left, tokenizer)
        self.right = self.left if pair_set.kind == "cloze" else _tokenise(pair_set.right, tokenizer)
        shorter = np.minimum(np.diff(self.left.offsets), np.diff(self.right.offsets))
        self.usable = np.flatnonzero(shorter >= SHORTEST_TEXT)
        self.draw_weight = pair_set.weight * len(self.usable) ** SIZE_POWER


class BatchSource:
    """Gives the batch of a step."""

    def __init__(self, sets: list[TokenisedSet], *, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._sets_by_kind: dict[str, list[TokenisedSet]] = {}
        for tokenised in sets:
            self._sets_by_kind.setdefault(tokenised.kind, []).append(tokenised)
        self._cycle = [(kind, share) for kind, share in CYCLE if kind in self._sets_by_kind]

    def draw(self, step: int) -> Batch:
        rng = np.random.default_rng((self._seed, step))
        kind, share = self._cycle[step % len(self._cycle)]
        sets = self._sets_by_kind[kind]
        weights = np.array([tokenised.draw_weight for tokenised in sets])
        chosen = sets[rng.choice(len(sets), p=weights / weights.sum())]
        count = min(int(self._size * share), len(chosen.usable))
        members = rng.choice(chosen.usable, count, replace=False)
        if kind == "cloze":
            return _cloze(chosen.left, members, rng)
        left = _windows(chosen.left, members, WINDOW, rng)
        right = _windows(chosen.right, members, WINDOW, rng)
        return Batch(left, right)


def _cloze(bodies: Texts, members: Offsets, rng: np.random.Generator) -> Batch:
    """Split each body at a drawn place.

    A sentence's length on one side, a window of what follows or precedes.
    """
    left: list[Tokens] = []
    right: list[Tokens] = []
    for member in members:
        body = bodies.tokens[bodies.offsets[member] : bodies.offsets[member + 1]]
        span = min(int(rng.integers(*SENTENCE)), len(body) // 2)
        start = int(rng.integers(0, len(body) - span + 1))
        before, after = body[:start], body[start + span :]
        rest = after if len(after) >= len(before) else before
        left.append(body[start : start + span])
        right.append(_window(rest, WINDOW, rng))
    return Batch(_lay_out(left), _lay_out(right))


def _windows(
    texts: Texts, members: Offsets, length: tuple[int, int], rng: np.random.Generator
) -> Texts:
    found = (texts.tokens[texts.offsets[member] : texts.offsets[member + 1]] for member in members)
    return _lay_out([_window(text, length, rng) for text in found])


def _window(text: Tokens, length: tuple[int, int], rng: np.random.Generator) -> Tokens:
    """Cut a window: half the time the text's beginning, where news says what it is about."""
    span = int(rng.integers(*length))
    if len(text) <= span:
        return text
    start = 0 if rng.random() < 0.5 else int(rng.integers(0, len(text) - span + 1))
    return text[start : start + span]


def _lay_out(texts: list[Tokens]) -> Texts:
    lengths = np.array([len(text) for text in texts])
    return Texts(
        np.concatenate(texts).astype(np.int64), np.concatenate([[0], np.cumsum(lengths)[:-1]])
    )


def _tokenise(texts: list[str], tokenizer: WordTokenizer) -> Texts:
    """Tokenise, in slices so that memory holds few lists of tokens.

    The offsets end with the total.
    """
    pieces = [np.empty(0, dtype=np.int32)]
    lengths: list[int] = []
    for start in range(0, len(texts), 5000):
        for tokens in tokenizer.tokenise(texts[start : start + 5000]):
            pieces.append(np.array(tokens, dtype=np.int32))
            lengths.append(len(tokens))
    return Texts(np.concatenate(pieces), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
