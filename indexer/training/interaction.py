"""Compute late interaction in torch, as the search does.

See search/encoders/late_interaction.py; a test checks that both return the same scores.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from search.encoders.late_interaction import FOUND_COSINE

Tokens = npt.NDArray[np.int64]

INTERACTION_PAIRS = 64  # pairs per batch, because every word is compared with every other


def first_texts(tokens: Tokens, offsets: Tokens) -> list[Tokens]:
    """Return the tokens of the first `INTERACTION_PAIRS` texts of texts laid end to end."""
    return np.split(tokens, offsets[1:])[:INTERACTION_PAIRS]


def late_interaction_scores(
    rows: torch.Tensor,
    queries: list[Tokens],
    texts: list[Tokens],
) -> torch.Tensor:
    """Return the late-interaction score of each text for each query, `(queries, texts)`.

    Queries and texts are the places of their tokens in `rows`.
    """
    unit, weights = functional.normalize(rows), rows.square().sum(dim=1)
    query_tokens = torch.from_numpy(np.concatenate(queries))
    lengths = [len(tokens) for tokens in queries]
    owners = torch.from_numpy(np.repeat(np.arange(len(queries)), lengths))
    longest = max(len(tokens) for tokens in texts)
    # Each text is padded with its own first token, which never changes a maximum.
    text_tokens = torch.from_numpy(
        np.stack([np.pad(t, (0, longest - len(t)), constant_values=t[0]) for t in texts])
    )
    # Not unit[query_tokens]: the gradient of an index adds up in another order at every run.
    query_rows = functional.embedding(query_tokens, unit)
    cosines = query_rows @ functional.embedding(text_tokens.flatten(), unit).T
    best = cosines.view(len(query_tokens), len(texts), longest).amax(dim=2).clamp(max=FOUND_COSINE)
    query_weights = functional.embedding(query_tokens, weights[:, None])
    sums = torch.zeros(len(queries), len(texts)).index_add(0, owners, query_weights * best)
    return sums / torch.zeros(len(queries), 1).index_add(0, owners, query_weights)
