"""Finds an encoder by name: the shipped one, a directory, or a model of the hub."""

from pathlib import Path

from search.encoders.identity import Encoder
from search.encoders.static import StaticEncoder, is_static
from search.errors import EncoderError

SHIPPED = "arshif-static"
MODEL_DIRECTORY = Path(__file__).parent.parent / "model"


def load_encoder(name: str = SHIPPED) -> Encoder:
    """Load the encoder called `name`; static ones load in milliseconds and without torch.

    Raises:
        EncoderError: there is none of that name, or its files cannot be read.
    """
    if name == SHIPPED:
        return StaticEncoder(MODEL_DIRECTORY, name=name)
    directory = Path(name)
    if directory.is_dir():
        if is_static(directory):
            return StaticEncoder(directory, name=str(directory.resolve()))
        name = str(directory.resolve())
    elif name.startswith((".", "/")):
        raise EncoderError(
            f"no encoder at {name}: expected a model directory, a hub name, or {SHIPPED}"
        )
    from search.encoders.hub import HubEncoder

    return HubEncoder(name)
