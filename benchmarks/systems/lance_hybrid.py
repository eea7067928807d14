"""LanceDB's own hybrid search: its full-text index for Arabic, its vector search, and reciprocal rank fusion."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import lancedb
import numpy as np
import pyarrow as pa
from lancedb.index import FTS, IvfPq
from typing_extensions import override

from benchmarks.corpus import Corpus
from benchmarks.made_up import SEED, add_noise, made_up_passages
from benchmarks.measurements import Search
from benchmarks.records import IndexingResult
from benchmarks.systems.base import BATCH_PASSAGES, HITS, Progress, System
from benchmarks.systems.lance_folder import current_bytes
from benchmarks.systems.sentence_encoder import PASSAGES_PER_CALL, SentenceEncoder
from dalil.batches import batches
from dalil.domain import Matrix, Vector
from dalil.settings import Settings

TABLE = "documents"

VECTOR_INDEX_ROWS = 100_000
"""LanceDB's documentation advises a vector index from about this size; below it, the search is exact."""


class LanceHybrid(System):
    """A table of texts and vectors, without LangChain.

    At every hybrid search, the `similarity_search` of langchain-community 0.4.2 builds the full-text index anew, and
    then raises `TypeError`; langchain-lancedb 0.1.0 has no hybrid search.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder

    @override
    def index(self, corpus: Corpus, made_up: int, progress: Progress) -> IndexingResult:
        encoder = SentenceEncoder(self._settings, progress)
        encoder.question("")
        schema = pa.schema(
            {"id": pa.string(), "text": pa.string(), "vector": pa.list_(pa.float32(), encoder.dimension)}
        )
        table = lancedb.connect(self._folder).create_table(TABLE, schema=schema)
        vectors: list[Vector] = []
        embedding_seconds, started = 0.0, perf_counter()
        for batch in batches(corpus.passages, PASSAGES_PER_CALL):
            begun = perf_counter()
            rows = encoder.passages([one.text for one in batch])
            embedding_seconds += perf_counter() - begun
            table.add(_to_table([one.passage.id for one in batch], [one.text for one in batch], rows, schema))
            vectors.extend(rows)
            progress(f"{len(vectors):,} of {len(corpus.passages):,} passages embedded")
        table.create_index("text", config=FTS(language="Arabic"))
        seconds = perf_counter() - started
        random = np.random.default_rng(SEED)
        written = 0
        for others in batches(made_up_passages(corpus.passages, made_up), BATCH_PASSAGES):
            rows = np.array(add_noise([vectors[one.first] for one in others], random))
            ids, texts = [one.real.passage.id for one in others], [one.real.text for one in others]
            table.add(_to_table(ids, texts, rows, schema))
            written += len(others)
            progress(f"{written:,} of {made_up:,} made-up passages written")
        if len(vectors) + made_up >= VECTOR_INDEX_ROWS:
            table.create_index("vector", config=IvfPq(distance_type="cosine"))
        table.optimize()
        return IndexingResult(
            embedded=len(vectors),
            passages=len(vectors) + made_up,
            seconds=seconds,
            embedding_seconds=embedding_seconds,
            bytes_on_disk=current_bytes(self._folder),
        )

    @override
    @contextmanager
    def open(self) -> Iterator[Search]:
        encoder = SentenceEncoder(self._settings, lambda _line: None)
        table = lancedb.connect(self._folder).open_table(TABLE)

        def search(text: str) -> object:
            query = table.search(query_type="hybrid").vector(encoder.question(text)).text(text)
            return query.distance_type("cosine").limit(HITS).to_list()

        yield search

    @override
    def node_cpu_seconds(self) -> float:
        return 0.0

    @override
    def delete(self) -> None:
        """The folder holds all."""


def _to_table(ids: Sequence[str], texts: Sequence[str], vectors: Matrix, schema: pa.Schema) -> pa.Table:
    return pa.table({"id": ids, "text": texts, "vector": list(vectors)}, schema=schema)
