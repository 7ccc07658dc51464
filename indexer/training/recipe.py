"""The numbers of one training."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are those of the shipped encoder; its README.md has what they gave."""

    vocabulary: int = 100_000
    splits_clitics: bool = True
    dimension: int = 256
    runs: int = 3  # tables trained apart from one start, then averaged
    steps: int = 6800  # of each
    rate: float = 0.02  # at its highest
    finish: int = 5000  # steps that go on from the average
    finish_rate: float = 0.008
    batch: int = 1024
    hidden: float = 0.15  # of each text's tokens, drawn anew in each batch
    scale: float = 20.0  # cosine similarities are multiplied by it: the inverse temperature
    seed: int = 0

    @property
    def prefixes(self) -> tuple[int, ...]:
        """Of the vector, trained to be usable alone."""
        return (self.dimension, self.dimension // 2)
