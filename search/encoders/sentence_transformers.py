"""An encoder with any sentence-transformers model, by hub name or path, with its own prompts."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from search.encoders.hub import find_cached, require_hub
from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.encoders.profile import EncoderProfile, read_profile
from search.encoders.prompts import choose_prompts
from search.errors import EncoderError

_CLASS_BY_BACKEND = {
    "torch": ("torch", "Tensor"),
    "openvino": ("optimum.intel", "OVModelForFeatureExtraction"),
}
_BATCH = 32
_NEEDED = ("modules.json", "model.safetensors")  # files that are loaded where the hub has them


class HubEncoder:
    """An encoder that uses sentence-transformers.

    The import of torch takes seconds, and is left to the constructor.
    """

    context, pieces, pools_pieces = None, None, False  # a model gives one vector for each text

    def __init__(self, name: str, *, backend: str = "torch", may_fetch: bool = True) -> None:
        """Load the model; it is downloaded from the hub only if `may_fetch`."""
        _require_backend(backend)
        self.uses_gpu = backend == "torch"
        # The path of a directory is absolute; any other name is one of the hub.
        directory = Path(name) if Path(name).is_absolute() else None
        local = directory or find_cached(name, _NEEDED)
        if local is None:
            require_hub(name, may_fetch=may_fetch)
        _silence_library(downloads=local is None)
        # The model is typed Any, since the library ships no types for the methods used here.
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(
                # By its name, a folder in the working directory would come before the cached model.
                name if local is None else str(local),
                backend=backend,
                local_files_only=local is not None,
                trust_remote_code=False,  # the library's default, made explicit
            )
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"encoder {name} could not be loaded: {str(error).splitlines()[0]}; expected a"
                " directory or a hub model that sentence-transformers can load"
            ) from error
        self.profile = read_profile(directory) if directory else EncoderProfile()
        self._prompts = choose_prompts(name, dict(self._model.prompts or {}))
        self._identity = EncoderIdentity(
            name=name if backend == "torch" else f"{backend}:{name}",
            digest=_digest_weights(directory) if directory else _read_commit(name),
            dimension=int(self._model.get_embedding_dimension()),
            query_prompt=self._prompts.query,
            passage_prompt=self._prompts.passage,
            pooling=",".join(type(module).__name__ for module in self._model),
        )

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._prompts.query)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._prompts.passage)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        # An explicit empty prompt keeps the model's default prompt from being used for either side.
        # The library sorts the texts by length itself.
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=len(texts) > _BATCH and sys.stderr.isatty(),
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _require_backend(backend: str) -> None:
    """Check that the class that the backend needs can be imported.

    Without this check, the library raises errors that no caller catches.

    Raises:
        EncoderError: the backend is not installed, or not for these versions.
    """
    module, name = _CLASS_BY_BACKEND[backend]
    try:
        getattr(import_module(module), name)
    except ImportError as error:
        raise EncoderError(
            f"backend {backend} cannot be used ({error}): run"
            f" `pip install 'sentence-transformers[{backend}]'`, or omit --backend"
        ) from error


def _silence_library(*, downloads: bool) -> None:
    """Keep transformers from writing to stderr; a download has a progress bar on a terminal."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    if not downloads or not sys.stderr.isatty():
        logging.disable_progress_bar()


def _digest_weights(directory: Path) -> str:
    return digest_files(sorted([*directory.rglob("*.safetensors"), *directory.rglob("*.bin")]))


def _read_commit(name: str) -> str:
    """Return the commit of a hub model that has been loaded: it names the folder in the cache."""
    snapshot = find_cached(name, _NEEDED)
    return "unknown" if snapshot is None else snapshot.name
