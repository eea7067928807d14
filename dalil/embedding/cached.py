"""An embedder that remembers on disk the documents it has embedded."""

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

_KEYS_A_QUERY = 500
_LOCK_TIMEOUT_SECONDS = 60


class CachedEmbedder(Embedder):
    """Wraps an embedder; its documents' vectors are kept in the SQLite file `path`, queries' and tokens' are not.

    A vector is found again by model, runtime and text. Several processes and threads may share the file; what was
    written before one of them was killed stays. A cache that cannot be used never stops the work: a damaged file is
    set aside as `<name>.damaged` and begun anew, one that cannot be written is passed over, both with a warning.
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
        """How many documents were not embedded, because they had been before."""
        return self._hits

    @property
    def misses(self) -> int:
        """How many documents were embedded."""
        return self._misses

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the seam says."""
        return self._inner.count_tokens(texts)

    def _embed(self, texts: list[str], role: Role) -> Matrix:
        if role == "query":
            return np.stack([self._inner.embed_query(text) for text in texts])
        keys = [self._key(text) for text in texts]
        vectors = self._look_up(list(dict.fromkeys(keys)))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        with self._lock:
            self._misses += len(missing)
            self._hits += len(texts) - len(missing)
        if missing:
            new = dict(zip(missing, self._inner.embed_documents(list(missing.values())), strict=True))
            self._keep(new)
            vectors |= new
        return np.stack([vectors[key] for key in keys])

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        return self._inner.embed_tokens(texts, role)

    def _key(self, text: str) -> bytes:
        parts = [self.model, self.runtime, "document", text]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).digest()

    def _look_up(self, keys: list[bytes]) -> dict[bytes, Vector]:
        vectors: dict[bytes, Vector] = {}
        try:
            with closing(self._connect()) as connection:
                for start in range(0, len(keys), _KEYS_A_QUERY):
                    some = keys[start : start + _KEYS_A_QUERY]
                    marks = ",".join("?" * len(some))
                    rows = connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)  # noqa: S608
                    vectors |= {key: np.frombuffer(blob, dtype="<f4").astype(np.float32) for key, blob in rows}
        except (sqlite3.Error, OSError, ValueError) as error:
            self._pass_over(error)
        return {key: vector for key, vector in vectors.items() if vector.shape == (self.dimension,)}

    def _keep(self, vectors: Mapping[bytes, Vector]) -> None:
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            self._pass_over(error)

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

    def _pass_over(self, error: Exception) -> None:
        # SQLite reports a damaged file as DatabaseError itself; its subclasses tell of locks, full disks and the like.
        if type(error) is not sqlite3.DatabaseError:
            logger.warning("the embedding cache %s is passed over: %s", self._path, error)
            return
        aside = self._path.with_name(f"{self._path.name}.damaged")
        logger.warning("the embedding cache %s is damaged (%s); set aside as %s", self._path, error, aside.name)
        with suppress(FileNotFoundError):  # another process was quicker
            self._path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self._path.with_name(f"{self._path.name}{suffix}").unlink(missing_ok=True)
