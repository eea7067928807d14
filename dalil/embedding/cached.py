"""A cache of document vectors on disk, around any embedder."""

import hashlib
import json
import logging
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from dalil.domain import Matrix, Vector
from dalil.embedding.base import Embedder, Role, TokenEmbeddings

logger = logging.getLogger(__name__)

_KEYS_PER_QUERY = 500
_LOCK_TIMEOUT_SECONDS = 60


class CachedEmbedder(Embedder):
    """Wraps an embedder and keeps its document vectors in the SQLite file `path`; queries and tokens are not cached.

    The key is the model, the runtime and the text. Several processes and threads may share the file, and it survives
    the death of one of them. A cache that fails does not stop the work: a damaged file is renamed to `<name>.damaged`
    and a new one begun, and a file that cannot be written is ignored, both with a warning.
    """

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner = inner
        self._path = path
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0
        self.model = inner.model
        self.runtime = inner.runtime
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens

    @property
    def hits(self) -> int:
        """The number of documents whose vectors came from the cache."""
        return self._hits

    @property
    def misses(self) -> int:
        """The number of documents that were embedded."""
        return self._misses

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count them by the wrapped embedder."""
        return self._inner.count_tokens(texts)

    def _embed(self, texts: list[str], role: Role) -> Matrix:
        if role == "query":
            return np.stack([self._inner.embed_query(text) for text in texts])
        keys = [self._key(text) for text in texts]
        vectors = self._read(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        with self._lock:
            self._misses += len(missing)
            self._hits += len(texts) - len(missing)
        if missing:
            new = dict(zip(missing, self._inner.embed_documents(list(missing.values())), strict=True))
            self._write(new)
            vectors |= new
        return np.stack([vectors[key] for key in keys])

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        return self._inner.embed_tokens(texts, role)

    def _key(self, text: str) -> bytes:
        parts = [self.model, self.runtime, "document", text]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).digest()

    def _read(self, keys: list[bytes]) -> dict[bytes, Vector]:
        vectors: dict[bytes, Vector] = {}
        try:
            with closing(self._connect()) as connection:
                for start in range(0, len(keys), _KEYS_PER_QUERY):
                    some = keys[start : start + _KEYS_PER_QUERY]
                    marks = ",".join("?" * len(some))
                    rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608
                    vectors |= {key: np.frombuffer(blob, dtype="<f4").astype(np.float32) for key, blob in rows}
        except (sqlite3.Error, OSError, ValueError) as error:
            self._handle_failure(error)
        return {key: vector for key, vector in vectors.items() if vector.shape == (self.dimension,)}

    def _write(self, vectors: Mapping[bytes, Vector]) -> None:
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            self._handle_failure(error)

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=_LOCK_TIMEOUT_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _handle_failure(self, error: Exception) -> None:
        # SQLite raises DatabaseError itself for a damaged file, and subclasses for locks, full disks and the like.
        if type(error) is not sqlite3.DatabaseError:
            logger.warning("the embedding cache %s is ignored: %s", self._path, error)
            return
        aside = self._path.with_name(f"{self._path.name}.damaged")
        logger.warning("the embedding cache %s is damaged (%s); set aside as %s", self._path, error, aside.name)
        with suppress(FileNotFoundError):  # another process has renamed it
            self._path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
