"""A running server follows a rebuild that another process does."""

from collections.abc import Iterable, Iterator

import httpx
import pytest

from api.app import create_app
from dalil.bootstrap import fingerprint_of
from dalil.embedding.base import Embedder
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.generations import Follower, open_next
from dalil.indexing.loaders import Item
from dalil.indexing.report import Report
from dalil.settings import ApiSettings
from dalil.stores.base import Generation, PassageStore
from tests.integration.api_service import ARTICLES, WEAPONS, Stores, build, fill, ids, path, serving


@pytest.fixture
def client(stores: Stores) -> Iterator[httpx.Client]:
    with stores() as store:
        fill(store, FakeEmbedder())
    with serving(create_app(ApiSettings(), lambda: build(stores(), FakeEmbedder()), host="127.0.0.1")) as client:
        yield client


def rebuild(stores: Stores, embedder: Embedder) -> None:
    """Each sentence becomes a passage."""
    encoder = Encoder(embedder, Centres.none(embedder.dimension))

    def index(items: Iterable[Item], store: PassageStore, *, prune: bool = False, optimise: bool = True) -> Report:
        chunker = Chunker(embedder.count_tokens, 8)
        return pipeline.index(items, store, encoder, chunker, 8, prune=prune, optimise=optimise)

    with stores() as live:
        follower = Follower(live, open_next(live, fingerprint_of(embedder)), index)
        follower.catch_up(optimise=True)
        follower.swap(Generation.NEXT)


def passages(client: httpx.Client) -> int:
    hits = (
        client.post("/v1/search", json={"query": "صواريخ كوريا الشمالية", "limit": 50, "collapse": False})
        .raise_for_status()
        .json()["hits"]
    )
    return sum(hit["article"]["id"] == WEAPONS.id for hit in hits)


def test_a_server_finds_and_writes_what_it_should_after_a_rebuild_without_a_restart(
    client: httpx.Client, stores: Stores
) -> None:
    assert passages(client) == 1
    rebuild(stores, FakeEmbedder())
    assert passages(client) > 1
    assert client.put(path("new"), json={"text": "أرسلت كوريا الشمالية صواريخ."}).json()["outcome"] == "added"
    assert ids(client) == sorted([*(article.id for article in ARTICLES), "new"])
    assert f"dalil_index_articles {len(ARTICLES) + 1}.0" in client.get("/metrics").text
    with stores() as store:
        assert "new" not in store.generation(Generation.PREVIOUS).versions()


def test_a_server_of_another_model_writes_nothing_after_the_rebuild(client: httpx.Client, stores: Stores) -> None:
    assert passages(client) == 1
    rebuild(stores, FakeEmbedder(dimension=16))
    put = client.put(path("new"), json={"text": "أرسلت كوريا الشمالية صواريخ."})
    assert (put.status_code, put.json()["type"]) == (503, "/problems/index-mismatch")
    found = client.post("/v1/search", json={"query": "صواريخ"})
    assert (found.status_code, found.json()["type"]) == (503, "/problems/index-mismatch")
    with stores() as store:
        assert store.versions().keys() == {article.id for article in ARTICLES}
