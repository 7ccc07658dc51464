"""Two levels of meaning: the shipped table, and a contextual encoder beside it.

The table's vectors and word pieces cost next to nothing, so every passage has them as it is added;
those of the other come later. Both together find more than either: of 340 readers' queries over
3,000 articles the table put .683 and .689 (nDCG@10 by vectors alone, two collections),
`arshif-small` .732 and .731, and both .803 and .783.
"""

from collections.abc import Sequence
from dataclasses import replace

from search.encoders.identity import Encoder, EncoderIdentity, PieceReader, Vectors
from search.encoders.profile import EncoderProfile


class TwoLevelEncoder:
    """Encodes with `table`; `context` is the encoder whose vectors stand beside."""

    def __init__(self, table: Encoder, context: Encoder) -> None:
        self._table = table
        self.context: Encoder | None = context
        self.pools_pieces = table.pools_pieces

    @property
    def identity(self) -> EncoderIdentity:
        assert self.context is not None
        return replace(self.context.identity, table=self._table.identity)

    @property
    def profile(self) -> EncoderProfile:
        """The table's: what holds while no passage has a vector of the other."""
        return self._table.profile

    @property
    def pieces(self) -> PieceReader | None:
        return self._table.pieces

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._table.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._table.encode_passages(texts)


def as_encoded(encoder: Encoder, identity: EncoderIdentity) -> Encoder:
    """Return an encoder as it encoded an archive: an older one has vectors of one level alone."""
    return encoder if encoder.context is None or identity.table else encoder.context


def profile_at(encoder: Encoder, share: float) -> EncoderProfile:
    """Return what is tuned to the scores of an archive, of which `share` has both vectors, 0 to 1.

    How far words and vectors are trusted lies between the two profiles; what is tuned to word
    pieces and to the table's own cosines stays the table's.
    """
    if encoder.context is None:
        return encoder.profile
    return encoder.profile.towards(encoder.context.profile, share)
