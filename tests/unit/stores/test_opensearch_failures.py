"""Whatever the other end does, only Dalil's exceptions come out: a scripted server does worse than a node."""

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dalil.domain import Candidate
from dalil.errors import IndexMissing, Misconfigured, StoreUnavailable
from dalil.stores.opensearch import store as store_module
from dalil.stores.opensearch.store import OpenSearchStore
from dalil.stores.rows import fingerprint_to_json
from tests.contracts.samples import FINGERPRINT, indexed, unit

CALLS: dict[str, Callable[[OpenSearchStore], object]] = {
    "fingerprint": lambda store: store.fingerprint(),
    "open": lambda store: store.open(FINGERPRINT),
    "create": lambda store: store.create(FINGERPRINT),
    "write": lambda store: store.write([indexed()]),
    "delete": lambda store: store.delete(["a"]),
    "optimise": lambda store: store.optimise(),
    "versions": lambda store: store.versions(),
    "counts": lambda store: store.counts(),
    "article": lambda store: store.article("a"),
    "articles": lambda store: store.articles(5),
    "search_text": lambda store: store.search_text(["x"], 5),
    "search_vector": lambda store: store.search_vector(unit(1), 5),
    "search_both": lambda store: store.search_both(["x"], unit(1), 5),
    "passages": lambda store: store.passages([Candidate("p", 1.0, unit(1))]),
    "facet_fields": lambda store: store.facet_fields([Candidate("p", 1.0, unit(1))]),
    "article_passages": lambda store: store.article_passages("a"),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())

Reply = tuple[int, object]
"""Status and body; a body that is no string is sent as JSON."""


class Server:
    """Answers every request with what `reply("METHOD /path")` says."""

    def __init__(self, reply: Callable[[str], Reply]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                status, body = reply(f"{self.command} {self.path.partition('?')[0]}")
                content = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815  names the base class asks for

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> OpenSearchStore:
        self._thread.start()
        self.store = OpenSearchStore(urls=[self.url], index="dalil")
        return self.store

    def __exit__(self, *exception: object) -> None:
        self.store.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "BULK_TRIES", 2)
    monkeypatch.setattr(store_module, "WRITE_TRIES", 3)


@every_call
def test_a_node_that_is_not_there_is_unavailable_within_three_seconds(
    call: Callable[[OpenSearchStore], object], closed_port: int
) -> None:
    begun = time.monotonic()
    store = OpenSearchStore(urls=[f"http://127.0.0.1:{closed_port}"], index="dalil")
    with store, pytest.raises(StoreUnavailable, match=str(closed_port)):
        call(store)
    assert time.monotonic() - begun < 3


@every_call
@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (500, {"error": {"type": "oops", "reason": "broken"}, "status": 500}, StoreUnavailable),
        (503, "<html>proxy", StoreUnavailable),
        (400, {"error": {"type": "parsing_exception"}, "status": 400}, StoreUnavailable),
        (429, {"error": {"type": "circuit_breaking_exception"}, "status": 429}, StoreUnavailable),
        (401, "Unauthorized", Misconfigured),
        (403, {"error": {"type": "security_exception"}, "status": 403}, Misconfigured),
        (403, {"error": {"type": "cluster_block_exception"}, "status": 403}, StoreUnavailable),
        (200, "{not json", StoreUnavailable),
        (404, {"error": {"type": "index_not_found_exception"}, "status": 404}, IndexMissing),
    ],
)
def test_every_answer_that_is_none_is_translated(
    call: Callable[[OpenSearchStore], object], status: int, body: object, wanted: type[Exception]
) -> None:
    with Server(lambda _: (status, body)) as store, pytest.raises(wanted):
        call(store)


@pytest.mark.parametrize("call", [call for name, call in CALLS.items() if name != "optimise"])
def test_something_else_at_the_address_is_unavailable(call: Callable[[OpenSearchStore], object]) -> None:
    elsewhere: Reply = (200, {"hello": ["from", "elsewhere"]})
    with Server(lambda _: elsewhere) as store, pytest.raises(StoreUnavailable, match="does not answer as it should"):
        call(store)


def test_a_node_that_hangs_is_given_up_within_three_seconds() -> None:
    # Slow: the store gives up after 2.5 s.
    def hang(request: str) -> Reply:
        time.sleep(4)
        return 200, {}

    with Server(hang) as store:
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.search_text(["x"], 5)
        assert time.monotonic() - begun < 3


class Node:
    """As much of a node as one write needs; `bulk_replies` are given in turn, the last one again and again."""

    def __init__(self, *bulk_replies: Reply, stored_passages: int = 1) -> None:
        self.bulk_replies = list(bulk_replies)
        self.bulk_requests = 0
        self.stored_passages = stored_passages

    def __call__(self, request: str) -> Reply:
        if request.endswith("/_bulk"):
            self.bulk_requests += 1
            return self.bulk_replies.pop(0) if len(self.bulk_replies) > 1 else self.bulk_replies[0]
        if request.endswith("/_refresh"):
            return 200, {"_shards": {"failed": 0}}
        if request.endswith("/_mapping"):
            mark = {"alias": "dalil", "fingerprint": fingerprint_to_json(FINGERPRINT)}
            return 200, {"dalil-1": {"mappings": {"_meta": {"dalil": mark}}}}
        bucket = {
            "key": {"article": "a", "version": "v1"},
            "doc_count": self.stored_passages,
            "highest": {"value": 0},
            "wanted": {"value": 1},
        }
        return 200, {"hits": {"hits": []}, "aggregations": {"states": {"buckets": [bucket]}}}


def item(status: int, **more: object) -> Reply:
    return 200, {"errors": status > 299, "items": [{"index": {"status": status, **more}}]}


DONE = item(201)
BUSY_ITEM = item(429, error={"type": "rejected"})
BUSY_NODE: Reply = (429, {"error": {"type": "circuit_breaking_exception"}, "status": 429})


@pytest.mark.parametrize("busy", [BUSY_ITEM, BUSY_NODE], ids=["item", "node"])
@pytest.mark.usefixtures("quick")
def test_a_busy_node_is_asked_again(busy: Reply) -> None:
    node = Node(busy, DONE)
    with Server(node) as store:
        store.write([indexed()])
    assert node.bulk_requests == 2


@pytest.mark.parametrize("busy", [BUSY_ITEM, BUSY_NODE], ids=["item", "node"])
@pytest.mark.usefixtures("quick")
def test_a_node_that_stays_busy_is_unavailable(busy: Reply) -> None:
    with Server(Node(busy)) as store, pytest.raises(StoreUnavailable, match="too busy"):
        store.write([indexed()])


def test_a_refused_passage_is_an_error_at_once() -> None:
    node = Node(item(400, error={"type": "mapper_parsing_exception"}))
    with Server(node) as store, pytest.raises(StoreUnavailable, match="mapper_parsing_exception"):
        store.write([indexed()])
    assert node.bulk_requests == 1


@pytest.mark.usefixtures("quick")
def test_a_write_that_another_writer_keeps_undoing_is_given_up() -> None:
    node = Node(DONE, stored_passages=2)
    with Server(node) as store, pytest.raises(StoreUnavailable, match="another writer"):
        store.write([indexed()])
    assert node.bulk_requests == store_module.WRITE_TRIES
