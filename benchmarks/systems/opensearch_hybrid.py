"""OpenSearch's own hybrid query over its `arabic` analyzer and k-NN, as its documentation shows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from typing_extensions import override

from benchmarks.corpus import Corpus, CorpusPassage
from benchmarks.made_up import SEED, add_noise, made_up_passages
from benchmarks.measurements import Search
from benchmarks.records import IndexingResult
from benchmarks.systems.base import BATCH_PASSAGES, CANDIDATES, HITS, Progress, System
from benchmarks.systems.sentence_encoder import PASSAGES_PER_CALL, SentenceEncoder
from dalil.batches import batches
from dalil.domain import Vector
from dalil.settings import Settings
from evals.systems.opensearch_index import (
    BULK_PASSAGES,
    HybridWeights,
    OpenSearchIndex,
    hybrid_body,
    index_body,
    open_index,
)

WEIGHTS = HybridWeights(0.3, 0.7)


class OpenSearchHybrid(System):
    """An index of texts and vectors on a node."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._name = settings, settings.opensearch.index

    @override
    def index(self, corpus: Corpus, made_up: int, progress: Progress) -> IndexingResult:
        encoder = SentenceEncoder(self._settings, progress)
        encoder.question("")
        vectors: list[Vector] = []
        with open_index(self._settings.opensearch, self._name) as node:
            node.create(index_body(encoder.dimension))
            embedding_seconds, started = 0.0, perf_counter()
            for batch in batches(corpus.passages, PASSAGES_PER_CALL):
                begun = perf_counter()
                rows = list(encoder.passages([one.text for one in batch]))
                embedding_seconds += perf_counter() - begun
                _write(node, batch, rows)
                vectors += rows
                progress(f"{len(vectors):,} of {len(corpus.passages):,} passages embedded")
            node.merge_segments()
            seconds = perf_counter() - started
            random = np.random.default_rng(SEED)
            written = 0
            for others in batches(made_up_passages(corpus.passages, made_up), BATCH_PASSAGES):
                _write(
                    node,
                    [one.real for one in others],
                    add_noise([vectors[one.first] for one in others], random),
                )
                written += len(others)
                progress(f"{written:,} of {made_up:,} made-up passages written")
            if made_up:
                node.merge_segments()
            return IndexingResult(
                embedded=len(vectors),
                passages=len(vectors) + made_up,
                seconds=seconds,
                embedding_seconds=embedding_seconds,
                bytes_on_disk=node.bytes_on_disk(),
            )

    @override
    @contextmanager
    def open(self) -> Iterator[Search]:
        encoder = SentenceEncoder(self._settings, lambda _line: None)
        with open_index(self._settings.opensearch, self._name) as node:

            def search(text: str) -> object:
                body = hybrid_body(text, encoder.question(text), WEIGHTS, CANDIDATES)
                return node.search({**body, "size": HITS, "_source": ["text"]})

            yield search

    @override
    def node_cpu_seconds(self) -> float:
        with open_index(self._settings.opensearch, self._name) as node:
            return node.cpu_seconds()

    @override
    def delete(self) -> None:
        with open_index(self._settings.opensearch, self._name) as node:
            node.delete()


def _write(node: OpenSearchIndex, passages: Sequence[CorpusPassage], vectors: Sequence[Vector]) -> None:
    for rows in batches(zip(passages, vectors, strict=True), BULK_PASSAGES):
        node.write({one.passage.id: {"text": one.text, "vector": vector.tolist()} for one, vector in rows})
