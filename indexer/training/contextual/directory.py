"""Read and write model directories.

Two layouts hold the same weights: `fp32`, which `SentenceTransformer(path)` and transformers load,
and `int8`, the shipped layout, where every matrix is int8 rows with a float32 scale each (`NAME`
and `NAME.scale`). Both are read, so that a training, an export and an adaptation start from either.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from indexer.training.contextual.transformer import Shape, Weights, parameter_shapes
from indexer.training.export import quantise
from search.errors import EncoderError

WEIGHTS, TOKENIZER, PROMPTS = (
    "model.safetensors",
    "tokenizer.json",
    "config_sentence_transformers.json",
)
SCALE = ".scale"
LONGEST_TEXT = 512  # tokens
QUERY_PROMPT, PASSAGE_PROMPT = "query: ", "passage: "

Arrays = dict[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Model:
    """A transformer's shape, weights and tokenizer."""

    shape: Shape
    weights: Weights
    tokenizer: Tokenizer


def read_model(folder: Path) -> Model:
    """Read the model in `folder`, its weights as float32.

    Raises:
        EncoderError: `folder` has no model, or the weights do not fit its shape.
    """
    shape = Shape.read(folder)
    try:
        arrays = load_file(folder / WEIGHTS)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"{folder} cannot be read as a model: {error}") from error
    except Exception as error:  # tokenizers raises nothing narrower
        raise EncoderError(f"{folder / TOKENIZER} is not a tokenizer: {error}") from error
    weights = {}
    for name, expected in parameter_shapes(shape).items():
        rows = _rows(arrays, name)
        if rows is None or rows.shape != expected:
            actual = None if rows is None else rows.shape
            raise EncoderError(f"{folder / WEIGHTS} holds {name} as {actual}, expected {expected}")
        weights[name] = torch.from_numpy(rows)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return Model(shape, weights, tokenizer)


def _rows(arrays: Arrays, name: str) -> npt.NDArray[np.float32] | None:
    # Some BERT checkpoints hold the encoder under a prefix.
    key = next((key for key in (name, f"bert.{name}") if key in arrays), None)
    if key is None:
        return None
    rows = arrays[key].astype(np.float32)
    scales = arrays.get(f"{key}{SCALE}")
    return rows if scales is None else rows * scales.astype(np.float32)[:, None]


def write_fp32(model: Model, folder: Path) -> None:
    """Write the directory that `SentenceTransformer(path)` loads."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: tensor.detach().cpu().float().numpy() for name, tensor in model.weights.items()}
    save_file(arrays, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)
    _write_common(model, folder)
    modules = [
        ("", "sentence_transformers.models.Transformer"),
        ("1_Pooling", "sentence_transformers.models.Pooling"),
        ("2_Normalize", "sentence_transformers.models.Normalize"),
    ]
    entries = [
        {"idx": number, "name": str(number), "path": path, "type": kind}
        for number, (path, kind) in enumerate(modules)
    ]
    pooling = {"word_embedding_dimension": model.shape.hidden_size, "pooling_mode": "mean"}
    write_json(folder / "modules.json", entries)
    write_json(folder / "1_Pooling" / "config.json", pooling)
    write_json(folder / "2_Normalize" / "config.json", {})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": LONGEST_TEXT})
    specials = {"bos": "<s>", "eos": "</s>", "cls": "<s>", "sep": "</s>", "unk": "<unk>"}
    specials = {f"{name}_token": token for name, token in (specials | {"pad": "<pad>"}).items()}
    known = {name: token for name, token in specials.items() if _has(model.tokenizer, token)}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": LONGEST_TEXT}
    write_json(folder / "tokenizer_config.json", settings | known)


def write_int8(model: Model, folder: Path) -> None:
    """Write the weights as int8 rows with their scales; vectors stay float32."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: Arrays = {}
    for name, tensor in model.weights.items():
        values = tensor.detach().cpu().float().numpy()
        if values.ndim == 2:
            arrays[name], arrays[f"{name}{SCALE}"] = quantise(values)
        else:
            arrays[name] = values
    save_file(arrays, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # the library allows only the owner to read
    _write_common(model, folder)


def _write_common(model: Model, folder: Path) -> None:
    model.shape.write(folder)
    model.tokenizer.save(str(folder / TOKENIZER), pretty=False)
    prompts = {"query": QUERY_PROMPT, "passage": PASSAGE_PROMPT, "document": PASSAGE_PROMPT}
    settings = {"prompts": prompts, "default_prompt_name": None, "similarity_fn_name": "cosine"}
    write_json(folder / PROMPTS, settings)


def _has(tokenizer: Tokenizer, token: str) -> bool:
    return tokenizer.token_to_id(token) is not None


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
