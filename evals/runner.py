"""Runs the engine over a collection: index its documents the way articles are, ask its queries, rank its documents."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from dalil.bootstrap import Engine, build_engine, build_writer
from dalil.domain import Article
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import Mode
from dalil.settings import Settings
from evals.datasets import Collection, Query
from evals.measures import Run
from indexer.chunking import Chunker
from indexer.loaders import Loaded
from indexer.pipeline import index

DEPTH = 100
"""Documents ranked for each query."""

PASSAGES = 300
"""Passages asked for, since a document may have several: its rank is that of its best."""

SECONDS_BETWEEN_LINES = 5.0

OPENSEARCH_INDEX = "dalil-evals"


@contextmanager
def indexed(collection: Collection, settings: Settings, progress: Callable[[str], None]) -> Iterator[Engine]:
    """An engine over the collection alone, in an index of its own; the configured index is not touched.

    Embeddings come from the cache where they are in it. A document that cannot be indexed is named through `progress`.
    """
    with tempfile.TemporaryDirectory(prefix="dalil-evals-") as folder:
        own = settings.model_copy(
            update={
                "store": settings.store.model_copy(update={"path": Path(folder)}),
                "opensearch": settings.opensearch.model_copy(update={"index": OPENSEARCH_INDEX}),
            }
        )
        progress(f"indexing {len(collection.documents):,} documents of {collection.name}")
        with build_writer(own, progress) as writer:
            writer.store.create(writer.fingerprint)
            chunker = Chunker(writer.embedder.count_tokens, own.indexing.passage_tokens)
            items = (
                Loaded(document.id, Article(document.id, document.title, document.text))
                for document in collection.documents
            )
            report = index(items, writer.store, writer.encoder, chunker, own.indexing.batch_articles)
        for refusal in report.refused:
            progress(f"refused: {refusal.name}: {refusal.reason}")
        with build_engine(own, progress) as engine:
            yield engine


def run(engine: Engine, queries: tuple[Query, ...], mode: Mode, progress: Callable[[str], None]) -> Run:
    """The documents for each query, best first, at most `DEPTH`; a query the engine refuses finds none."""
    ranking: dict[str, list[str]] = {}
    next_line = perf_counter() + SECONDS_BETWEEN_LINES
    for query in queries:
        try:
            hits = engine.retriever.search(query.text, limit=PASSAGES, mode=mode).hits
        except InvalidQuery as error:
            progress(f"query {query.id!r}: {error}")
            hits = ()
        ranking[query.id] = list(dict.fromkeys(hit.article.id for hit in hits))[:DEPTH]
        if perf_counter() >= next_line:
            next_line = perf_counter() + SECONDS_BETWEEN_LINES
            progress(f"{len(ranking):,} of {len(queries):,} queries")
    return ranking
