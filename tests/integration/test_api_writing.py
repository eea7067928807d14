"""Articles put and deleted over a real socket: what is put is found, verbatim, and what is deleted is gone."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import lancedb
import pytest

from api.app import create_app
from api.ingest.article_writer import WRITES_PER_OPTIMISATION
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import ModelUnavailable
from dalil.settings import ApiSettings, IndexingSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import FailingEmbedder, Stores, app_over, build, fill, ids, path, serving

LOCAL = "127.0.0.1"
TEXT = "أرسلت كوريا الشمالية صواريخ باليستية إلى روسيا.\nوقال محللون إن الشحنة ضمت قذائف مدفعية أيضا."
ID = "أخبار/2024 50%?#"


@pytest.fixture
def client(stores: Stores) -> Iterator[httpx.Client]:
    app = create_app(ApiSettings(), lambda: build(stores(), FakeEmbedder()), host=LOCAL)
    with serving(app) as client:
        yield client


def put(client: httpx.Client, article_id: str, text: str = TEXT, **fields: Any) -> httpx.Response:
    return client.put(path(article_id), json={"text": text, **fields})


def test_what_is_put_is_found_to_the_character_until_it_is_deleted(client: httpx.Client) -> None:
    sent: dict[str, Any] = {
        "title": "أسلحة",
        "source": "وكالة",
        "published_at": "2024-10-11T18:30:00+03:00",
        "url": "https://news.example/a",
        "language": "ar",
        "metadata": {"section": "سياسة"},
    }
    first = put(client, ID, **sent)
    assert first.status_code == 201, first.text
    summary = {
        "id": ID,
        "title": "أسلحة",
        "source": "وكالة",
        "published_at": "2024-10-11T18:30:00+03:00",
        "url": "https://news.example/a",
    }
    assert first.json() == {"article": summary, "outcome": "added", "passages": 1}
    assert client.get(path(ID)).json() == {**summary, "text": TEXT, "language": "ar", "metadata": {"section": "سياسة"}}
    (hit,) = client.post("/v1/search", json={"query": "صواريخ كوريا"}).json()["hits"]
    assert (hit["article"], TEXT[hit["start"] : hit["end"]]) == (summary, hit["text"])
    best = hit["best_sentence"]
    assert TEXT[best["start"] : best["end"]] == best["text"]

    deleted = client.delete(path(ID))
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.post("/v1/search", json={"query": "صواريخ كوريا"}).json()["hits"] == []
    for gone in (client.get(path(ID)), client.delete(path(ID))):
        assert (gone.status_code, gone.json()["type"]) == (404, "/problems/article-not-found")


def test_an_article_that_changed_takes_the_place_of_the_one_before(client: httpx.Client) -> None:
    assert put(client, "a").json()["outcome"] == "added"
    same = put(client, "a")
    assert (same.status_code, same.json()["outcome"], same.json()["passages"]) == (200, "unchanged", 1)
    other = put(client, "a", "حصد المزارعون القمح في الدلتا.")
    assert (other.status_code, other.json()["outcome"], other.json()["passages"]) == (200, "replaced", 1)
    assert client.post("/v1/search", json={"query": "صواريخ", "mode": "lexical"}).json()["hits"] == []
    assert client.post("/v1/search", json={"query": "القمح", "mode": "lexical"}).json()["hits"]
    assert ids(client) == ["a"]


def test_the_first_write_makes_the_index_also_where_two_come_at_once(client: httpx.Client) -> None:
    assert client.post("/v1/search", json={"query": "كوريا"}).json()["type"] == "/problems/index-missing"
    assert client.delete(path("a")).json()["type"] == "/problems/index-missing"
    names = [f"a{number:02}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert {made.status_code for made in pool.map(lambda name: put(client, name), names)} == {201}
    assert ids(client) == names


@pytest.fixture
def lance(tmp_path: Path) -> Iterator[httpx.Client]:
    """For what has nothing to do with the kind of the store."""
    with serving(app_over(tmp_path, host=LOCAL)) as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("\ufeffجملة.", "جملة.", id="byte order mark"),
        pytest.param("جملة.\r\nأخرى.\rثالثة.\n\r", "جملة.\nأخرى.\rثالثة.\n\r", id="CRLF"),
        pytest.param("\u202eجملة\u2066 أولى.\u200f", "\u202eجملة\u2066 أولى.\u200f", id="marks of direction"),
        pytest.param("  جملة \ufeff😀𐍈.\n\n\t", "  جملة \ufeff😀𐍈.\n\n\t", id="everything else"),
        pytest.param("جملة.\x85أولى\u2028ثانية\u2029.", "جملة.\x85أولى\u2028ثانية\u2029.", id="rare line ends"),
        pytest.param("مَدْرَسَة e\u0301 ﷺ", "مَدْرَسَة e\u0301 ﷺ", id="not normalised"),
    ],
)
def test_a_text_keeps_every_character_that_a_file_would_keep(lance: httpx.Client, sent: str, kept: str) -> None:
    for ensure_ascii in (True, False):
        body = json.dumps({"text": sent}, ensure_ascii=ensure_ascii).encode()
        assert lance.put(path("a"), content=body, headers={"Content-Type": "application/json"}).is_success
        assert lance.get(path("a")).json()["text"] == kept
    for hit in lance.post("/v1/search", json={"query": "جملة مدرسة"}).json()["hits"]:
        assert kept[hit["start"] : hit["end"]] == hit["text"]


def test_what_is_left_out_is_inferred_as_of_a_file(lance: httpx.Client) -> None:
    article = put(lance, "a", "عاجل\nعنوان الخبر\nجملة أولى.", title=" ", source="", url=None, published_at="").json()
    assert article["article"] == {
        "id": "a",
        "title": "عنوان الخبر",
        "source": None,
        "published_at": None,
        "url": None,
    }
    assert lance.get(path("a")).json()["language"] == "ar"
    assert put(lance, "a", published_at="2024-10-11").json()["article"]["published_at"] == "2024-10-11T00:00:00Z"


def test_an_article_is_cut_as_the_settings_say(tmp_path: Path) -> None:
    text = " ".join(f"جملة رقم {number} وفيها كلام كثير جدا." for number in range(40))
    indexing = IndexingSettings(passage_tokens=32, max_article_bytes=5_000)
    with serving(app_over(tmp_path, host=LOCAL, indexing=indexing)) as client:
        stored = put(client, "a", text).json()
        assert stored["passages"] > 5
        assert put(client, "a", text).json() == {**stored, "outcome": "unchanged"}
        allowed = put(client, "b", "ك" * 2_400)
        assert allowed.status_code == 201, allowed.text
        refused = put(client, "a", "ك" * 2_501)
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/invalid-article")
        assert "DALIL_INDEXING__MAX_ARTICLE_BYTES" in refused.json()["detail"]
        assert put(client, "a", "x" * 300_000).status_code == 413
        assert client.get(path("a")).json()["text"] == text


def test_an_index_that_something_else_made_is_left_alone(tmp_path: Path) -> None:
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(dimension=24))
    with serving(app_over(tmp_path, host=LOCAL)) as client:
        for refused in (put(client, "a"), client.delete(path("weapons"))):
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/index-mismatch")
    with LanceStore(tmp_path) as store:
        assert store.counts().articles == 3


def test_a_model_that_fails_leaves_what_is_stored_as_it_is(tmp_path: Path) -> None:
    embedder = FailingEmbedder()
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), embedder), host=LOCAL)) as client:
        assert put(client, "a").status_code == 201
        embedder.failure = ModelUnavailable("the model's session is gone")
        refused = put(client, "a", "نص آخر.")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/model-unavailable")
        assert client.get(path("a")).json()["text"] == TEXT
        embedder.failure = None
        assert put(client, "a", "نص آخر.").json()["outcome"] == "replaced"


def test_writers_at_the_same_time_lose_nothing_and_mix_nothing(lance: httpx.Client) -> None:
    texts = {version: f"النسخة {version} من الخبر.\nوفيها جملة {version} أخرى." for version in range(12)}

    def write(version: int) -> int:
        added = put(lance, f"own-{version}", texts[version])
        assert added.status_code == 201, added.text
        return put(lance, "shared", texts[version]).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(write, texts)) <= {200, 201}
    assert ids(lance) == sorted([*(f"own-{version}" for version in texts), "shared"])
    assert lance.get(path("shared")).json()["text"] in texts.values()
    assert lance.get("/readyz").json()["checks"]["index"]["detail"] == "13 articles, 13 passages"


def test_the_store_is_optimised_once_in_a_while(lance: httpx.Client, tmp_path: Path) -> None:
    def unindexed() -> int:
        table = lancedb.connect(tmp_path).open_table("passages")
        statistics = table.index_stats(table.list_indices()[0].name)
        assert statistics is not None
        return int(statistics.num_unindexed_rows)

    for number in range(WRITES_PER_OPTIMISATION - 1):
        put(lance, f"a{number}", f"خبر رقم {number}.")
    assert unindexed() == WRITES_PER_OPTIMISATION - 1
    lance.delete(path("a0"))
    for thread in threading.enumerate():
        if thread.name == "optimise":
            thread.join()
    assert unindexed() == 0


def test_after_many_writes_the_folder_shrinks_without_a_further_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.stores.lance.OLD_VERSIONS_KEPT", timedelta(milliseconds=1))
    monkeypatch.setattr("api.ingest.article_writer.HOUSEKEEPING_SECONDS", 3.0)
    monkeypatch.setattr("api.ingest.article_writer.WRITES_PER_OPTIMISATION", 1_000)

    def size() -> int:
        return sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())

    with serving(app_over(tmp_path, host="127.0.0.1")) as client:
        for number in range(20):
            put(client, f"a{number}", f"خبر رقم {number} عن كوريا.")
        for number in range(1, 20):
            client.delete(path(f"a{number}"))
        before = size()
        join("housekeeping")
        assert size() < before / 2
        assert ids(client) == ["a0"]
        assert len(list((tmp_path / "passages.lance" / "_versions").glob("*.manifest"))) <= 2
        put(client, "b", "خبر آخر.")
        assert any(thread.name == "housekeeping" for thread in threading.enumerate())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the open files of a process")
def test_files_that_the_store_has_replaced_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ingest.article_writer.WRITES_PER_OPTIMISATION", 8)

    def open_files() -> int:
        return sum(str(tmp_path) in os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())

    with serving(app_over(tmp_path, host="127.0.0.1")) as client:
        for number in range(80):
            put(client, f"a{number}", f"خبر رقم {number} عن كوريا.")
        join("optimise")
        assert open_files() <= 1  # the writers' lock


def join(name: str) -> None:
    """Wait for the threads of this name."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(timeout=60)


def test_the_documented_examples_work(lance: httpx.Client) -> None:
    operation = lance.get("/openapi.json").json()["paths"]["/v1/articles/{article_id}"]["put"]
    for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items():
        assert lance.put(path(name), json=example["value"]).status_code == 201, name
    for status in ("400", "401", "403", "413", "415", "422", "503", "507"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
