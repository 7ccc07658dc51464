"""Define the numbers of a training of the static encoder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The numbers of a training; the defaults are the shipped encoder's (see its README.md)."""

    vocabulary: int = 100_000
    splits_clitics: bool = True
    dimension: int = 256
    runs: int = 3  # tables trained apart from the same start, then averaged
    steps: int = 6800  # per run
    rate: float = 0.02  # the highest learning rate
    finish: int = 5000  # steps that go on from the average
    finish_rate: float = 0.008
    batch: int = 1024
    hidden: float = 0.15  # share of each text's tokens that are left out, drawn anew in each batch
    scale: float = 20.0  # cosine similarities are multiplied by it: the inverse temperature
    seed: int = 0

    @property
    def prefixes(self) -> tuple[int, ...]:
        """Return the lengths of vector prefixes that are trained to be usable alone."""
        return (self.dimension, self.dimension // 2)
