"""A whole engine over a few articles: a real LanceDB, and the fake embedder."""

from collections.abc import Iterable
from pathlib import Path

from dalil.answering.answerer import Answerer
from dalil.answering.extractive import ExtractiveGenerator
from dalil.bootstrap import Engine, fingerprint_of
from dalil.domain import Article
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.retrieval.retriever import Retriever
from dalil.stores.lance import LanceStore
from dalil.text.aliases import Aliases


def small_engine(
    folder: Path, articles: Iterable[Article], *, threshold: float = 0.0, passage_tokens: int = 64
) -> Engine:
    """Index the articles under `folder`; the engine is the caller's to close."""
    embedder, store = FakeEmbedder(), LanceStore(folder)
    encoder = Encoder(embedder, Centres.none(embedder.dimension))
    store.create(fingerprint_of(embedder))
    items = [Loaded(article.id, article) for article in articles]
    report = index(items, store, encoder, Chunker(embedder.count_tokens, passage_tokens), 16)
    assert not report.rejected
    retriever = Retriever(store, encoder, Aliases.standard())
    answerer = Answerer(store, retriever, ExtractiveGenerator(), threshold)
    return Engine(store, fingerprint_of(embedder), embedder, retriever, answerer)
