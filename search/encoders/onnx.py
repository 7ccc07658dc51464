"""A contextual encoder that ONNX Runtime runs, without torch and transformers.

`python -m indexer.training export --layout int8` writes its directory: `model.onnx`, a graph from
tokens to unit rows, `model.safetensors` with its int8 weights, `tokenizer.json`, and the prompts in
`config_sentence_transformers.json`.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tqdm import tqdm

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.encoders.profile import read_profile
from search.errors import EncoderError

GRAPH, OUTPUT = "model.onnx", "sentence_embedding"
_WEIGHTS, _TOKENIZER = "model.safetensors", "tokenizer.json"
_PROMPTS = "config_sentence_transformers.json"
_LONGEST_TEXT = 512  # tokens; the model has no further positions
_TOKENS_A_BATCH = 2048  # larger batches need more padding; smaller ones multiply less efficiently

# ONNX Runtime (1.32 and some earlier versions) reports every process and session to its makers
# unless this variable is set before it is loaded; its own call to turn reports off comes too late
# for the first report. A search must not be reported to anybody.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

Tokens = npt.NDArray[np.int64]


class OnnxEncoder:
    """An encoder with the graph in `directory`; `name` is its name for `load_encoder`."""

    context, pieces, pools_pieces = None, None, False  # the graph gives one vector for each text

    def __init__(self, directory: Path, *, name: str) -> None:
        self._directory = directory
        self._name = name
        self.profile = read_profile(directory)
        self._query_prompt, self._passage_prompt = _read_prompts(directory / _PROMPTS)
        self._tokenizer = _read_tokenizer(directory / _TOKENIZER)
        self._session = _open_session(directory)
        _, self._dimension = self._session.get_outputs()[0].shape

    @cached_property
    def identity(self) -> EncoderIdentity:
        files = (self._directory / _WEIGHTS, self._directory / _TOKENIZER)
        return EncoderIdentity(
            self._name,
            digest_files(files),
            self._dimension,
            query_prompt=self._query_prompt,
            passage_prompt=self._passage_prompt,
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._query_prompt)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._passage_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        filled = [place for place, text in enumerate(texts) if text.strip()]
        encodings = self._tokenizer.encode_batch_fast([prompt + texts[i] for i in filled])
        ids = [np.array(encoding.ids, dtype=np.int64) for encoding in encodings]
        batches = list(_batches(ids))
        with tqdm(total=len(filled), disable=not _shows_progress(len(filled))) as bar:
            for batch, rows in zip(batches, self._run(ids, batches), strict=True):
                vectors[[filled[place] for place in batch]] = rows
                bar.update(len(batch))
        return vectors

    def _run(self, ids: Sequence[Tokens], batches: Sequence[list[int]]) -> Iterator[Vectors]:
        """Yield the rows of each batch; several batches run in parallel, one on each core.

        ONNX Runtime's own threads share each product, and wait for one another at its end: on a
        machine with other work, two such threads took twice as long as one.
        """

        def run(batch: list[int]) -> Vectors:
            [rows] = self._session.run([OUTPUT], _pad([ids[place] for place in batch]))
            return np.asarray(rows, dtype=np.float32)

        if len(batches) < 2:
            yield from map(run, batches)
            return
        with ThreadPoolExecutor(_usable_cores()) as threads:
            yield from threads.map(run, batches)


def is_onnx(directory: Path) -> bool:
    """Return whether `directory` holds a graph with its weights and prompts beside it."""
    return all((directory / name).is_file() for name in (GRAPH, _WEIGHTS, _TOKENIZER, _PROMPTS))


def _batches(ids: Sequence[Tokens]) -> Iterator[list[int]]:
    """Yield batches of positions of texts of similar length, longest first, for little padding.

    With this order, the remaining time is never underestimated, and memory peaks at the start.
    """
    batch: list[int] = []
    for place in sorted(range(len(ids)), key=lambda place: -len(ids[place])):
        if batch and (len(batch) + 1) * len(ids[batch[0]]) > _TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _pad(ids: Sequence[Tokens]) -> dict[str, Tokens]:
    longest = max(map(len, ids))
    # Masked tokens have no effect, so that any token may serve as padding.
    tokens = np.zeros((len(ids), longest), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for row, text in enumerate(ids):
        tokens[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return {"input_ids": tokens, "attention_mask": mask}


def _open_session(directory: Path) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    # The import is here since it takes a tenth of a second, and few archives need it.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    try:
        session = onnxruntime.InferenceSession(
            str(directory / GRAPH), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library's errors have no common class
        raise EncoderError(f"{directory / GRAPH} cannot be loaded: {error}") from error
    outputs = [output.name for output in session.get_outputs()]
    if outputs != [OUTPUT]:
        raise EncoderError(
            f"{directory / GRAPH} gives {outputs}, expected {OUTPUT}: write it with"
            " python -m indexer.training export"
        )
    return session


def _read_prompts(path: Path) -> tuple[str, str]:
    try:
        prompts = json.loads(path.read_text(encoding="utf-8"))["prompts"]
        return str(prompts["query"]), str(prompts["passage"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{path} declares no prompts for query and passage: {error}") from error


def _read_tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises no narrower class
        raise EncoderError(f"{path} is no tokenizer: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(_LONGEST_TEXT)
    return tokenizer


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _shows_progress(count: int) -> bool:
    return count > 100 and sys.stderr.isatty()
