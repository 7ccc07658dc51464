"""Encode token ids with a BERT in torch: a text's vector is the unit mean of its last states.

The weights are a plain dictionary under the names that the transformers library gives them, so that
any BERT directory is read without that library and written for it. Dropout is left out, because a
training of hours sees no text twice.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from search.errors import EncoderError

Weights = dict[str, torch.Tensor]
Vectors = npt.NDArray[np.float32]

CONFIG = "config.json"
WORD_ROWS = "embeddings.word_embeddings.weight"
LAYER = "encoder.layer."  # then a layer's number
CHUNK = 32  # texts padded together: longer chunks pad more, shorter chunks lose speed


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a BERT's architecture, under their names in `config.json`."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int = 512
    type_vocab_size: int = 1
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0

    def write(self, folder: Path) -> None:
        settings = {"architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu"}
        text = json.dumps({**settings, **asdict(self)}, indent=2) + "\n"
        (folder / CONFIG).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Shape":
        """Read the shape of the model in `folder`.

        Raises:
            EncoderError: the folder has no BERT.
        """
        path = folder / CONFIG
        try:
            settings = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(f"{folder} is not a model directory: {error}") from error
        if settings.get("model_type") != "bert" or settings.get("hidden_act", "gelu") != "gelu":
            raise EncoderError(
                f"{path} describes a model of type {settings.get('model_type')!r}: expected a BERT"
                " with gelu, such as multilingual-e5-small"
            )
        return cls(**{name: settings[name] for name in cls.__slots__ if name in settings})


class Transformer:
    """Encodes token ids with `weights`, which a training changes in place."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self.shape = shape
        self.weights = weights

    def to(self, device: torch.device) -> None:
        """Move the weights to `device`, in place."""
        for name, tensor in self.weights.items():
            self.weights[name] = tensor.to(device)

    def encode(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return the unit vectors of texts, `(n, hidden)`; texts of like length go together."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
        vectors = torch.cat([self._encode([texts[i] for i in chunk]) for chunk in chunks])
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return vectors[back.to(vectors.device)]

    def _encode(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        device = self.weights[WORD_ROWS].device
        lengths = torch.tensor([len(text) for text in texts])
        longest = int(lengths.max())
        ids = torch.full((len(texts), longest), self.shape.pad_token_id)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
        is_token = (torch.arange(longest) < lengths[:, None]).to(device)
        states = self._embed(ids.to(device))
        mask = None if int(lengths.min()) == longest else is_token[:, None, None, :]
        for number in range(self.shape.num_hidden_layers):
            states = self._layer(f"{LAYER}{number}.", states, mask)
        summed = (states.float() * is_token[:, :, None]).sum(dim=1)
        return functional.normalize(summed / lengths[:, None].to(device), dim=1)

    def _embed(self, ids: torch.Tensor) -> torch.Tensor:
        table = self.weights
        states = functional.embedding(ids, table[WORD_ROWS])
        states = states + table["embeddings.position_embeddings.weight"][: ids.shape[1]]
        states = states + table["embeddings.token_type_embeddings.weight"][0]
        return self._normalise("embeddings.LayerNorm", states)

    def _layer(self, prefix: str, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        count, length, width = states.shape
        heads = self.shape.num_attention_heads

        def project(name: str) -> torch.Tensor:
            projected = self._linear(f"{prefix}attention.self.{name}", states)
            return projected.view(count, length, heads, width // heads).transpose(1, 2)

        mixed = _attend(project("query"), project("key"), project("value"), mask)
        mixed = mixed.transpose(1, 2).reshape(count, length, width)
        attended = self._linear(f"{prefix}attention.output.dense", mixed)
        states = self._normalise(f"{prefix}attention.output.LayerNorm", states + attended)
        inner = functional.gelu(self._linear(f"{prefix}intermediate.dense", states))
        outer = self._linear(f"{prefix}output.dense", inner)
        return self._normalise(f"{prefix}output.LayerNorm", states + outer)

    def _linear(self, name: str, states: torch.Tensor) -> torch.Tensor:
        table = self.weights
        return functional.linear(states, table[f"{name}.weight"], table[f"{name}.bias"])

    def _normalise(self, name: str, states: torch.Tensor) -> torch.Tensor:
        table, width = self.weights, (self.shape.hidden_size,)
        weight, bias = table[f"{name}.weight"], table[f"{name}.bias"]
        return functional.layer_norm(states.float(), width, weight, bias, self.shape.layer_norm_eps)


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Mix values by the products of queries and keys, as torch's fused attention does.

    Its backward pass took 9 of the 12 seconds of a step on a processor with AMX, these lines .7.
    """
    scores = query @ key.transpose(2, 3) * query.shape[3] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return functional.softmax(scores, dim=3).to(value.dtype) @ value


def parameter_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return every weight's name and shape, in the order that models are written in."""
    width, inner = shape.hidden_size, shape.intermediate_size
    shapes: dict[str, tuple[int, ...]] = {
        WORD_ROWS: (shape.vocab_size, width),
        "embeddings.position_embeddings.weight": (shape.max_position_embeddings, width),
        "embeddings.token_type_embeddings.weight": (shape.type_vocab_size, width),
        **_normaliser("embeddings.LayerNorm", width),
    }
    for number in range(shape.num_hidden_layers):
        prefix = f"{LAYER}{number}."
        for name in ("query", "key", "value"):
            shapes |= _linear(f"{prefix}attention.self.{name}", width, width)
        shapes |= _linear(f"{prefix}attention.output.dense", width, width)
        shapes |= _normaliser(f"{prefix}attention.output.LayerNorm", width)
        shapes |= _linear(f"{prefix}intermediate.dense", inner, width)
        shapes |= _linear(f"{prefix}output.dense", width, inner)
        shapes |= _normaliser(f"{prefix}output.LayerNorm", width)
    return shapes


def _linear(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _normaliser(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
