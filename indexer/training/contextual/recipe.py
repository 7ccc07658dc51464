"""The numbers of a training of the contextual encoder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContextualRecipe:
    """The defaults suit two cores; README.md of this folder has what was measured with them."""

    batch: int = 64  # pairs of long texts; twice as many of short ones
    rate: float = 4e-5  # at its highest; twice that unlearnt the base in trials elsewhere
    decay: float = 0.01
    scale: float = 40.0  # cosine similarities are multiplied by it: the inverse temperature
    query_pieces: int = 48
    passage_pieces: int = 128
    teacher: float = 0.0  # weight of the fused system's ranking beside the contrastive loss
    measured: int = 400  # held-out articles that queries are looked for among
    layers: int = 0  # of the student, every second one of the base; 0 keeps them all
    seed: int = 0
