"""A deterministic embedder without a model, for tests only."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from dalil.domain import Matrix, Vector
from dalil.embedding.base import Embedder, Role


class FakeEmbedder(Embedder):
    """Each word is a fixed random direction and a text the sum of its words': texts that share words are near.

    Words are runs of letters and digits, case folded; a word is a token. Both roles embed alike.
    """

    runtime = "fake"

    def __init__(self, dimension: int = 64, max_tokens: int = 512) -> None:
        self.model = f"fake-{dimension}"
        self.dimension = dimension
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the seam says."""
        return [len(_words(text)) for text in texts]

    def _embed(self, texts: list[str], role: Role) -> Matrix:  # noqa: ARG002 - both roles embed alike
        sums = [self._rows(text).sum(axis=0) if _words(text) else self._direction("") for text in texts]
        return np.stack([vector / np.linalg.norm(vector) for vector in sums]).astype(np.float32)

    def _embed_tokens(self, texts: list[str], role: Role) -> list[Matrix]:  # noqa: ARG002 - as above
        return [self._rows(text) for text in texts]

    def _rows(self, text: str) -> Matrix:
        words = _words(text)[: self.max_tokens]
        return np.array([self._direction(word) for word in words], dtype=np.float32).reshape(-1, self.dimension)

    def _direction(self, word: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        direction = np.random.default_rng(seed).standard_normal(self.dimension)
        unit: Vector = (direction / np.linalg.norm(direction)).astype(np.float32)
        return unit


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
