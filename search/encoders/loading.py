"""Load an encoder by name: a shipped encoder, a model directory, or a model of the hub."""

from pathlib import Path

from search.encoders.identity import Encoder
from search.encoders.onnx import OnnxEncoder
from search.encoders.onnx_directory import fetch_export, is_int8, read_export, read_int8
from search.encoders.static import StaticEncoder, is_static
from search.encoders.two_level import TwoLevelEncoder
from search.errors import EncoderError

SHIPPED = "arshif-static"
CONTEXTUAL = "arshif-small"
DEFAULT = CONTEXTUAL  # encoder of a new archive; data/eval/README.md has its figures
TORCH, ONNX = "torch", "onnx"
BACKENDS = (TORCH, ONNX, "openvino")
MODEL_DIRECTORY = Path(__file__).parent / "arshif_static"
CONTEXTUAL_DIRECTORY = Path(__file__).parent / "arshif_small"


def load_encoder(name: str = SHIPPED) -> Encoder:
    """Load the encoder that a user named.

    Static encoders, and directories with an ONNX graph (`search.encoders.onnx_directory`), load
    without torch. An encoder without word pieces is combined with the shipped table. A prefix names
    the backend of a sentence-transformers model: `onnx:intfloat/multilingual-e5-small`. A hub model
    that is not on this machine is downloaded.

    Raises:
        EncoderError: there is no encoder of that name, or its files cannot be read.
    """
    return _load(name, may_fetch=True)


def load_archive_encoder(name: str) -> Encoder:
    """Load the encoder that an archive names, if it is on this machine.

    An archive may come from an untrusted source: its encoder is never downloaded, nor searched for
    in the current working directory.

    Raises:
        EncoderError: the encoder is not on this machine, or its files cannot be read.
    """
    return _load(name, may_fetch=False)


def _load(name: str, *, may_fetch: bool) -> Encoder:
    table = StaticEncoder(MODEL_DIRECTORY, name=SHIPPED)
    if name == SHIPPED:
        return table
    encoder = _load_other(name, may_fetch=may_fetch)
    return encoder if encoder.pieces is not None else TwoLevelEncoder(table, encoder)


def _load_other(name: str, *, may_fetch: bool) -> Encoder:
    backend, _, rest = name.partition(":")
    if backend in BACKENDS and rest:
        name = rest
        if name in (SHIPPED, CONTEXTUAL):
            raise EncoderError(f"{name} runs without a backend: omit --backend")
    else:
        backend = TORCH
    if name == CONTEXTUAL:
        return OnnxEncoder(read_int8(CONTEXTUAL_DIRECTORY), name=name)
    directory = Path(name)
    if directory.is_dir() and (may_fetch or directory.is_absolute()):
        name = str(directory.resolve())
        if is_static(directory) and backend == TORCH:
            return StaticEncoder(directory, name=name)
        if is_int8(directory) and backend in (TORCH, ONNX):
            return OnnxEncoder(read_int8(directory), name=name)
    elif name.startswith((".", "/")):
        raise EncoderError(
            f"no encoder at {name}: expected a model directory, a hub name, {SHIPPED} or"
            f" {CONTEXTUAL}"
        )
    if backend == ONNX:
        # The path of a directory is absolute by now; any other name is one of the hub.
        directory = Path(name)
        if not directory.is_absolute():
            directory = fetch_export(name, may_fetch=may_fetch)
        return OnnxEncoder(read_export(directory, name), name=f"{ONNX}:{name}")
    from search.encoders.sentence_transformers import HubEncoder

    return HubEncoder(name, backend=backend, may_fetch=may_fetch)
