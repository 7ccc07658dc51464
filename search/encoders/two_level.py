"""Encode on two levels: by the shipped table, and by a contextual encoder.

The vectors and word pieces of the table are cheap, so that every passage gets them when it is
added; the vectors of the contextual encoder are added later. Both together find more than either;
`data/eval/README.md` has the figures.
"""

from collections.abc import Sequence
from dataclasses import replace

from search.encoders.identity import Encoder, EncoderIdentity, PieceEncoder, Vectors
from search.encoders.profile import EncoderProfile


class TwoLevelEncoder:
    """An encoder with the vectors of `table`; `context` is the encoder of the second level."""

    def __init__(self, table: Encoder, context: Encoder) -> None:
        self._table = table
        self.context: Encoder | None = context
        self.pools_pieces = table.pools_pieces
        self.uses_gpu = table.uses_gpu

    @property
    def identity(self) -> EncoderIdentity:
        assert self.context is not None
        return replace(self.context.identity, table=self._table.identity)

    @property
    def profile(self) -> EncoderProfile:
        """Return the profile of the table, which holds while no passage has a second vector."""
        return self._table.profile

    @property
    def pieces(self) -> PieceEncoder | None:
        return self._table.pieces

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._table.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._table.encode_passages(texts)


def encoder_of_archive(encoder: Encoder, identity: EncoderIdentity) -> Encoder:
    """Return an encoder as it encoded an archive; older archives have vectors of one level."""
    return encoder if encoder.context is None or identity.table else encoder.context


def profile_at(encoder: Encoder, share: float) -> EncoderProfile:
    """Return the profile of an archive in which `share` of the passages, 0 to 1, has both vectors.

    The constants of fusion and confidence lie between the two profiles; those for word pieces and
    for the table's own cosines are the table's.
    """
    if encoder.context is None:
        return encoder.profile
    return encoder.profile.interpolate(encoder.context.profile, share)
