"""Files of articles imported over a real socket: each line of the response, and what is stored in the end."""

import json
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from api.app import create_app
from dalil.embedding.base import Role, TokenEmbeddings
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import ModelUnavailable
from dalil.settings import ApiSettings, IndexingSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import FailingEmbedder, Stores, app_over, build, fill, ids, path, serving

LOCAL = "127.0.0.1"
IMPORT = "/v1/articles:import"
OCTETS = {"Content-Type": "application/octet-stream"}
NDJSON = {"Content-Type": "application/x-ndjson"}

Event: TypeAlias = dict[str, Any]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(app_over(tmp_path / "index", host=LOCAL)) as client:
        yield client


class GatedEmbedder(FakeEmbedder):
    """Embeds documents as often as it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        if role == "document":
            self.gate.acquire()
        return super()._embed_tokens(texts, role)


def lines(*articles: object) -> bytes:
    return b"\n".join(
        article if isinstance(article, bytes) else json.dumps(article, ensure_ascii=False).encode()
        for article in articles
    )


def articles(count: int, prefix: str = "خبر") -> bytes:
    return lines(*({"id": f"{prefix}-{n:03}", "text": f"{prefix} رقم {n} عن كوريا."} for n in range(count)))


def send(client: httpx.Client, name: str, content: bytes) -> list[Event]:
    """The events, of which the first is progress before any, and only the last one is final."""
    response = client.post(IMPORT, params={"name": name}, content=content, headers=OCTETS)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-cache", "no")
    events = [json.loads(line) for line in response.text.splitlines()]
    nothing = dict.fromkeys(("added", "replaced", "unchanged", "superseded", "rejected", "passages", "embedded"), 0)
    # Reading may have begun when the first event is made.
    assert events[0] == {"event": "progress", **nothing, "bytes_read": events[0]["bytes_read"], "bytes": len(content)}
    assert {event["event"] for event in events[:-1]} <= {"progress", "rejected"}
    assert events[-1]["event"] in {"done", "error"}
    return events


def counts(event: Event) -> tuple[int, int, int, int]:
    return event["added"], event["replaced"], event["unchanged"], event["rejected"]


def imports_at_work() -> bool:
    return any(thread.name.startswith("import of") for thread in threading.enumerate())


def until_no_import_is_at_work() -> None:
    for _ in range(1_000):
        if not imports_at_work():
            return
        time.sleep(0.01)
    raise AssertionError("an import goes on")


def test_good_lines_are_stored_and_each_bad_one_is_named(stores: Stores) -> None:
    content = lines(
        {"id": "a", "title": "أسلحة", "text": "أرسلت كوريا الشمالية صواريخ إلى روسيا.", "section": "سياسة"},
        b"not JSON",
        b"",
        {"id": "empty", "text": " "},
        {"id": "a", "text": "مرة أخرى."},
        {"content": "حصد المزارعون القمح.", "date": "2024-03-02"},
        {"id": "c", "text": "نص.", "published_at": "yesterday"},
        b'{"id": "\\ud800", "text": "x"}',
        b'{"id": "d", "text": "\xff"}',
        {"text": "آخر سطر في الملف."},
    )
    app = create_app(ApiSettings(), lambda: build(stores(), FakeEmbedder()), host=LOCAL)
    with serving(app) as client:
        events = send(client, "news.jsonl", content)
        refused = {event["name"]: event for event in events if event["event"] == "rejected"}
        assert list(refused) == [f"news.jsonl:{number}" for number in (2, 4, 5, 7, 8, 9)]
        assert refused["news.jsonl:2"]["reason"].startswith("bad JSON")
        assert refused["news.jsonl:4"] == {
            "event": "rejected",
            "name": "news.jsonl:4",
            "reason": "the text is empty",
            "article_id": "empty",
        }
        assert [refused[f"news.jsonl:{number}"]["article_id"] for number in (2, 5, 7)] == ["news-2", "a", "c"]
        done = events[-1]
        assert counts(done) == (3, 0, 0, 6)
        assert done["article_ids"] == ["a", "news-6", "news-10"]
        assert (done["bytes_read"], done["bytes"]) == (len(content), len(content))
        assert done["seconds"] > 0
        assert ids(client) == ["a", "news-10", "news-6"]
        assert client.get(path("a")).json()["metadata"] == {"section": "سياسة"}
        hit = client.post("/v1/search", json={"query": "صواريخ كوريا"}).json()["hits"][0]
        assert client.get(path("a")).json()["text"][hit["start"] : hit["end"]] == hit["text"]
        assert counts(send(client, "news.jsonl", content)[-1]) == (0, 0, 3, 6)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("خبر أول.txt", "\ufeffعنوان\r\nجملة أولى.", {"id": "خبر أول", "title": "عنوان", "text": "عنوان\nجملة أولى."}),
        ("b.MD", "---\nid: 007\ntitle: عنوان\n---\nجملة.", {"id": "007", "title": "عنوان", "text": "جملة."}),
        ("c.jsonl", '{"text": "جملة."}', {"id": "c-1", "title": "جملة.", "text": "جملة."}),
        (
            "d.html",
            f"<html><title>عنوان</title><article><p>{'جملة طويلة عن كوريا الشمالية. ' * 9}</p></article></html>",
            {"id": "d", "title": "عنوان"},
        ),
        ("e.htm", f"<html><article><p>{'جملة طويلة عن كوريا. ' * 9}</p></article></html>", {"id": "e"}),
    ],
    ids=lambda part: part if isinstance(part, str) and len(part) < 12 else "",
)
def test_every_format_that_the_indexer_reads_is_imported(
    client: httpx.Client, name: str, content: str, expected: dict[str, str]
) -> None:
    done = send(client, name, content.encode())[-1]
    assert (counts(done), done["article_ids"]) == ((1, 0, 0, 0), [expected["id"]])
    article = client.get(path(expected["id"])).json()
    assert {field: article[field] for field in expected} == expected
    assert counts(send(client, name, content.encode())[-1]) == (0, 0, 1, 0)


def test_a_page_that_keeps_the_parser_busy_is_refused_while_the_server_answers(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.indexing.parser_process.CPU_SECONDS", 2)
    attributes = " ".join(f"a{number}=1" for number in range(60_000))
    page = f"<html><body {attributes}><article><p>{'جملة طويلة عن كوريا الشمالية. ' * 9}</p></article></html>"
    answers = 0
    with ThreadPoolExecutor() as pool:
        importing = pool.submit(send, client, "a.html", page.encode())
        while not importing.done():
            assert client.get("/healthz").status_code == 200
            answers += not importing.done()
    *events, done = importing.result()
    (rejected,) = (event for event in events if event["event"] == "rejected")
    assert (rejected["article_id"], rejected["reason"]) == ("a", "parsing it takes more than 2 seconds of CPU time")
    assert counts(done) == (0, 0, 0, 1)
    assert answers > 10


def test_without_a_name_the_file_holds_an_article_a_line(client: httpx.Client) -> None:
    response = client.post(IMPORT, content=lines({"text": "جملة."}), headers=NDJSON)
    assert json.loads(response.text.splitlines()[-1])["article_ids"] == ["articles-1"]


@pytest.mark.parametrize(
    ("name", "article_id"),
    [
        ("../../etc/passwd.txt", "passwd"),
        ("/etc/cron.d/x.txt", "x"),
        ("C:\\Users\\me\\خبر.txt", "خبر"),
        ("..\\..\\x.txt", "x"),
        ("a.txt/", "a"),
        ("a/b/../c.d.txt", "c.d"),
        ("'; rm -rf ~ #.txt", "'; rm -rf ~ #"),
        ("%2e%2e%2fx.txt", "%2e%2e%2fx"),
        ("\u202etxt.exe.txt", "\u202etxt.exe"),
        ("<script>alert(1)<script>.txt", "<script>alert(1)<script>"),
        ("a\u2028b\x85.txt", None),
        ("a\u2028b.txt", "a\u2028b"),
        ("a\x00b.txt", None),
        ("a\nb.txt", None),
        ("\x1b[2J.txt", None),
    ],
    ids=ascii,
)
def test_of_a_name_only_what_is_no_path_counts_and_nothing_is_opened_by_it(
    client: httpx.Client, name: str, article_id: str | None
) -> None:
    *_, last = events = send(client, name, "جملة أولى.".encode())
    if article_id is None:
        (refusal,) = (event for event in events if event["event"] == "rejected")
        assert "control characters" in refusal["reason"]
        assert refusal["name"].isprintable()
        assert ids(client) == []
    else:
        assert last["article_ids"] == ids(client) == [article_id]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "news",
        "news.pdf",
        "news.pdf.gz",
        ".jsonl",
        "a.txt.exe",
        "a.txt\x00.exe",
        "../a",
        "a.txt.",
        "a.txt ",
    ],
)
def test_a_file_that_is_not_read_is_told_what_is(client: httpx.Client, name: str) -> None:
    response = client.post(IMPORT, params={"name": name}, content=b"x", headers=OCTETS)
    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")
    for suffix in (".txt", ".md", ".jsonl", ".html"):
        assert suffix in response.json()["detail"]
    assert client.get("/readyz").json()["checks"]["index"]["status"] == "failed"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "Text/Plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
def test_what_a_form_could_send_is_refused(client: httpx.Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = client.post(IMPORT, content=articles(1), headers=headers)
    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "application/x-ndjson" in response.json()["detail"]


def test_an_empty_file_is_done_at_once(client: httpx.Client) -> None:
    assert counts(send(client, "a.jsonl", b"")[-1]) == (0, 0, 0, 0)
    assert counts(send(client, "a.jsonl", b"\n\r\n \n")[-1]) == (0, 0, 0, 0)
    assert counts(send(client, "a.txt", b"")[-1]) == (0, 0, 0, 1)


def test_of_many_lines_no_refusal_is_lost_and_progress_is_told_now_and_then(client: httpx.Client) -> None:
    mixed = b"\n".join(b"bad\n" + line for line in articles(1_000).splitlines())
    events = send(client, "news.jsonl", mixed)
    refused = [event["name"] for event in events if event["event"] == "rejected"]
    assert refused == [f"news.jsonl:{number}" for number in range(1, 2_001, 2)]
    progress = [event for event in events if event["event"] == "progress"]
    assert 1 < len(progress) < 500
    assert [event["bytes_read"] for event in progress] == sorted(event["bytes_read"] for event in progress)
    assert [event["added"] for event in progress] == sorted(event["added"] for event in progress)
    for place, event in enumerate(events):
        if event["event"] != "rejected":
            assert event["rejected"] == sum(earlier["event"] == "rejected" for earlier in events[:place])
    assert counts(events[-1]) == (1_000, 0, 0, 1_000)
    assert events[-1]["article_ids"] == [f"خبر-{number:03}" for number in range(20)]


def test_what_goes_on_being_refused_is_given_up(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ingest.imports.MAX_REJECTED_ARTICLES", 10)
    events = send(client, "news.jsonl", b"bad\n" * 1_000)
    assert sum(event["event"] == "rejected" for event in events) == 11
    assert (events[-1]["type"], events[-1]["title"]) == ("/problems/invalid-article", "The article cannot be indexed")
    assert "more than 10" in events[-1]["detail"]


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with serving(app_over(tmp_path, host=LOCAL, max_import_bytes=400_000)) as client:
        content = articles(10).ljust(400_000, b"\n")
        assert counts(send(client, "a.jsonl", content)[-1]) == (10, 0, 0, 0)

        def chunks() -> Iterator[bytes]:
            yield articles(20)
            for _ in range(50):
                yield b"\n" * 10_000

        for too_large in (content + b"\n", chunks()):
            response = client.post(IMPORT, content=too_large, headers=NDJSON)
            assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")
        assert len(ids(client)) == 10


def test_an_index_that_something_else_made_is_told_before_any_event(tmp_path: Path) -> None:
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(dimension=24))
    with serving(app_over(tmp_path, host=LOCAL)) as client:
        response = client.post(IMPORT, content=articles(2), headers=NDJSON)
        assert (response.status_code, response.json()["type"]) == (503, "/problems/index-mismatch")


@pytest.mark.parametrize(
    ("failure", "type_", "detail"),
    [
        (ModelUnavailable("the session is gone"), "/problems/model-unavailable", "the session is gone"),
        (KeyError("a secret"), "/problems/internal-error", "the server failed; its log says why under this request_id"),
    ],
    ids=repr,
)
def test_a_failure_in_mid_stream_is_the_last_event(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, failure: Exception, type_: str, detail: str
) -> None:
    embedder = FailingEmbedder()
    app = create_app(
        ApiSettings(),
        lambda: build(LanceStore(tmp_path), embedder),
        indexing=IndexingSettings(batch_articles=5),
        host=LOCAL,
    )
    with serving(app) as client:
        embedder.failure = failure
        last = send(client, "news.jsonl", articles(20))[-1]
        assert set(last) == {"event", "type", "title", "detail"}
        assert (last["type"], last["detail"]) == (type_, detail)
        assert any(
            record.levelno >= logging.WARNING and "in mid-stream" in record.getMessage() for record in caplog.records
        )
        embedder.failure = None
        assert counts(send(client, "news.jsonl", articles(20))[-1]) == (20, 0, 0, 0)


def test_a_client_that_leaves_ends_the_work_and_what_is_stored_stays(tmp_path: Path) -> None:
    embedder = GatedEmbedder()
    app = create_app(
        ApiSettings(),
        lambda: build(LanceStore(tmp_path), embedder),
        indexing=IndexingSettings(batch_articles=2),
        host=LOCAL,
    )
    with serving(app) as client:
        embedder.gate.release(3)
        with client.stream("POST", IMPORT, content=articles(100), headers=NDJSON) as response:
            for line in response.iter_lines():
                if json.loads(line)["added"] >= 2:
                    break
        time.sleep(0.2)  # the server has to notice
        embedder.gate.release(1_000)
        until_no_import_is_at_work()
        stored = len(ids(client))
        assert 2 <= stored <= 10
        assert stored % 2 == 0
        assert counts(send(client, "articles.jsonl", articles(100))[-1]) == (100 - stored, 0, stored, 0)


def test_a_client_that_breaks_off_while_sending_leaves_nothing(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def chunks() -> Iterator[bytes]:
        yield articles(200)
        yield b"\n" * 2_000_000
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        client.post(IMPORT, content=chunks(), headers=NDJSON)
    assert client.get("/healthz").status_code == 200
    assert not imports_at_work()
    assert not (tmp_path / "index").exists()
    assert not [*temporary.iterdir()]


def test_imports_at_the_same_time_store_what_each_holds(stores: Stores) -> None:
    app = create_app(
        ApiSettings(), lambda: build(stores(), FakeEmbedder()), indexing=IndexingSettings(batch_articles=10), host=LOCAL
    )
    files = {f"{prefix}.jsonl": articles(30, prefix) + b"\n" + articles(5, "shared") for prefix in ("a", "b", "c")}
    with serving(app) as client:
        with ThreadPoolExecutor(3) as pool:
            finals = [events[-1] for events in pool.map(lambda file: send(client, *file), files.items())]
        assert [final["event"] for final in finals] == ["done"] * 3
        assert len(ids(client)) == 95
        for name, content in files.items():
            assert counts(send(client, name, content)[-1]) == (0, 0, 35, 0)


def test_articles_are_found_while_others_are_imported(tmp_path: Path) -> None:
    embedder = GatedEmbedder()
    app = create_app(
        ApiSettings(),
        lambda: build(LanceStore(tmp_path), embedder),
        indexing=IndexingSettings(batch_articles=1),
        host=LOCAL,
    )
    with serving(app) as client:
        embedder.gate.release(2)
        with client.stream("POST", IMPORT, content=articles(5), headers=NDJSON) as response:
            events = map(json.loads, response.iter_lines())
            deadline = time.monotonic() + 30
            while not client.get("/v1/articles").json().get("articles"):
                assert time.monotonic() < deadline
            found = client.post("/v1/search", json={"query": "رقم كوريا", "mode": "lexical"})
            assert found.json()["hits"][0]["article"]["id"] in {"خبر-000", "خبر-001"}
            embedder.gate.release(1_000)
            assert counts(list(events)[-1]) == (5, 0, 0, 0)


def test_a_server_that_is_stopped_in_mid_import_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.ingest.article_writer.CLOSING_SECONDS", 0.2)
    embedder = GatedEmbedder()
    app = create_app(
        ApiSettings(),
        lambda: build(LanceStore(tmp_path), embedder),
        indexing=IndexingSettings(batch_articles=1),
        host=LOCAL,
    )
    heard: list[Event] = []
    begun = threading.Event()

    def follow(url: httpx.URL) -> None:
        with (
            httpx.Client(base_url=url, timeout=30, trust_env=False) as other,
            other.stream("POST", IMPORT, content=articles(50), headers=NDJSON) as response,
        ):
            for line in response.iter_lines():
                heard.append(json.loads(line))
                if heard[-1]["added"]:
                    begun.set()

    with ThreadPoolExecutor(1) as pool:
        with serving(app, timeout_graceful_shutdown=1) as client:
            embedder.gate.release(4)
            following = pool.submit(follow, client.base_url)
            assert begun.wait(30)
        # The server is gone, though the model has never come back.
        with pytest.raises(httpx.HTTPError):
            following.result(timeout=10)
    assert "done" not in {event["event"] for event in heard}
    assert imports_at_work()
    embedder.gate.release(1_000)
    until_no_import_is_at_work()
    with LanceStore(tmp_path) as store:
        assert heard[-1]["added"] <= store.counts().articles < 50


def test_the_events_are_documented(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/articles:import"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/x-ndjson", "application/octet-stream"}
    reference = operation["responses"]["200"]["content"]["application/x-ndjson"]["schema"]["$ref"]
    event = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert set(event["discriminator"]["mapping"]) == {"progress", "rejected", "done", "error"}
