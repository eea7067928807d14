"""The embedding seam."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Matrix, Span, Vector

Role: TypeAlias = Literal["document", "query"]
"""Asymmetric models (e5: "passage: ", "query: ") embed a question and a document differently."""


def unit_rows(rows: NDArray[np.float32]) -> Matrix:
    """Rows, shape (n, d), each divided by its length; a row of zeros stays one."""
    unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


@dataclass(frozen=True, slots=True, eq=False)
class TokenEmbeddings:
    """A text read token by token, in one pass.

    `vector` is the text's own, as `embed_documents` and `embed_query` give it. `tokens` has shape (t, d), rows of unit
    length, without the special tokens and the prompt's, so t may be 0; `spans[i]` is where token i stands in the text.
    """

    vector: Vector
    tokens: Matrix
    spans: tuple[Span, ...]


class Embedder(ABC):
    """Embeds texts with one model.

    A caller may rely on: float32, unit length, the same text in the same role giving the same vector to within
    1e-3 of cosine whatever it is batched with; texts longer than `max_tokens` being cut at the end, never refused;
    safe use from several threads. Failures are `ModelUnavailable`.
    """

    model: str
    """Names the vector space: model and a digest of its weights. Indexes of equal `model` may be mixed."""

    runtime: str
    """Names the arithmetic, such as `onnx-int8` or `torch-float32`; part of an embedding cache's key."""

    dimension: int
    """d, the length of every vector."""

    max_tokens: int
    """The longest input in the model's own tokens, special tokens and prompt included."""

    @final
    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Vectors of passages or sentences, shape (n, d) in the order given; (0, d) for no texts."""
        return self._checked(texts, "document")

    @final
    def embed_query(self, text: str) -> Vector:
        """The vector of one question, shape (d,)."""
        vector: Vector = self._checked([text], "query")[0]
        return vector

    @final
    def embed_tokens(self, texts: Sequence[str], role: Role) -> list[TokenEmbeddings]:
        """Each text's vector and those of its tokens, in the order given."""
        return self._embed_tokens(list(texts), role) if texts else []

    @abstractmethod
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many of the model's tokens each text has, without special tokens and prompt, not cut at `max_tokens`."""

    @abstractmethod
    def _embed(self, texts: list[str], role: Role) -> Matrix:
        """Hook: at least one text in, (n, d) unit vectors out."""

    @abstractmethod
    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        """Hook: at least one text in."""

    def _checked(self, texts: Sequence[str], role: Role) -> Matrix:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._embed(list(texts), role)
        if vectors.shape != (len(texts), self.dimension) or vectors.dtype != np.float32:
            raise AssertionError(f"{type(self).__name__} returned {vectors.dtype} {vectors.shape}")
        return vectors
