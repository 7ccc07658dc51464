"""Write a trained table as a model directory that sentence-transformers loads.

The rows are int8 with a scale each. The layout is model2vec's, which `SentenceTransformer(path)`
reads into float rows: `embeddings` is int8, `weights` is float32, and row i stands for
`embeddings[i] * weights[i]`. The size is a quarter of float32's; the rounding moves a cosine by
less than 0.003 (tests/integration/test_training.py).
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.models.Normalize",
    },
]


def export_model(table: npt.NDArray[np.float32], tokenizer: Tokenizer, directory: Path) -> None:
    """Write the model files into `directory`, which is created if needed.

    `table` is `(tokens, dimension)`.
    """
    (directory / "1_Normalize").mkdir(parents=True, exist_ok=True)
    embeddings, weights = quantise(table)
    save_file({"embeddings": embeddings, "weights": weights}, directory / "model.safetensors")
    (directory / "model.safetensors").chmod(0o644)  # the library allows only the owner to read
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    settings: dict[str, object] = {
        "prompts": {},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    _write_json(directory / "modules.json", _MODULES)
    _write_json(directory / "config_sentence_transformers.json", settings)
    _write_json(directory / "1_Normalize" / "config.json", {})


def quantise(
    table: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Round each row to int8 by its own largest number; a zero row stays zero."""
    scales = np.maximum(np.abs(table).max(axis=1), np.float32(1e-12)) / np.float32(127)
    return np.rint(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
