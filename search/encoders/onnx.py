"""An encoder whose graph ONNX Runtime runs, without torch and transformers.

`search.encoders.onnx_directory` reads the model directories that hold such graphs.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer
from tqdm import tqdm

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.encoders.profile import EncoderProfile
from search.encoders.prompts import Prompts
from search.errors import EncoderError

OUTPUT = "sentence_embedding"  # one row for each text
_TOKEN_OUTPUTS = ("token_embeddings", "last_hidden_state")  # one row for each token
# The inputs that a graph may ask for, and the attribute of an encoded text that each is.
_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
_TOKENS_A_BATCH = 2048  # larger batches need more padding; smaller ones multiply less efficiently

# ONNX Runtime (1.32 and some earlier versions) reports every process and session to its makers
# unless this variable is set before it is loaded; its own call to turn reports off comes too late
# for the first report. A search must not be reported to anybody.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A graph, and the settings of the model directory that holds it.

    `weights` are the files that determine the vectors. `tokenizer` cuts long texts. `pooling` names
    the steps from the rows of tokens to the row of a text, which a graph with `OUTPUT` does itself.
    """

    graph: Path
    weights: tuple[Path, ...]
    tokenizer: Tokenizer
    prompts: Prompts
    pooling: str
    profile: EncoderProfile


class OnnxEncoder:
    """An encoder with the graph of `model`; `name` is its name for `load_encoder`."""

    context, pieces, pools_pieces = None, None, False  # the graph gives one vector for each text
    uses_gpu = False

    def __init__(self, model: OnnxModel, *, name: str) -> None:
        self._model = model
        self._name = name
        self.profile = model.profile
        self._session = _open_session(model.graph)
        self._inputs = _read_inputs(self._session, model.graph)
        self._output, self._pool = _choose_output(self._session, model)
        shapes = {output.name: output.shape for output in self._session.get_outputs()}
        width = shapes[self._output][-1]
        # Some exports name the dimension instead of stating its size.
        is_stated = isinstance(width, int)
        self._dimension = width if is_stated else self._compute([model.tokenizer.encode("a")]).size

    @cached_property
    def identity(self) -> EncoderIdentity:
        return EncoderIdentity(
            self._name,
            digest_files(self._model.weights),
            self._dimension,
            query_prompt=self._model.prompts.query,
            passage_prompt=self._model.prompts.passage,
            pooling=self._model.pooling,
        )

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._model.prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._model.prompts.passage)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        filled = [place for place, text in enumerate(texts) if text.strip()]
        encodings = self._model.tokenizer.encode_batch_fast([prompt + texts[i] for i in filled])
        batches = list(_batches(encodings))
        with tqdm(total=len(filled), disable=not _shows_progress(len(filled))) as bar:
            for batch, rows in zip(batches, self._run(encodings, batches), strict=True):
                vectors[[filled[place] for place in batch]] = rows
                bar.update(len(batch))
        return vectors

    def _run(
        self, encodings: Sequence[Encoding], batches: Sequence[list[int]]
    ) -> Iterator[Vectors]:
        """Yield the rows of each batch; several batches run in parallel, one on each core.

        ONNX Runtime's own threads share each product, and wait for one another at its end: on a
        machine with other work, two such threads took twice as long as one.
        """

        def run(batch: list[int]) -> Vectors:
            return self._compute([encodings[place] for place in batch])

        if len(batches) < 2:
            yield from map(run, batches)
            return
        with ThreadPoolExecutor(_usable_cores()) as threads:
            yield from threads.map(run, batches)

    def _compute(self, encodings: Sequence[Encoding]) -> Vectors:
        """Return the unit row of each text."""
        inputs = _pad(encodings, self._inputs)
        [output] = self._session.run([self._output], inputs)
        rows = self._pool(np.asarray(output, dtype=np.float32), inputs["attention_mask"])
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit_rows: Vectors = rows / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit_rows


def _batches(encodings: Sequence[Encoding]) -> Iterator[list[int]]:
    """Yield batches of positions of texts of similar length, longest first, for little padding.

    With this order, the remaining time is never underestimated, and memory peaks at the start.
    """
    lengths = list(map(len, encodings))
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _pad(encodings: Sequence[Encoding], names: Sequence[str]) -> dict[str, Integers]:
    # Masked tokens have no effect, so that any token may serve as padding.
    shape = len(encodings), max(map(len, encodings))
    arrays = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for name, array in arrays.items():
        for row, encoding in zip(array, encodings, strict=True):
            row[: len(encoding)] = getattr(encoding, _INPUTS[name])
    return arrays


def _open_session(graph: Path) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    # The import is here since it takes a tenth of a second, and few archives need it.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors only
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors have no common class
        raise EncoderError(f"{graph} cannot be loaded: {error}") from error


def _read_inputs(session: Any, graph: Path) -> list[str]:  # noqa: ANN401  # see _open_session
    inputs = {node.name: node.type for node in session.get_inputs()}
    needed = {"input_ids", "attention_mask"}
    if not needed <= inputs.keys() <= _INPUTS.keys() or {*inputs.values()} != {"tensor(int64)"}:
        described = ", ".join(f"{name} {kind}" for name, kind in inputs.items())
        raise EncoderError(
            f"{graph} asks for {described}; expected input_ids, attention_mask and at most"
            " token_type_ids, all int64: export the model anew, or omit --backend"
        )
    return list(inputs)


_Pool = Callable[[Vectors, Integers], Vectors]


def _choose_output(session: Any, model: OnnxModel) -> tuple[str, _Pool]:  # noqa: ANN401
    """Return the output to take, and the function that makes it one row for each text."""
    names = [node.name for node in session.get_outputs()]
    if OUTPUT in names:
        return OUTPUT, _keep_rows
    output = next((name for name in _TOKEN_OUTPUTS if name in names), None)
    if output is None:
        raise EncoderError(
            f"{model.graph} has the outputs {', '.join(names)}; expected one of"
            f" {', '.join((OUTPUT, *_TOKEN_OUTPUTS))}: export the model anew for the extraction of"
            " features, or omit --backend"
        )
    if model.pooling not in _POOLINGS:
        raise EncoderError(
            f"{model.graph.name} leaves pooling to its model directory, which pools tokens by"
            f" {model.pooling or 'an undeclared rule'}; expected {' or '.join(_POOLINGS)}: export"
            f" the model with the output {OUTPUT}, or omit --backend"
        )
    return output, _POOLINGS[model.pooling]


def _keep_rows(rows: Vectors, _mask: Integers) -> Vectors:
    return rows


def _sum_tokens(rows: Vectors, mask: Integers) -> Vectors:
    # The sum has the direction of the mean, and only the direction is returned.
    return (mask[:, None, :].astype(np.float32) @ rows)[:, 0]


def _take_first_token(rows: Vectors, _mask: Integers) -> Vectors:
    return rows[:, 0]


_POOLINGS: dict[str, _Pool] = {"mean": _sum_tokens, "cls": _take_first_token}


def _usable_cores() -> int:
    """Return the cores for this process; Ray sets the variable, since it shares a machine's out."""
    if (threads := os.environ.get("OMP_NUM_THREADS", "")).isdecimal():
        return max(1, int(threads))
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _shows_progress(count: int) -> bool:
    return count > 100 and sys.stderr.isatty()
