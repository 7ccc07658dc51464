"""Define the numbers of a training of the contextual encoder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContextualRecipe:
    """The numbers of a training; the defaults suit two cores (figures: ../README.md)."""

    batch: int = 64  # pairs of long texts; a batch of short texts has twice as many
    rate: float = 4e-5  # the highest; twice as high a rate unlearnt the base in trials elsewhere
    decay: float = 0.01
    scale: float = 40.0  # cosine similarities are multiplied by it: the inverse temperature
    query_pieces: int = 48
    passage_pieces: int = 128
    teacher: float = 0.0  # weight of the fused system's ranking beside the contrastive loss
    measured: int = 400  # held-out articles among which queries are searched
    layers: int = 0  # of a student, spread evenly over those of the base; 0 keeps all layers
    seed: int = 0
