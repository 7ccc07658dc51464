"""Hold the texts of a batch as tokens laid end to end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Tokens = npt.NDArray[np.int64] | npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Texts:
    """Text i is `tokens[offsets[i]:offsets[i + 1]]`; the last text ends with the tokens."""

    tokens: Tokens
    offsets: Offsets


def lay_out(texts: Sequence[Tokens]) -> Texts:
    lengths = np.array([len(text) for text in texts])
    return Texts(
        np.concatenate(texts).astype(np.int64), np.concatenate([[0], np.cumsum(lengths)[:-1]])
    )
