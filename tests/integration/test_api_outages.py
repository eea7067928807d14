"""What is served while a part is away, and that the service mends itself."""

import logging
import shutil
import socket
import socketserver
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from dalil.bootstrap import build_store
from dalil.embedding.base import Embedder
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import DalilError, ModelUnavailable
from dalil.settings import ApiSettings, OpenSearchSettings, Settings, StoreSettings
from dalil.stores.lance import LanceStore
from dalil.stores.opensearch.store import OpenSearchStore
from tests.integration.api_service import FailingEmbedder, RecordsOf, build, fill, serving
from tests.opensearch_node import opensearch_url

REQUESTS = (
    ("POST", "/v1/search", {"query": "كوريا"}),
    ("GET", "/v1/search?q=x", None),
    ("POST", "/v1/answer", {"question": "كوريا"}),
    ("GET", "/v1/articles", None),
    ("GET", "/v1/articles/weapons", None),
)


def over(path: Path, embedder: Embedder) -> FastAPI:
    return create_app(ApiSettings(), lambda: build(LanceStore(path), embedder))


def all_are_refused_with(client: httpx.Client, type_: str) -> str:
    for method, path, json in REQUESTS:
        response = client.request(method, path, json=json)
        assert response.status_code == 503, response.text
        assert response.json()["type"] == f"/problems/{type_}"
        assert int(response.headers["Retry-After"]) > 0
    detail: str = response.json()["detail"]
    return detail


def checks(client: httpx.Client) -> dict[str, str]:
    response = client.get("/readyz")
    found = {name: check["status"] for name, check in response.json()["checks"].items()}
    ready = all(status == "ok" for status in found.values())
    assert response.status_code == (200 if ready else 503)
    assert response.json()["status"] == ("ready" if ready else "not_ready")
    return found


OK = {"store": "ok", "model": "ok", "index": "ok"}


def test_without_an_index_the_server_starts_and_serves_once_there_is_one(tmp_path: Path) -> None:
    with serving(over(tmp_path, FakeEmbedder())) as client:
        assert "python -m indexer" in all_are_refused_with(client, "index-missing")
        assert checks(client) == {**OK, "index": "failed"}
        assert client.get("/healthz").status_code == 200
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder())
        assert client.post("/v1/search", json={"query": "كوريا"}).json()["hits"]
        assert checks(client) == OK


def test_an_index_that_goes_away_is_missed_and_taken_up_again(tmp_path: Path) -> None:
    index, elsewhere = tmp_path / "index", tmp_path / "elsewhere"
    with LanceStore(index) as store:
        fill(store, FakeEmbedder())
    with serving(over(index, FakeEmbedder())) as client:
        assert client.get("/v1/articles/weapons").status_code == 200
        index.rename(elsewhere)
        assert client.get("/v1/articles/weapons").status_code == 503
        assert client.get("/readyz").status_code == 503
        elsewhere.rename(index)
        assert client.get("/v1/articles/weapons").status_code == 200
        assert checks(client) == OK


def test_an_index_whose_keyword_search_is_broken_is_not_ready_until_it_is_indexed_again(tmp_path: Path) -> None:
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder())
        store.optimise()
    with serving(over(tmp_path, FakeEmbedder())) as client:
        assert checks(client) == OK
        shutil.rmtree(tmp_path / "passages.lance" / "_indices")
        assert checks(client) == {**OK, "index": "failed"}
        with LanceStore(tmp_path) as store:
            store.optimise()
        assert checks(client) == OK
        assert client.post("/v1/search", json={"query": "كوريا", "mode": "lexical"}).json()["hits"]


def test_what_fails_names_no_folder_of_the_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(over(tmp_path, FakeEmbedder())) as client:
        for attempt in ("missing", "damaged"):
            told = [client.request(method, path, json=json).text for method, path, json in REQUESTS]
            told.append(client.get("/readyz").text)
            assert not [text for text in told if str(tmp_path) in text or "/root/" in text], attempt
            assert str(tmp_path) in caplog.text
            with LanceStore(tmp_path) as store:
                fill(store, FakeEmbedder())
            shutil.rmtree(tmp_path / "passages.lance" / "data")


def test_an_index_of_another_model_is_refused_with_the_command_that_rebuilds_it(tmp_path: Path) -> None:
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(dimension=24))
    with serving(over(tmp_path, FakeEmbedder())) as client:
        assert "python -m indexer rebuild" in all_are_refused_with(client, "index-mismatch")
        assert checks(client) == {**OK, "index": "failed"}
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder())
        assert client.post("/v1/search", json={"query": "كوريا"}).status_code == 200


def test_an_index_rebuilt_for_another_model_under_a_running_server_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.index_check.VALID_SECONDS", 0.0)
    embedder = FakeEmbedder()
    fill(LanceStore(tmp_path), embedder)
    with serving(over(tmp_path, embedder)) as client:
        assert client.post("/v1/search", json={"query": "كوريا"}).status_code == 200
        fill(LanceStore(tmp_path), FakeEmbedder(dimension=32))
        refused = client.post("/v1/search", json={"query": "كوريا"})
        assert (refused.status_code, "python -m indexer rebuild" in refused.json()["detail"]) == (503, True)


def test_an_index_rebuilt_for_another_model_while_it_was_away_is_noticed(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with LanceStore(index) as store:
        fill(store, FakeEmbedder())
    with serving(over(index, FakeEmbedder())) as client:
        assert client.get("/v1/articles").status_code == 200
        shutil.rmtree(index)
        assert client.get("/v1/articles").status_code == 503
        with LanceStore(index) as store:
            fill(store, FakeEmbedder(dimension=24))
        all_are_refused_with(client, "index-mismatch")


def test_while_the_store_is_down_every_request_is_told_so_within_three_seconds(dead_url: str) -> None:
    settings = Settings(store=StoreSettings(kind="opensearch"), opensearch=OpenSearchSettings(url=dead_url))
    app = create_app(settings.api, lambda: build(build_store(settings), FakeEmbedder()))
    with serving(app) as client:
        for method, path, json in (*REQUESTS, ("GET", "/readyz", None)):
            start = time.monotonic()
            response = client.request(method, path, json=json)
            assert time.monotonic() - start < 3  # a bound that clients are promised
            assert response.status_code == 503
            if path != "/readyz":
                assert response.json()["type"] == "/problems/store-unavailable"
        assert checks(client) == {"store": "failed", "model": "ok", "index": "unknown"}
        assert client.get("/healthz").status_code == 200


class Relay(socketserver.ThreadingTCPServer):
    """A port that refuses connections until it is activated, and then leads to the node."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, node: str) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler, bind_and_activate=False)
        self.node = httpx.URL(node)
        self.server_bind()

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:  # noqa: ARG002
        assert isinstance(request, socket.socket)
        with socket.create_connection((self.node.host, self.node.port or 80)) as node:
            back = threading.Thread(target=_pump, args=(node, request))
            back.start()
            _pump(request, node)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    while chunk := source.recv(65_536):
        sink.sendall(chunk)
    sink.shutdown(socket.SHUT_WR)


@pytest.mark.opensearch
def test_opensearch_that_was_down_is_used_once_it_is_back() -> None:
    node, index = opensearch_url(), f"test-{uuid.uuid4().hex[:12]}"
    with OpenSearchStore(urls=[node], index=index) as store:
        fill(store, FakeEmbedder())
    with Relay(node) as relay:
        url = f"http://127.0.0.1:{relay.server_address[1]}"
        app = create_app(ApiSettings(), lambda: build(OpenSearchStore(urls=[url], index=index), FakeEmbedder()))
        with serving(app) as client:
            all_are_refused_with(client, "store-unavailable")
            relay.server_activate()
            threading.Thread(target=relay.serve_forever, daemon=True).start()
            assert client.post("/v1/search", json={"query": "كوريا"}).json()["hits"]
            assert checks(client) == OK
        relay.shutdown()
    httpx.delete(f"{node}/{index}*?expand_wildcards=all").raise_for_status()


def test_a_store_that_was_broken_at_the_start_is_used_once_it_is_mended(tmp_path: Path) -> None:
    versions = tmp_path / "passages.lance" / "_versions"
    versions.mkdir(parents=True)
    (versions / "1.manifest").write_text("rubble")
    with serving(over(tmp_path, FakeEmbedder())) as client:
        all_are_refused_with(client, "store-unavailable")
        assert checks(client) == {"store": "failed", "model": "ok", "index": "unknown"}
        shutil.rmtree(versions.parent)
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder())
        assert client.post("/v1/search", json={"query": "كوريا"}).json()["hits"]
        assert checks(client) == OK


def test_a_model_that_fails_is_told_and_articles_are_served_without_it(tmp_path: Path) -> None:
    embedder = FailingEmbedder()
    with LanceStore(tmp_path) as store:
        fill(store, embedder)
    with serving(over(tmp_path, embedder)) as client:
        embedder.failure = ModelUnavailable("the model's session is gone")
        response = client.post("/v1/search", json={"query": "كوريا"})
        assert (response.status_code, response.json()["type"]) == (503, "/problems/model-unavailable")
        assert checks(client) == {**OK, "model": "failed"}
        assert client.get("/v1/articles/weapons").status_code == 200
        embedder.failure = None
        assert client.post("/v1/search", json={"query": "كوريا"}).status_code == 200
        assert checks(client) == OK


@pytest.mark.parametrize("failure", [KeyError("a secret"), DalilError("a secret")], ids=repr)
def test_a_failure_nobody_expected_tells_the_log_everything_and_the_client_nothing(
    tmp_path: Path, records_of: RecordsOf, failure: Exception
) -> None:
    embedder = FailingEmbedder()
    with LanceStore(tmp_path) as store:
        fill(store, embedder)
    with serving(over(tmp_path, embedder)) as client:
        embedder.failure = failure
        response = client.post("/v1/search", json={"query": "كوريا"}, headers={"X-Request-ID": "r5"})
        assert (response.status_code, response.json()["type"]) == (500, "/problems/internal-error")
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["X-Request-ID"] == response.json()["request_id"] == "r5"
        assert "secret" not in response.text
        logged = next(record for record in records_of("r5") if record.levelno == logging.ERROR)
        assert logged.exc_info is not None
        embedder.failure = None
        assert client.post("/v1/search", json={"query": "كوريا"}).status_code == 200


class _RefusingLogins(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def test_a_store_that_refuses_the_login_is_told_with_the_settings_to_check() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _RefusingLogins) as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{store.server_port}"
        with serving(
            create_app(ApiSettings(), lambda: build(OpenSearchStore(urls=[url], index="x"), FakeEmbedder()))
        ) as client:
            assert "DALIL_OPENSEARCH__PASSWORD" in all_are_refused_with(client, "misconfigured")
            assert checks(client) == {"store": "failed", "model": "ok", "index": "unknown"}
        store.shutdown()
