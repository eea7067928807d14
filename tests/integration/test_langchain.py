"""The retriever for LangChain, over an engine and over a service: LangChain's own tests, and what Dalil promises."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import httpx
import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from api.app import create_app
from dalil.client import DalilClient
from dalil.domain import Filters, Mode
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import IndexMismatch, IndexMissing, InvalidQuery
from dalil.integrations.langchain import DalilRetriever
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import ARTICLES, HARVEST, UNDATED, WEAPONS, build, fill, filled, serving

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
TEXTS = {article.id: article.text for article in ARTICLES}
Source: TypeAlias = Engine | DalilClient


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with build(LanceStore(filled(tmp_path_factory.mktemp("index"))), FakeEmbedder()) as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Iterator[DalilClient]:
    app = create_app(ApiSettings(), lambda: build(engine.store, engine.embedder))
    with serving(app) as server, DalilClient(str(server.base_url)) as client:
        yield client


@pytest.fixture(params=["in process", "over HTTP"])
def source(request: pytest.FixtureRequest, engine: Engine, client: DalilClient) -> Source:
    return engine if request.param == "in process" else client


class TestStandard(RetrieversIntegrationTests):
    """What LangChain asks of every retriever."""

    @pytest.fixture(autouse=True)
    def _over(self, source: Source) -> None:
        self._source = source

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return DalilRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Source]:
        return {"source": self._source}

    @property
    def retriever_query_example(self) -> str:
        return QUESTION


def test_a_document_is_a_passage_with_where_it_stands(source: Source) -> None:
    documents = DalilRetriever(source=source).invoke(QUESTION)
    assert [document.metadata["rank"] for document in documents] == [1, 2, 3]
    for document in documents:
        text, metadata = TEXTS[document.metadata["article_id"]], document.metadata
        best = metadata["best_sentence"]
        assert text[metadata["start"] : metadata["end"]] == document.page_content
        assert text[best["start"] : best["end"]] == best["text"]
        assert best["text"] in document.page_content
    first = documents[0]
    assert {name: first.metadata[name] for name in ("article_id", "title", "source", "published_at", "url")} == {
        "article_id": WEAPONS.id,
        "title": WEAPONS.title,
        "source": WEAPONS.source,
        "published_at": "2024-03-01T12:00:00+00:00",
        "url": WEAPONS.url,
    }
    assert first.metadata["score"] >= documents[1].metadata["score"]
    undated = next(document for document in documents if document.metadata["article_id"] == UNDATED.id)
    assert (undated.metadata["published_at"], undated.metadata["source"], undated.metadata["url"]) == (None, None, None)


def test_both_ways_give_the_same_documents_whose_links_are_the_services(engine: Engine, client: DalilClient) -> None:
    def linked(document: Document) -> Document:
        link = client.base_url + document.metadata["link"]
        return document.model_copy(update={"metadata": {**document.metadata, "link": link}})

    inside = DalilRetriever(source=engine).invoke(QUESTION)
    served = DalilRetriever(source=client).invoke(QUESTION)
    assert [linked(document) for document in inside] == served
    links = {document.metadata["article_id"]: document.metadata["link"] for document in inside}
    assert re.fullmatch(rf"/articles/{quote(HARVEST.id, safe='')}\?start=\d+&end=\d+#cited", links[HARVEST.id])


def test_both_ways_tell_the_time_in_utc(tmp_path: Path) -> None:
    moved = replace(WEAPONS, published_at=datetime(2024, 3, 1, 15, tzinfo=timezone(timedelta(hours=3))))
    with build(LanceStore(tmp_path), FakeEmbedder()) as engine:
        fill(engine.store, engine.embedder, articles=[moved])
        app = create_app(ApiSettings(), lambda: build(engine.store, engine.embedder))
        with serving(app) as server, DalilClient(str(server.base_url)) as client:
            times = [DalilRetriever(source=source).invoke(QUESTION)[0].metadata for source in (engine, client)]
    assert [metadata["published_at"] for metadata in times] == ["2024-03-01T12:00:00+00:00"] * 2


def test_a_link_shows_the_article_with_the_best_sentence_marked(client: DalilClient) -> None:
    for document in DalilRetriever(source=client).invoke(QUESTION):
        page = httpx.get(document.metadata["link"], headers={"Accept": "text/html"}, trust_env=False)
        assert page.status_code == 200
        assert f">{document.metadata['best_sentence']['text']}</mark>" in page.text


def test_the_mode_and_the_filters_are_the_searchs(source: Source) -> None:
    harvest = Filters(article_ids=(HARVEST.id,))
    semantic = DalilRetriever(source=source, mode=Mode.SEMANTIC, filters=harvest).invoke(QUESTION)
    assert [document.metadata["article_id"] for document in semantic] == [HARVEST.id]
    assert DalilRetriever(source=source, mode=Mode.LEXICAL, filters=harvest).invoke(QUESTION) == []


async def test_a_call_that_is_awaited_takes_its_own_number_too(source: Source) -> None:
    documents = await DalilRetriever(source=source, k=3).ainvoke(QUESTION, k=2)
    assert documents == DalilRetriever(source=source, k=2).invoke(QUESTION)
    assert len(documents) == 2


def test_what_the_engine_refuses_is_refused_with_its_exception(source: Source) -> None:
    with pytest.raises(InvalidQuery, match="empty"):
        DalilRetriever(source=source).invoke("  ")
    with pytest.raises(InvalidQuery, match="limit"):
        DalilRetriever(source=source).invoke(QUESTION, k=0)


def test_an_index_is_missed_or_refused_in_process_as_over_http(tmp_path: Path) -> None:
    with build(LanceStore(tmp_path), FakeEmbedder()) as engine:
        retriever = DalilRetriever(source=engine)
        with pytest.raises(IndexMissing, match="python -m indexer"):
            retriever.invoke(QUESTION)
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder())
        assert retriever.invoke(QUESTION)
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder(dimension=24))
        with pytest.raises(IndexMismatch, match="rebuild"):
            retriever.invoke(QUESTION)


def test_a_mistyped_field_is_refused(source: Source) -> None:
    with pytest.raises(ValidationError, match="filter"):
        DalilRetriever.model_validate({"source": source, "filter": Filters(article_ids=(HARVEST.id,))})
    with pytest.raises(ValidationError, match="source"):
        DalilRetriever.model_validate({"source": "http://127.0.0.1:8000"})
