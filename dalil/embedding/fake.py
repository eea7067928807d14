"""A deterministic embedder without a model, for tests."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from dalil.domain import Matrix, Span, Vector
from dalil.embedding.base import Embedder, Role, TokenEmbeddings

_WORD = re.compile(r"\w+")


class FakeEmbedder(Embedder):
    """Gives each word a fixed random direction and each text the sum of its words, so texts that share words are near.

    A word is a run of letters and digits, case folded; each word is one token. Both roles embed alike.
    """

    runtime = "fake"

    def __init__(self, dimension: int = 64, max_tokens: int = 512) -> None:
        self.model = f"fake-{dimension}"
        self.dimension = dimension
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the words."""
        return [sum(1 for _ in _WORD.finditer(text)) for text in texts]

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:  # noqa: ARG002 - both embed alike
        return [
            TokenEmbeddings(
                self._vector(text), self._rows(text), tuple(Span(*word.span()) for word in self._words(text))
            )
            for text in texts
        ]

    def _vector(self, text: str) -> Vector:
        total = self._rows(text).sum(axis=0) if _WORD.search(text) else self._direction("")
        unit: Vector = (total / np.linalg.norm(total)).astype(np.float32)
        return unit

    def _rows(self, text: str) -> Matrix:
        directions = [self._direction(word.group().casefold()) for word in self._words(text)]
        return np.array(directions, dtype=np.float32).reshape(-1, self.dimension)

    def _words(self, text: str) -> list[re.Match[str]]:
        return list(_WORD.finditer(text))[: self.max_tokens]

    def _direction(self, word: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
        direction = np.random.default_rng(seed).standard_normal(self.dimension)
        unit: Vector = (direction / np.linalg.norm(direction)).astype(np.float32)
        return unit
