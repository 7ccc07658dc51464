"""Start a student with some layers of a model, and teach it that model's vectors and rankings.

A student of every second layer encodes twice as fast. Its vectors are drawn to those of the whole
model, and its distribution over the passages of a batch to the whole model's (Kullback-Leibler),
beside the contrastive loss.
"""

from dataclasses import replace

import torch
from torch.nn import functional

from indexer.training.contextual.directory import Model
from indexer.training.contextual.transformer import LAYER
from search.errors import EncoderError


def take_layers(model: Model, layers: int) -> Model:
    """Return a model of evenly spread layers of `model`, the last among them, as copied weights.

    Raises:
        EncoderError: `model` has fewer layers.
    """
    total = model.shape.num_hidden_layers
    if not 0 < layers <= total:
        raise EncoderError(f"a student of {layers} layers was asked for: expected 1 to {total}")
    weights = {n: w.clone() for n, w in model.weights.items() if not n.startswith(LAYER)}
    for layer in range(layers):
        origin = f"{LAYER}{(layer + 1) * total // layers - 1}."
        for name, weight in model.weights.items():
            if name.startswith(origin):
                weights[f"{LAYER}{layer}.{name.removeprefix(origin)}"] = weight.clone()
    shape = replace(model.shape, num_hidden_layers=layers)
    return Model(shape, weights, model.tokenizer)


def distillation_loss(
    left: torch.Tensor,
    right: torch.Tensor,
    whole_left: torch.Tensor,
    whole_right: torch.Tensor,
    scale: float,
) -> torch.Tensor:
    """Return the loss of a student's unit vectors of queries and passages, beside the whole's.

    All are `(n, hidden)`; `scale` multiplies cosine similarities.
    """
    ranking = functional.kl_div(
        (scale * left @ right.T).log_softmax(dim=1),
        (scale * whole_left @ whole_right.T).softmax(dim=1),
        reduction="batchmean",
    )
    cosines = torch.cat([(left * whole_left).sum(dim=1), (right * whole_right).sum(dim=1)])
    return ranking + scale * (1 - cosines).mean()
