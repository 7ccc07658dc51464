"""Read model directories that hold an ONNX graph, in either of two layouts.

The int8 layout is that of the shipped encoder, which `python -m indexer.training export --layout
int8` writes: `model.onnx`, a graph from tokens to unit rows, `model.safetensors` with its int8
weights, `tokenizer.json`, and the prompts in `config_sentence_transformers.json`.

An export is the directory of a sentence-transformers model with a graph that any exporter wrote, as
many models of the hub have it. Its settings mean what they mean to sentence-transformers.
"""

import json
import re
from pathlib import Path
from typing import Any, TypeVar

from tokenizers import Tokenizer
from tokenizers.normalizers import Lowercase
from tokenizers.normalizers import Sequence as Normalizers

from search.encoders.hub import download, find_cached, require_hub
from search.encoders.onnx import OnnxModel
from search.encoders.profile import read_profile
from search.encoders.prompts import Prompts, choose_prompts
from search.errors import EncoderError

GRAPH = "model.onnx"
_GRAPHS = (GRAPH, f"onnx/{GRAPH}")  # of an export, in the order of sentence-transformers
_WEIGHTS, _TOKENIZER, _MODULES = "model.safetensors", "tokenizer.json", "modules.json"
_PROMPTS = "config_sentence_transformers.json"
# The files of an export, as patterns: a graph of 2 GB or more has its weights in files beside it.
_EXPORT = ("*.json", *(f"{graph}*" for graph in _GRAPHS))
_LONGEST_TEXT = 512  # tokens of an int8 model, which has no further positions
_NO_LIMIT = 1 << 20  # tokens
_LISTED = 6  # names of files in a refusal

_Json = TypeVar("_Json", dict[str, Any], list[Any])


def is_int8(directory: Path) -> bool:
    """Return whether `directory` has the int8 layout, with all of its files."""
    names = (GRAPH, _WEIGHTS, _TOKENIZER, _PROMPTS)
    is_export = (directory / _MODULES).is_file()
    return not is_export and all((directory / name).is_file() for name in names)


def read_int8(directory: Path) -> OnnxModel:
    """Read a directory of the int8 layout.

    Raises:
        EncoderError: a file cannot be read.
    """
    return OnnxModel(
        graph=directory / GRAPH,
        weights=(directory / _WEIGHTS, directory / _TOKENIZER),
        tokenizer=_read_tokenizer(directory / _TOKENIZER, _LONGEST_TEXT),
        prompts=_read_prompts(directory, str(directory)),
        pooling="mean",
        profile=read_profile(directory),
    )


def read_export(directory: Path, name: str) -> OnnxModel:
    """Read the directory of a sentence-transformers model, which users know by `name`.

    Raises:
        EncoderError: there is no graph, or a file cannot be read.
    """
    graph = _find_graph(directory)
    if graph is None:
        raise EncoderError(
            f"{name} holds no ONNX graph: found {_list_files(directory)}; expected"
            f" {' or '.join(_GRAPHS)}: export the model there, or omit --backend"
        )
    settings = _read_json(directory / "sentence_bert_config.json", {})
    limit = settings.get("max_seq_length")
    if not isinstance(limit, int):
        limit = _limit_of_tokenizer(directory)
    tokenizer = _read_tokenizer(directory / _TOKENIZER, limit)
    if settings.get("do_lower_case"):
        before = [] if tokenizer.normalizer is None else [tokenizer.normalizer]
        tokenizer.normalizer = Normalizers([Lowercase(), *before])
    return OnnxModel(
        graph=graph,
        weights=(*sorted(graph.parent.glob(f"{GRAPH}*")), directory / _TOKENIZER),
        tokenizer=tokenizer,
        prompts=_read_prompts(directory, name),
        pooling=_read_pooling(directory),
        profile=read_profile(directory),
    )


def fetch_export(name: str, *, may_fetch: bool) -> Path:
    """Return the directory of a hub model with a graph, from the local cache or else the hub.

    Raises:
        EncoderError: the model is not on this machine, and cannot be or must not be downloaded.
    """
    cached = find_cached(name, _EXPORT)
    if cached is not None and _find_graph(cached) is not None:
        return cached
    require_hub(name, may_fetch=may_fetch)
    return download(name, _EXPORT)


def _find_graph(directory: Path) -> Path | None:
    graphs = (directory / graph for graph in _GRAPHS)
    return next((graph for graph in graphs if graph.is_file()), None)


def _list_files(directory: Path) -> str:
    graphs = (path.relative_to(directory).as_posix() for path in directory.rglob("*.onnx"))
    names = sorted(graphs) or sorted(path.name for path in directory.iterdir()) or ["nothing"]
    return ", ".join(names[:_LISTED] + ["…"] * (len(names) > _LISTED))


def _read_tokenizer(path: Path, limit: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises no narrower class
        raise EncoderError(f"{path} is not a tokenizer: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    return tokenizer


def _limit_of_tokenizer(directory: Path) -> int:
    """Return the number of tokens at which transformers cuts a text, for a model without its own.

    A tokenizer without a limit may state a number of 31 digits.
    """
    limits = (
        _read_json(directory / "tokenizer_config.json", {}).get("model_max_length"),
        _read_json(directory / "config.json", {}).get("max_position_embeddings"),
        _NO_LIMIT,
    )
    return min(limit for limit in limits if isinstance(limit, int) and limit > 0)


def _read_prompts(directory: Path, name: str) -> Prompts:
    path = directory / _PROMPTS
    declared = _read_json(path, {}).get("prompts") or {}
    try:
        return choose_prompts(name, {key: str(prompt or "") for key, prompt in declared.items()})
    except AttributeError as error:
        raise EncoderError(f"{path} cannot be read: its prompts are no JSON object") from error


def _read_pooling(directory: Path) -> str:
    """Return the steps from the rows of tokens to the unit row of a text, such as "mean"."""
    path = directory / _MODULES
    modules = _read_json(path, [])
    try:
        steps = [(module["type"].rpartition(".")[2], module["path"]) for module in modules[1:]]
    except (KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} cannot be read: a module has no type or no path") from error
    return ", ".join(
        _pooling_mode(_read_json(directory / folder / "config.json", {}))
        if kind == "Pooling"
        else kind
        for kind, folder in steps
        if kind != "Normalize"  # vectors are normalised in any case
    )


def _pooling_mode(settings: dict[str, Any]) -> str:
    """Return the mode that the settings of a pooling declare, as a name or as one flag a mode."""
    flags = (re.fullmatch(r"pooling_mode_(.+?)(_tokens?)?", key) for key in settings)
    names = [flag[1] for flag in flags if flag and settings[flag[0]]]
    modes = settings.get("pooling_mode", names or "mean")
    mode = modes if isinstance(modes, str) else "+".join(map(str, modes))
    return mode if settings.get("include_prompt", True) else f"{mode} without the prompt"


def _read_json(path: Path, absent: _Json) -> _Json:
    """Return the object or the list in a file, or `absent` if there is no such file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return absent
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, type(absent)):
        kind = "an object" if isinstance(absent, dict) else "a list"
        raise EncoderError(f"{path} cannot be read: expected {kind} as JSON")
    return value
