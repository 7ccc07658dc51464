"""The protocol of encoders, and the identity of an encoder that an archive stores."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from search.encoders.profile import EncoderProfile
from search.errors import EncoderError

Vectors = npt.NDArray[np.float32]
Pieces = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]

MAX_DIMENSIONS = 1 << 16  # of a vector; the largest encoders in use have 8,192


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """The properties that determine an encoder's vectors, and those of the table below it.

    `name` is the name that `load_encoder` takes; `digest` is that of the weights. `table` is the
    encoder by which every passage has a vector and pieces from the start, if the vectors of this
    encoder are added later.
    """

    name: str
    digest: str
    dimension: int
    query_prompt: str = ""
    passage_prompt: str = ""
    pooling: str = "mean"
    table: "EncoderIdentity | None" = None

    @property
    def base(self) -> "EncoderIdentity":
        """Return the identity of the encoder by which every passage of an archive has a vector."""
        return self.table or self

    @property
    def context(self) -> "EncoderIdentity | None":
        """Return the identity of the encoder whose vectors are added later; None without one."""
        return None if self.table is None else replace(self, table=None)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "EncoderIdentity":
        """Parse the output of `to_json`.

        Raises:
            ValueError: the text is not an output of `to_json`.
        """
        try:
            return cls._from_fields(json.loads(text))
        except (TypeError, RecursionError) as error:
            raise ValueError(f"not the identity of an encoder: {error}") from error

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> "EncoderIdentity":
        if fields.pop("pieces", ""):
            raise ValueError(
                "the archive holds no vectors of the static table beside those of its encoder:"
                " index its dumps into a new archive"
            )
        table = fields.pop("table", None)
        identity = cls(**fields, table=None if table is None else cls._from_fields(table))
        texts = {**asdict(identity), "dimension": "", "table": ""}
        if not all(isinstance(value, str) for value in texts.values()):
            raise ValueError("not the identity of an encoder: a name or a digest is not a text")
        if type(identity.dimension) is not int or not 0 < identity.dimension <= MAX_DIMENSIONS:
            raise ValueError(f"not the identity of an encoder: dimension {identity.dimension!r}")
        return identity

    def require_same(self, other: "EncoderIdentity") -> None:
        """Check that two encoders give the same vectors.

        The names may differ, since a model directory can move.

        Raises:
            EncoderError: `other` is the identity of another encoder.
        """
        if self.table is not None and other.table is not None:
            self.table.require_same(other.table)
            other = replace(other, table=self.table)
        ours, theirs = asdict(self), asdict(other)
        differing = [key for key in ours if key != "name" and ours[key] != theirs[key]]
        if differing:
            raise EncoderError(
                f"the archive was built with encoder {self.name}"
                f" ({differing[0]} {ours[differing[0]]!r}), this program was given {other.name}"
                f" ({differing[0]} {theirs[differing[0]]!r}); use the first one, or encode the"
                f" archive again: python -m indexer reencode --archive … --encoder {other.name}"
            )


class PieceCounts(NamedTuple):
    """The distinct pieces of a text, and the number of times that it holds each."""

    pieces: Pieces
    counts: npt.NDArray[np.uint16]


class PieceLists(NamedTuple):
    """The distinct pieces of several texts, text after text, and the number of pieces of each."""

    pieces: Pieces
    counts: Counts

    @classmethod
    def joined(cls, lists: Sequence[Pieces]) -> "PieceLists":
        counts = np.fromiter(map(len, lists), np.int64, len(lists))
        return cls(np.concatenate([np.empty(0, np.uint32), *lists]), counts)

    def split(self) -> list[Pieces]:
        """Return the pieces of each text, one array for each."""
        return np.split(self.pieces, np.cumsum(self.counts)[:-1]) if len(self.counts) else []


class PieceCounter(Protocol):
    """A counter of the pieces of texts. It is small, and can be sent to another process."""

    def count(self, texts: Sequence[str]) -> list[PieceCounts]: ...


class PieceQuery(Protocol):
    """A query that texts are compared with piece by piece."""

    def score_pieces(self, texts: PieceLists) -> Vectors:
        """Return the shares of the query's pieces in each text's score, `(texts, query pieces)`.

        A row sums to the score of its text, -1 to 1. The encoder decides from which cosine on a
        piece counts as found, and thereby the highest score.
        """

    def score_words(
        self, query_words: Sequence[str], words: Sequence[str]
    ) -> tuple[Vectors, Vectors]:
        """Return the cosine of each word to each word of the query, and the weights of the latter.

        The shapes are `(words, query words)` and `(query words,)`. No word holds white space;
        `query_words` are words of this query, split at white space.
        """


class PieceEncoder(Protocol):
    """An encoder of word pieces, for scores finer than those of a mean vector."""

    @property
    def counter(self) -> PieceCounter: ...

    def pool(self, texts: Sequence[PieceCounts]) -> Vectors:
        """Return the unit vector of each text from its pieces, as `encode_passages` does."""

    def prepare_query(self, text: str) -> PieceQuery:
        """Return the query, ready to be compared with texts."""

    def count_pieces(self, word: str) -> int:
        """Return the number of pieces of a word: 1 for a common word, more for a misspelt one."""

    def knows(self, word: str) -> bool:
        """Return whether a word has a piece that means something."""


class Encoder(Protocol):
    """An encoder of texts to unit vectors: `(n, dimension)` float32, one row for each text.

    The row of a text without any token is zero. `identity` names both encoders where there are two;
    the vectors are those of `identity.base`.
    """

    @property
    def identity(self) -> EncoderIdentity: ...

    @property
    def profile(self) -> EncoderProfile:
        """Return the constants that are tuned to the encoder's scores."""

    @property
    def context(self) -> "Encoder | None":
        """Return the encoder whose vectors are added later; None without one."""

    @property
    def pieces(self) -> PieceEncoder | None:
        """Return the encoder of word pieces; None where only whole texts are encoded."""

    @property
    def pools_pieces(self) -> bool:
        """Return whether `pieces.pool` gives the vectors, so that a text is tokenised only once."""

    @property
    def uses_gpu(self) -> bool:
        """Return whether passages are encoded on a GPU where the machine has one."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...


def digest_files(paths: Iterable[Path]) -> str:
    """Return 32 hexadecimal digits that change with any byte of any of the files."""
    digest = blake2b(digest_size=16)
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
