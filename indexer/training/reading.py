"""Late interaction as the search computes it, in torch.

See search/encoders/late_interaction.py; a test holds the two to the same scores.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from search.encoders.late_interaction import FOUND

Tokens = npt.NDArray[np.int64]

READ_PAIRS = 64  # of a batch: comparing every word with every other costs much


def first_texts(tokens: Tokens, offsets: Tokens) -> list[Tokens]:
    """Give the tokens of the first few texts of those laid end to end."""
    return np.split(tokens, offsets[1:])[:READ_PAIRS]


def read_scores(
    rows: torch.Tensor,
    asked: list[Tokens],
    held: list[Tokens],
) -> torch.Tensor:
    """Score every text of `held` against every query of `asked` by late interaction.

    Each is the places of its tokens in `rows`; gives `(len(asked), len(held))`.
    """
    unit, weights = functional.normalize(rows), rows.square().sum(dim=1)
    queries = torch.from_numpy(np.concatenate(asked))
    owners = torch.from_numpy(np.repeat(np.arange(len(asked)), [len(tokens) for tokens in asked]))
    longest = max(len(tokens) for tokens in held)
    # Each text filled up with its own first token: that never changes a maximum.
    texts = torch.from_numpy(
        np.stack([np.pad(t, (0, longest - len(t)), constant_values=t[0]) for t in held])
    )
    # Not unit[queries]: the gradient of an index adds up in another order at every run.
    cosines = functional.embedding(queries, unit) @ functional.embedding(texts.flatten(), unit).T
    best = cosines.view(len(queries), len(held), longest).amax(dim=2).clamp(max=FOUND)
    said = functional.embedding(queries, weights[:, None])
    sums = torch.zeros(len(asked), len(held)).index_add(0, owners, said * best)
    return sums / torch.zeros(len(asked), 1).index_add(0, owners, said)
