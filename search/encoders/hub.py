"""Any sentence-transformers model, by hub name or path, with the prompts it declares."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from search.encoders.identity import EncoderIdentity, Vectors, digest_files
from search.errors import EncoderError

# Families that expect prompts and whose published configuration does not declare them.
_PROMPTS_BY_FAMILY = {
    "multilingual-e5": ("query: ", "passage: "),
    "e5-": ("query: ", "passage: "),
}
_BATCH = 32
_PASSAGE_PROMPTS = ("passage", "document", "corpus")


class HubEncoder:
    """Encodes through sentence-transformers.

    The import of torch takes seconds: it happens here, not before.
    """

    interaction = None  # one vector a text is all such a model gives

    def __init__(self, name: str) -> None:
        # Typed Any: the library ships no types for what is used here.
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"encoder {name} could not be loaded: it is no model directory here, and not in the"
                " local model cache while no hub answers; give a path, or fetch it once on a"
                " connected machine"
            ) from error
        declared: dict[str, str] = dict(self._model.prompts or {})
        query, passage = _family_prompts(name)
        self._query_prompt = declared.get("query") or query
        self._passage_prompt = next(
            (declared[p] for p in _PASSAGE_PROMPTS if declared.get(p)), passage
        )
        self._identity = EncoderIdentity(
            name=name,
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
        # An empty prompt given explicitly keeps the model's default prompt away from both sides.
        vectors = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


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
