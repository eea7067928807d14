"""A real server on a real socket over a small index, for the tests of the API."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from dalil.bootstrap import assemble, fingerprint_of
from dalil.domain import Article, IndexedArticle, IndexedPassage, Passage
from dalil.embedding.base import Embedder, Role, TokenEmbeddings
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.settings import ApiSettings, IndexingSettings
from dalil.stores.base import PassageStore
from dalil.stores.lance import LanceStore
from dalil.text.analysis import terms, words
from dalil.text.minhash import minhash_signature
from dalil.text.sentences import sentence_spans
from tests.small_engine import MAX_RELATED_DROP

WEAPONS = Article(
    id="weapons",
    title="أسلحة من كوريا الشمالية",
    text="أرسلت كوريا الشمالية صواريخ باليستية إلى روسيا.\nوقال محللون إن الشحنة ضمت قذائف مدفعية أيضا.",
    source="وكالة الاختبار",
    published_at=datetime(2024, 3, 1, 12, tzinfo=UTC),
    url="https://news.example/weapons",
    metadata={"section": "سياسة"},
)
HARVEST = Article(
    id="زراعة/قمح 100%",
    title="موسم القمح",
    text="بدأ المزارعون حصاد القمح في الدلتا.\nوتتوقع الوزارة محصولا جيدا هذا العام. 🌾",
    published_at=datetime(2024, 3, 2, 23, 30, tzinfo=UTC),
)
UNDATED = Article(id="undated", title="بلا تاريخ", text="افتتح المتحف أبوابه للزوار في العاصمة.")
ARTICLES = (WEAPONS, HARVEST, UNDATED)

RecordsOf: TypeAlias = Callable[[str], list[logging.LogRecord]]
"""The log records of the request with an id."""

Stores: TypeAlias = Callable[[], PassageStore]
"""Makes a store, always on the same place."""


class FailingEmbedder(FakeEmbedder):
    """Fails as it is told to, for as long as it is told to."""

    failure: Exception | None = None

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        if self.failure:
            raise self.failure
        return super()._embed_tokens(texts, role)


def build(store: PassageStore, embedder: Embedder) -> Engine:
    """What `build_engine` puts together, over these two, with an answer to everything and all related quotes."""
    engine = assemble(store, embedder, threshold=0.0)
    return replace(engine, answerer=replace(engine.answerer, max_related_drop=MAX_RELATED_DROP))


def fill(
    store: PassageStore, embedder: Embedder, centres: Centres | None = None, articles: Iterable[Article] = ARTICLES
) -> None:
    """Index the articles, each as one passage, without rejections."""
    encoder = Encoder(embedder, centres or Centres.none(embedder.dimension))
    store.create(fingerprint_of(embedder))
    store.write([_indexed(article, encoder) for article in articles])


def _indexed(article: Article, encoder: Encoder) -> IndexedArticle:
    spans = tuple(sentence_spans(article.text))
    passage = Passage.of(article.id, 0, len(article.text), article.text, spans)
    ((vector, tokens),) = encoder.passages([(article, passage)])
    indexed = IndexedPassage(passage, " ".join(terms(article.text)), vector, tokens)
    return IndexedArticle(article, article.content_hash, (indexed,), minhash_signature(words(article.text)))


def filled(path: Path) -> Path:
    """The folder with `ARTICLES` indexed in it by the fake embedder."""
    with LanceStore(path) as store:
        fill(store, FakeEmbedder())
    return path


def app_over(
    path: Path, *, host: str | None = None, indexing: IndexingSettings | None = None, **settings: Any
) -> FastAPI:
    """The service over such a folder; `settings` are those of the API, `host` is where it believes to listen."""
    return create_app(
        ApiSettings(**settings), lambda: build(LanceStore(path), FakeEmbedder()), indexing=indexing, host=host
    )


@contextmanager
def serving(app: FastAPI, *, port: int = 0, **config: Any) -> Iterator[httpx.Client]:
    """Serve the app with uvicorn, on a free port unless one is named; the client is bound to it.

    `config` is more of uvicorn's.
    """
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, **config))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start; its log says why"
                time.sleep(0.01)
            port = listener.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def path(article_id: str) -> str:
    """Where the API serves the article."""
    return f"/v1/articles/{quote(article_id, safe='')}"


def ids(client: httpx.Client) -> list[str]:
    """The ids of the first hundred articles."""
    return [article["id"] for article in client.get("/v1/articles", params={"limit": 100}).json()["articles"]]
