"""The interface of all embedders."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from dalil.domain import Matrix, Span, Vector

Role: TypeAlias = Literal["document", "query"]
"""Asymmetric models embed a question and a document differently (e5 by the prompts "query: " and "passage: ")."""


def unit_rows(rows: NDArray[np.float32]) -> Matrix:
    """Divide each row, shape (n, d), by its length; a row of zeros remains zero."""
    unit: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit


@dataclass(frozen=True, slots=True, eq=False)
class TokenEmbeddings:
    """The vector of a text and those of its tokens, from one pass of the model.

    `vector` is what `embed_documents` or `embed_query` returns. `tokens` has shape (t, d), rows of unit length; special
    tokens and the prompt's are left out, so t may be 0. `spans[i]` is the position of token i in the text.
    """

    vector: Vector
    tokens: Matrix
    spans: tuple[Span, ...]


class Embedder(ABC):
    """Embeds texts with one model.

    Vectors are float32 and of unit length. The same text in the same role has the same vector, to within 1e-3 of
    cosine, whatever its batch. A text longer than `max_tokens` is cut at its end. Methods may be called from several
    threads. They raise `ModelUnavailable`.
    """

    model: str
    """The name of the vector space: the model and a digest of its weights. Vectors of the same `model` compare."""

    runtime: str
    """The name of the arithmetic, such as `onnx-int8` or `torch-float32`."""

    dimension: int
    """d, the length of every vector."""

    max_tokens: int
    """The longest input in the model's tokens, including special tokens and the prompt."""

    @final
    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of passages, shape (n, d), in order; (0, d) for no texts."""
        read = self.embed_tokens(texts, "document")
        return np.array([own.vector for own in read], dtype=np.float32).reshape(len(read), self.dimension)

    @final
    def embed_query(self, text: str) -> Vector:
        """Return the vector of one question, shape (d,)."""
        return self.embed_tokens([text], "query")[0].vector

    @final
    def embed_tokens(self, texts: Sequence[str], role: Role) -> list[TokenEmbeddings]:
        """Return each text's vector and those of its tokens, in order."""
        return self._embed_tokens(list(texts), role) if texts else []

    @abstractmethod
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, without special tokens and the prompt; no text is cut at `max_tokens`."""

    @abstractmethod
    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        """Hook: as `embed_tokens`, for at least one text."""
