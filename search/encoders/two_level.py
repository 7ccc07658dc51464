"""A dense encoder with the word pieces of the shipped table beside it.

One vector of a passage blurs what reading it piece by piece shows, whatever encoder it is of.
"""

from collections.abc import Sequence
from dataclasses import replace

from search.encoders.identity import Encoder, EncoderIdentity, PieceReader, Vectors
from search.encoders.profile import EncoderProfile


class TwoLevelEncoder:
    """Vectors of `dense`, and the pieces of `table`, an encoder that knows some."""

    pools_pieces = False

    def __init__(self, dense: Encoder, table: Encoder) -> None:
        self.dense = dense
        self._table = table

    @property
    def identity(self) -> EncoderIdentity:
        return replace(self.dense.identity, pieces=self._table.identity.digest)

    @property
    def profile(self) -> EncoderProfile:
        """What is tuned to the scores of either, each as its own profile has it."""
        of_pieces = self._table.profile
        return replace(
            self.dense.profile,
            related_word=of_pieces.related_word,
            letters_a_piece=of_pieces.letters_a_piece,
        )

    @property
    def pieces(self) -> PieceReader | None:
        return self._table.pieces

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.dense.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.dense.encode_passages(texts)


def as_encoded(encoder: Encoder, identity: EncoderIdentity) -> Encoder:
    """Return an encoder as it encoded an archive: an older one has no pieces beside the vectors."""
    if isinstance(encoder, TwoLevelEncoder) and not identity.pieces:
        return encoder.dense
    return encoder
