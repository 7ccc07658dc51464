"""An encoder whose vectors are a function of the text: similar texts have similar vectors."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from search.encoders.identity import EncoderIdentity, Vectors
from search.encoders.profile import EncoderProfile
from search.language.analysis import fold

DIMENSION = 64


class NgramEncoder:
    """Counts hashed character trigrams of the folded text."""

    context, pieces, pools_pieces, uses_gpu = None, None, False, False

    def __init__(self, name: str = "test-ngrams") -> None:
        self.profile = EncoderProfile()
        self.identity = EncoderIdentity(name=name, digest=f"{name}-1", dimension=DIMENSION)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f" {' '.join(fold(text).split())} "
            for start in range(len(padded) - 2):
                vectors[row, crc32(padded[start : start + 3].encode()) % DIMENSION] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
