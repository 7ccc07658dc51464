"""A static encoder: the vector of a text is the mean of its tokens' rows in one table.

It needs no torch. Its directory holds `modules.json`, `tokenizer.json`, and `model.safetensors`
with `embeddings` (int8 or float) and a `weights` factor per row. `SentenceTransformer(path)` loads
the same directory, and gives the same vectors.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.encoders.late_interaction import Rows
from search.encoders.piece_table import PieceTable
from search.encoders.profile import read_profile
from search.encoders.word_tokenizer import WordTokenizer
from search.errors import EncoderError

_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"


class StaticEncoder:
    """An encoder with the table in `directory`; `name` is its name for `load_encoder`."""

    context, pools_pieces, uses_gpu = None, True, False

    def __init__(self, directory: Path, *, name: str) -> None:
        table, weights, tokenizer = read_table(directory)
        self.pieces = PieceTable(table, weights, WordTokenizer(tokenizer))
        self.profile = read_profile(directory)
        self._name = name
        self._files = (directory / _WEIGHTS, directory / _TOKENIZER)

    @cached_property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(self._name, digest_files(self._files), self.pieces.dimension)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self.pieces.pool(self.pieces.counter.count(texts))


def is_static(directory: Path) -> bool:
    """Return whether `directory` holds a static model whose tokenizer splits at white space."""
    try:
        modules = json.loads((directory / "modules.json").read_text(encoding="utf-8"))
        tokenizer = (directory / _TOKENIZER).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    first_type = str(modules[0].get("type", "")) if modules else ""
    return first_type.endswith("StaticEmbedding") and '"BertPreTokenizer"' in tokenizer


def read_table(directory: Path) -> tuple[Rows, Vectors, Tokenizer]:
    """Return the rows of a static model, the weight of each row, and the tokenizer.

    Raises:
        EncoderError: the weights cannot be read, or are not those of a table.
    """
    weights = directory / _WEIGHTS
    try:
        tensors = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"{weights} cannot be read as model weights: {error}") from error
    return *_unpack(tensors), Tokenizer.from_file(str(directory / _TOKENIZER))


def _unpack(tensors: dict[str, npt.NDArray[np.generic]]) -> tuple[Rows, Vectors]:
    """Return the rows of the table and the weight of each."""
    if "embeddings" not in tensors:
        raise EncoderError(
            f"model.safetensors holds {sorted(tensors)}, expected embeddings (and weights)"
        )
    table = tensors["embeddings"]
    weights = tensors.get("weights", np.ones(len(table))).astype(np.float32)
    if table.dtype == np.int8:
        return np.asarray(table, dtype=np.int8), weights
    return table.astype(np.float32), weights
