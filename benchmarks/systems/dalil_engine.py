"""Dalil, over either store."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from time import perf_counter

import numpy as np
from typing_extensions import override

from benchmarks.corpus import Corpus
from benchmarks.made_up import SEED, MadeUp, add_noise, made_up_passages
from benchmarks.measurements import Search
from benchmarks.records import IndexingResult
from benchmarks.systems.base import BATCH_PASSAGES, HITS, Progress, System
from benchmarks.systems.lance_folder import current_bytes
from dalil.batches import batches
from dalil.bootstrap import build_engine
from dalil.domain import IndexedArticle, IndexedPassage, QuantizedTokens, StoredPassage, Vector
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.indexing.report import Report
from dalil.settings import Settings
from dalil.stores.base import PassageStore
from dalil.text.analysis import terms
from dalil.text.minhash import minhash_signature
from evals.systems.opensearch_index import open_index


class DalilSystem(System):
    """The engine of these settings. Its pace has the cutting of the articles, which others are spared."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @override
    def index(self, corpus: Corpus, made_up: int, progress: Progress) -> IndexingResult:
        with build_engine(self._settings, progress) as engine:
            engine.embedder.embed_query("")
            engine.store.create(engine.fingerprint)
            started = perf_counter()
            report = index(
                (Loaded(article.id, article) for article in corpus.articles),
                engine.store,
                engine.retriever.encoder,
                engine.chunker,
                engine.batch_articles,
                progress=_progress_of(len(corpus.passages), progress),
            )
            seconds = perf_counter() - started
            if report.passages != len(corpus.passages):
                raise RuntimeError(f"Dalil indexed {report.passages} of {len(corpus.passages)} passages")
            if made_up:
                _write_made_up(engine.store, corpus, made_up, progress)
        return IndexingResult(
            embedded=len(corpus.passages),
            passages=len(corpus.passages) + made_up,
            seconds=seconds,
            embedding_seconds=None,
            bytes_on_disk=self._bytes_on_disk(),
        )

    @override
    @contextmanager
    def open(self) -> Iterator[Search]:
        with build_engine(self._settings) as engine:
            engine.open()
            yield lambda text: engine.search(text, limit=HITS)

    @override
    def node_cpu_seconds(self) -> float:
        if self._settings.store.kind == "lancedb":
            return 0.0
        with open_index(self._settings.opensearch, self._settings.opensearch.index) as node:
            return node.cpu_seconds()

    @override
    def delete(self) -> None:
        if self._settings.store.kind == "opensearch":
            with open_index(self._settings.opensearch, self._settings.opensearch.index) as node:
                node.delete()

    def _bytes_on_disk(self) -> int:
        if self._settings.store.kind == "opensearch":
            with open_index(self._settings.opensearch, self._settings.opensearch.index) as node:
                return node.bytes_on_disk()
        return current_bytes(self._settings.store.path)


def _progress_of(passages: int, progress: Progress) -> Callable[[Report], None]:
    """A line for every tenth of the passages."""
    shown = 0

    def show(report: Report) -> None:
        nonlocal shown
        tenth = report.embedded * 10 // passages
        if tenth > shown:
            shown = tenth
            progress(f"{report.embedded:,} of {passages:,} passages embedded")

    return show


def _write_made_up(store: PassageStore, corpus: Corpus, count: int, progress: Progress) -> None:
    stored = {
        passage.passage.id: passage for article in corpus.articles for passage in store.article_passages(article.id)
    }
    real = [stored[one.passage.id] for one in corpus.passages]
    random = np.random.default_rng(SEED)
    written = 0
    for batch in batches(made_up_passages(corpus.passages, count), BATCH_PASSAGES):
        vectors = add_noise([real[one.first].vector for one in batch], random)
        store.write([_to_indexed(one, real, vector) for one, vector in zip(batch, vectors, strict=True)])
        written += len(batch)
        progress(f"{written:,} of {count:,} made-up passages written")
    store.optimise()


def _to_indexed(made_up: MadeUp, real: Sequence[StoredPassage], vector: Vector) -> IndexedArticle:
    """The record of a made-up passage, with the tokens and the terms of the sentences that it has."""
    own, passage = made_up.real, made_up.real.passage
    first, second = real[made_up.first].tokens, real[made_up.second].tokens
    rest = len(second.counts) - made_up.tail
    tokens = QuantizedTokens(
        np.concatenate([first.codes[: sum(first.counts[: made_up.head])], second.codes[sum(second.counts[:rest]) :]]),
        first.counts[: made_up.head] + second.counts[rest:],
    )
    tail = passage.text[passage.sentences[made_up.head].start :] if made_up.tail else ""
    found = f"{_terms(own.text.removesuffix(tail))} {_terms(tail)}".strip()
    without_duplicates = minhash_signature(())
    return IndexedArticle(own.article, "made up", (IndexedPassage(passage, found, vector, tokens),), without_duplicates)


@cache
def _terms(text: str) -> str:
    return " ".join(terms(text))
