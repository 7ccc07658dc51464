"""An encoder with any sentence-transformers model, by hub name or path, with its own prompts."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.encoders.profile import read_profile
from search.errors import EncoderError

# Families that expect prompts, but do not declare them in their published configuration.
_PROMPTS_BY_FAMILY = {
    "multilingual-e5": ("query: ", "passage: "),
    "e5-": ("query: ", "passage: "),
}
_CLASS_BY_BACKEND = {
    "torch": ("torch", "Tensor"),
    "onnx": ("optimum.onnxruntime", "ORTModelForFeatureExtraction"),
    "openvino": ("optimum.intel", "OVModelForFeatureExtraction"),
}
_BATCH = 32
HUB_TIMEOUT_S = 5
_PASSAGE_PROMPTS = ("passage", "document", "corpus")


class HubEncoder:
    """An encoder that uses sentence-transformers.

    The import of torch takes seconds, and is left to the constructor.
    """

    context, pieces, pools_pieces = None, None, False  # a model gives one vector for each text

    def __init__(self, name: str, *, backend: str = "torch", may_fetch: bool = True) -> None:
        """Load the model; it is downloaded from the hub only if `may_fetch`."""
        _require_backend(backend)
        is_local = _require_at_hand(name, may_fetch=may_fetch)
        # The model is typed Any, since the library ships no types for the methods used here.
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(
                name,
                backend=backend,
                local_files_only=is_local or not may_fetch,
                trust_remote_code=False,  # the library's default, made explicit
            )
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"encoder {name} could not be loaded: {str(error).splitlines()[0]}; expected a"
                " directory or a hub model that sentence-transformers can load"
            ) from error
        self.profile = read_profile(Path(name))  # a hub model has no profile
        declared: dict[str, str] = dict(self._model.prompts or {})
        query, passage = _family_prompts(name)
        self._query_prompt = declared.get("query") or query
        self._passage_prompt = next(
            (declared[p] for p in _PASSAGE_PROMPTS if declared.get(p)), passage
        )
        self._identity = EncoderIdentity(
            name=name if backend == "torch" else f"{backend}:{name}",
            digest=_digest(name, self._model),
            dimension=int(self._model.get_embedding_dimension()),
            query_prompt=self._query_prompt,
            passage_prompt=self._passage_prompt,
            pooling=",".join(type(module).__name__ for module in self._model),
        )

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._query_prompt)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, self._passage_prompt)

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
            f" `pip install 'sentence-transformers[{backend}]'`, or leave --backend out"
        ) from error


def _require_at_hand(name: str, *, may_fetch: bool) -> bool:
    """Return whether the model is on this machine, as a directory or in the hub's local cache.

    The check is here since the library, without a network, retries for more than a minute.

    Raises:
        EncoderError: the model is not here, and the hub cannot be reached or must not be used.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    if Path(name).is_dir() and (may_fetch or Path(name).is_absolute()):
        return True
    try:
        snapshot_download(name, local_files_only=True)
    except LocalEntryNotFoundError as absent:
        if not may_fetch:
            raise EncoderError(
                f"the archive's encoder {name} is not on this machine, and no archive makes this"
                " program ask the network: if you trust the model, fetch it once with"
                f" `hf download {name}`"
            ) from absent
        if constants.HF_HUB_OFFLINE or not _answers(constants.ENDPOINT):
            raise EncoderError(
                f"encoder {name} could not be loaded: it is no model directory here, and not in"
                " the local model cache while no hub answers; give a path, or fetch it once on a"
                " connected machine"
            ) from absent
        return False
    except HFValidationError as error:
        raise EncoderError(
            f"no encoder {name}: expected a model directory, or a hub name such as"
            " intfloat/multilingual-e5-small"
        ) from error
    return True


def _answers(endpoint: str) -> bool:
    try:
        urlopen(endpoint, timeout=HUB_TIMEOUT_S).close()
    except HTTPError:
        return True  # the hub refuses this page, but it is reachable
    except OSError:
        return False
    return True


def _family_prompts(name: str) -> tuple[str, str]:
    last = name.rstrip("/").rsplit("/", 1)[-1].lower()
    return next(
        (prompts for family, prompts in _PROMPTS_BY_FAMILY.items() if last.startswith(family)),
        ("", ""),
    )


def _digest(name: str, model: Any) -> str:  # noqa: ANN401  # the library's class has no types
    directory = Path(name)
    if directory.is_dir():
        return digest_files(sorted([*directory.rglob("*.safetensors"), *directory.rglob("*.bin")]))
    commit = getattr(
        getattr(getattr(model[0], "auto_model", None), "config", None), "_commit_hash", None
    )
    return str(commit or "unknown")
