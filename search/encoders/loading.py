"""Finds an encoder by name: a shipped one, a directory, or a model of the hub."""

from pathlib import Path

from search.encoders.identity import Encoder
from search.encoders.onnx import OnnxEncoder, is_onnx
from search.encoders.static import StaticEncoder, is_static
from search.encoders.two_level import TwoLevelEncoder
from search.errors import EncoderError

SHIPPED = "arshif-static"
CONTEXTUAL = "arshif-small"
DEFAULT = CONTEXTUAL  # of a new archive: what it gains stands in data/eval/README.md
BACKENDS = ("torch", "onnx", "openvino")
MODEL_DIRECTORY = Path(__file__).parent / "arshif_static"
CONTEXTUAL_DIRECTORY = Path(__file__).parent / "arshif_small"


def load_encoder(name: str = SHIPPED) -> Encoder:
    """Load the encoder that a user named; static ones load in milliseconds and without torch.

    So does a directory with an ONNX graph of ours (`search.encoders.onnx`). Under an encoder that
    knows no word pieces lies the shipped table.
    A hub model runs on another backend named in front: `onnx:intfloat/multilingual-e5-small`. One
    that is not on this machine yet is fetched.

    Raises:
        EncoderError: there is none of that name, or its files cannot be read.
    """
    return _load(name, may_fetch=True)


def load_archive_encoder(name: str) -> Encoder:
    """Load the encoder that an archive names, if it is on this machine.

    An archive may come from anybody: what it names is never fetched, nor looked for in the folder
    that the program happens to run in.

    Raises:
        EncoderError: it is not here, or its files cannot be read.
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
            raise EncoderError(f"{name} needs no backend: leave --backend out")
    else:
        backend = BACKENDS[0]
    if name == CONTEXTUAL:
        return OnnxEncoder(CONTEXTUAL_DIRECTORY, name=name)
    directory = Path(name)
    if directory.is_dir() and (may_fetch or directory.is_absolute()):
        name = str(directory.resolve())
        if is_static(directory) and backend == BACKENDS[0]:
            return StaticEncoder(directory, name=name)
        if is_onnx(directory) and backend in BACKENDS[:2]:
            return OnnxEncoder(directory, name=name)
    elif name.startswith((".", "/")):
        raise EncoderError(
            f"no encoder at {name}: expected a model directory, a hub name, {SHIPPED} or"
            f" {CONTEXTUAL}"
        )
    from search.encoders.sentence_transformers import HubEncoder

    return HubEncoder(name, backend=backend, may_fetch=may_fetch)
