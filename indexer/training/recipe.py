"""The numbers of one training run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are those of the shipped encoder; search/model/README.md has what they gave."""

    vocabulary: int = 100_000
    splits_clitics: bool = True
    dimension: int = 256
    prefixes: tuple[int, ...] = (256, 128)  # of the vector, trained to be usable alone
    steps: int = 6800
    reading_steps: int = 800  # the last ones, which also train late interaction
    batch: int = 1024
    learning_rate: float = 0.02
    scale: float = 20.0  # cosine similarities are multiplied by it: the inverse temperature
    seed: int = 0
