"""What an encoder is to the rest of the program, and what an archive remembers of its own."""

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

MOST_DIMENSIONS = 1 << 16  # of a vector; the largest encoders in use have 8,192


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """All that decides an encoder's vectors, and those that stand under them.

    `name` is what `load_encoder` takes; `digest` is of its weights. `table` is the encoder of which
    every passage has a vector and its pieces at once, where those of this encoder come later.
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
        """The encoder that every passage of an archive has a vector of."""
        return self.table or self

    @property
    def context(self) -> "EncoderIdentity | None":
        """The encoder whose vectors come later; None where there is but one."""
        return None if self.table is None else replace(self, table=None)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "EncoderIdentity":
        """Parse what `to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            return cls._from_fields(json.loads(text))
        except (TypeError, RecursionError) as error:
            raise ValueError(f"no identity of an encoder: {error}") from error

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> "EncoderIdentity":
        if fields.pop("pieces", ""):
            raise ValueError(
                "the archive holds no vectors of the table beside those of its encoder, as it"
                " should: index its dumps into a new one"
            )
        table = fields.pop("table", None)
        identity = cls(**fields, table=None if table is None else cls._from_fields(table))
        texts = {**asdict(identity), "dimension": "", "table": ""}
        if not all(isinstance(value, str) for value in texts.values()):
            raise ValueError("no identity of an encoder: a name or a digest is no text")
        if type(identity.dimension) is not int or not 0 < identity.dimension <= MOST_DIMENSIONS:
            raise ValueError(f"no identity of an encoder: dimension {identity.dimension!r}")
        return identity

    def require_same(self, given: "EncoderIdentity") -> None:
        """Refuse vectors of another encoder. The name may differ: a model directory can move.

        Raises:
            EncoderError: `given` is not the encoder that this is the identity of.
        """
        if self.table is not None and given.table is not None:
            self.table.require_same(given.table)
            given = replace(given, table=self.table)
        ours, theirs = asdict(self), asdict(given)
        differing = [key for key in ours if key != "name" and ours[key] != theirs[key]]
        if differing:
            raise EncoderError(
                f"the archive was built with encoder {self.name}"
                f" ({differing[0]} {ours[differing[0]]!r}), this program was given {given.name}"
                f" ({differing[0]} {theirs[differing[0]]!r}); use the first one, or encode the"
                f" archive anew: python -m indexer reencode --archive … --encoder {given.name}"
            )


class PieceCounts(NamedTuple):
    """The distinct pieces of a text, and how many times it holds each."""

    pieces: Pieces
    counts: npt.NDArray[np.uint16]


class TokenLists(NamedTuple):
    """The distinct pieces of several texts, text after text, and how many each has."""

    pieces: Pieces
    counts: Counts

    @classmethod
    def joined(cls, lists: Sequence[Pieces]) -> "TokenLists":
        counts = np.fromiter(map(len, lists), np.int64, len(lists))
        return cls(np.concatenate([np.empty(0, np.uint32), *lists]), counts)

    def split(self) -> list[Pieces]:
        """Return the pieces of each text, one array a text."""
        return np.split(self.pieces, np.cumsum(self.counts)[:-1]) if len(self.counts) else []


class PieceCounter(Protocol):
    """Cuts texts into pieces. Small, and may be handed to another process."""

    def count(self, texts: Sequence[str]) -> list[PieceCounts]: ...


class PieceQuery(Protocol):
    """A query that texts are read against piece by piece."""

    def compare(self, texts: TokenLists) -> Vectors:
        """Compare with texts by their distinct pieces: `(texts, pieces of the query)`.

        A row sums to the text's score, -1 to 1; how near is as good as found, and so the highest
        score there is, is for the encoder to say.
        """

    def compare_words(
        self, query_words: Sequence[str], words: Sequence[str]
    ) -> tuple[Vectors, Vectors]:
        """Return the cosine of each word to each word of the query, and the weight of the latter.

        `(words, query words)` and `(query words,)`. No word holds white space; those of the query
        are its own, as they stand between white space.
        """


class PieceReader(Protocol):
    """Knows every piece of a word by a vector of its own, and so reads more closely than a mean."""

    @property
    def counter(self) -> PieceCounter: ...

    def pool(self, texts: Sequence[PieceCounts]) -> Vectors:
        """Return the unit vector of each text by its pieces: what `encode_passages` gives."""

    def read_query(self, text: str) -> PieceQuery:
        """Return the query, ready to be compared with texts."""

    def count_pieces(self, word: str) -> int:
        """Return the number of pieces of a word: 1 for a common word, more for a misspelt one."""

    def knows(self, word: str) -> bool:
        """Return whether a word has a piece that means something."""


class Encoder(Protocol):
    """Text to unit vectors: `(n, dimension)` float32, one row a text.

    A text without any token gives a zero row. `identity` names both encoders where there are two;
    the vectors are those of `identity.base`.
    """

    @property
    def identity(self) -> EncoderIdentity: ...

    @property
    def profile(self) -> EncoderProfile:
        """What is tuned to the encoder's scores."""

    @property
    def context(self) -> "Encoder | None":
        """The encoder whose vectors stand beside, once they are there; None where there is none."""

    @property
    def pieces(self) -> PieceReader | None:
        """What the encoder knows of pieces; None where it reads texts only as a whole."""

    @property
    def pools_pieces(self) -> bool:
        """Whether a text's vector is what `pieces.pool` gives, so that it is cut only once."""

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
