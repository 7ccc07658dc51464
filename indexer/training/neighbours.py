"""Draw tokens with the tokens around them: words that fit the same places mean much the same.

Pairs of texts teach which words belong together, such as a fire and its firemen. Only the words
around them teach that drugs and medicines are the same (the continuous bag of words of Mikolov,
Chen, Corrado and Dean 2013, with the negatives of the batch).
"""

from dataclasses import dataclass

import numpy as np

from indexer.training.batches import TokenisedSet
from indexer.training.texts import Texts, Tokens

REACH = 4  # tokens on each side
DRAWN = 1024  # tokens per step


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """Tokens, `(n,)`, and the tokens around each of them, `(n, 2 * REACH)`."""

    tokens: Tokens
    around: Tokens


class NeighbourSource:
    """Draws from the bodies of the cloze sets, in proportion to the length of each set."""

    def __init__(self, sets: list[TokenisedSet], *, seed: int) -> None:
        self._bodies = [tokenised.left for tokenised in sets if tokenised.kind == "cloze"]
        self._sizes = np.array([_room(body) for body in self._bodies], dtype=np.float64)
        self._seed = seed

    def draw(self, step: int) -> Neighbourhoods | None:
        """Return the neighbourhoods of a step, or None if there is no body."""
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
    """Count the places with all neighbours; at a body's edge, some belong to another body."""
    return max(0, len(texts.tokens) - 2 * REACH)
