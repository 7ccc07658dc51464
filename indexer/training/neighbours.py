"""Draws words with those around them: what can stand in a word's place means much the same.

Pairs of texts teach what belongs together: a fire and its firemen. That drugs and medicines are one
thing shows in the words they stand among (the continuous bag of words of Mikolov, Chen, Corrado and
Dean 2013, with the negatives of the batch).
"""

from dataclasses import dataclass

import numpy as np

from indexer.training.batches import TokenisedSet
from indexer.training.texts import Texts, Tokens

REACH = 4  # tokens on each side
DRAWN = 1024  # a step


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Tokens, `(n,)`, and those around each, `(n, 2 * REACH)`."""

    tokens: Tokens
    around: Tokens


class NeighbourSource:
    """Draws from the bodies of the cloze sets, by their length."""

    def __init__(self, sets: list[TokenisedSet], *, seed: int) -> None:
        self._bodies = [tokenised.left for tokenised in sets if tokenised.kind == "cloze"]
        self._sizes = np.array([_room(body) for body in self._bodies], dtype=np.float64)
        self._seed = seed

    def draw(self, step: int) -> Neighbourhoods | None:
        """Give those of a step; None where there is no body."""
        if not self._sizes.any():
            return None
        rng = np.random.default_rng((self._seed, step, REACH))
        tokens = self._bodies[rng.choice(len(self._bodies), p=self._sizes / self._sizes.sum())]
        places = rng.integers(REACH, len(tokens.tokens) - REACH, DRAWN)
        offsets = np.array([at for at in range(-REACH, REACH + 1) if at])
        return Neighbourhoods(
            tokens.tokens[places].astype(np.int64),
            tokens.tokens[places[:, None] + offsets].astype(np.int64),
        )


def _room(texts: Texts) -> int:
    """Count the places that have their neighbours; those at a body's edge have another body's."""
    return max(0, len(texts.tokens) - 2 * REACH)
