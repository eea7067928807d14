"""Whatever is sent to be written, the answer is a problem document, nothing is stored, and the server goes on."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalil.settings import IndexingSettings
from tests.integration.api_service import ARTICLES, app_over, filled, serving

JSON = {"Content-Type": "application/json"}
TEXT = "جملة أولى."
CAP = 3 * 20_000 + 262_144


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = filled(tmp_path_factory.mktemp("index"))
    with serving(app_over(path, host="127.0.0.1", indexing=IndexingSettings(max_article_bytes=20_000))) as client:
        yield client


@dataclass(frozen=True)
class Bad:
    name: str
    status: int
    type: str
    body: bytes
    path: str = "new"
    pointer: str | None = None
    headers: tuple[tuple[str, str], ...] = tuple(JSON.items())


def field(name: str, value: object, pointer: str | None = None) -> Bad:
    """An article whose field is of the wrong shape."""
    body = json.dumps({"text": TEXT, name: value}).encode()
    return Bad(f"{name}: {value!r:.30}", 422, "invalid-request", body, pointer=pointer or f"/{name}")


def refused(reason: str, article_id: str = "new", **fields: object) -> Bad:
    """An article that the pipeline refuses."""
    body = json.dumps({"text": TEXT, **fields}).encode()
    return Bad(reason, 400, "invalid-article", body, quote(article_id, safe=""))


CASES = [
    Bad("no text", 422, "invalid-request", b"{}", pointer="/text"),
    field("text", None),
    field("text", 5),
    field("text", ["جملة."]),
    field("title", 5),
    field("title", {"ar": "عنوان"}),
    field("source", False),
    field("url", 1),
    field("language", 1),
    field("published_at", 20_241_011),
    field("published_at", 1_700_000_000.5),
    field("published_at", "yesterday"),
    field("published_at", "2024-02-30"),
    field("published_at", "9999-12-31T23:00:00-10:00"),
    field("published_at", ["2024-10-11"]),
    field("metadata", None),
    field("metadata", []),
    field("metadata", {"a": 1}, "/metadata/a"),
    field("metadata", {"a": None}, "/metadata/a"),
    field("metadata", {"a": {"b": "c"}}, "/metadata/a"),
    field("id", "other"),
    field("content", TEXT),
    field("author", "x"),
    field("a/b~c", 1, "/a~1b~0c"),
    Bad("a list", 422, "invalid-request", b"[]", pointer=""),
    Bad("a string", 422, "invalid-request", b'"text"', pointer=""),
    Bad("nothing", 422, "invalid-request", b"", pointer=""),
    Bad("not JSON", 422, "malformed-request", TEXT.encode()),
    Bad("cut JSON", 422, "malformed-request", b'{"text": "a"'),
    Bad("not UTF-8", 422, "malformed-request", b'{"text": "\xff"}'),
    Bad("a byte order mark before the JSON", 422, "malformed-request", b'\xef\xbb\xbf{"text": "a"}'),
    Bad("the same name twice", 422, "malformed-request", b'{"text": "a", "text": "b"}'),
    Bad("lone surrogate", 422, "malformed-request", b'{"text": "a\\ud800b"}'),
    Bad("lone surrogate in metadata", 422, "malformed-request", b'{"text": "a", "metadata": {"\\udfff": ""}}'),
    Bad("deeply nested", 422, "malformed-request", b'{"text":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    Bad("a form", 415, "unsupported-media-type", b"text=a", headers=(("Content-Type", "text/plain"),)),
    Bad("no content type", 415, "unsupported-media-type", b'{"text": "a"}', headers=()),
    Bad("body one byte too large", 413, "body-too-large", b'{"text": "a"}'.ljust(CAP + 1)),
    Bad("id not UTF-8", 422, "malformed-request", b'{"text": "a b"}', "%FF"),
    Bad("surrogate in the id", 422, "malformed-request", b'{"text": "a b"}', "%ED%A0%80"),
    Bad("id of 2,000 letters", 422, "invalid-request", b'{"text": "a b"}', "x" * 2_000),
    refused("id of too many bytes", "ش" * 300),
    refused("no id", ""),
    refused("blank id", "  "),
    Bad("a dot for an id", 400, "invalid-article", b'{"text": "a b"}', "%2E"),
    Bad("two dots for an id", 400, "invalid-article", b'{"text": "a b"}', "%2E%2E"),
    refused("NUL in the id", "a\x00b"),
    refused("tab in the id", "a\tb"),
    Bad("line end behind the id", 422, "malformed-request", b'{"text": "a b"}', "weapons%0A"),
    Bad("line end in the id", 404, "not-found", b'{"text": "a b"}', "a%0Ab"),
    refused("empty text", text=""),
    refused("blank text", text=" \n\u00a0"),
    refused("a byte order mark alone", text="\ufeff"),
    refused("nothing but boilerplate", text="عاجل\nشاركها"),
    refused("a binary file", text="a\x01\x02\x03"),
    refused("NUL in the text", text="جملة\x00."),
    refused("NUL in metadata", metadata={"a": "\x00"}),
    refused("text too long", text="ك" * 10_001),
    refused("title too long", title="ع" * 1_001),
    refused("source too long", source="ع" * 513),
    refused("metadata field too long", metadata={"a": "ع" * 10_000}),
    refused("too much metadata", metadata={f"{number}": "x" * 9_000 for number in range(6)}),
    refused("script for an url", url="javascript:alert(1)"),
    refused("no language", language="العربية"),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_a_bad_article_gets_its_problem_and_nothing_is_stored(client: httpx.Client, bad: Bad) -> None:
    response = client.put(f"/v1/articles/{bad.path}", content=bad.body, headers=dict(bad.headers))
    assert response.status_code == bad.status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{bad.type}"
    assert problem["detail"]
    assert len(response.content) < 5_000
    if bad.pointer is not None:
        assert problem["errors"][0]["pointer"] == bad.pointer
    listed = client.get("/v1/articles").json()["articles"]
    assert [article["id"] for article in listed] == sorted(article.id for article in ARTICLES)


@pytest.mark.parametrize(
    ("path", "status", "type_"),
    [
        ("nowhere", 404, "article-not-found"),
        ("", 404, "article-not-found"),
        ("weapons/", 404, "article-not-found"),
        ("Weapons", 404, "article-not-found"),
        ("%27%20OR%201%3D1%20--", 404, "article-not-found"),
        ("*", 404, "article-not-found"),
        ("%00", 404, "article-not-found"),
        ("%FF", 422, "malformed-request"),
        ("weapons%0A", 422, "malformed-request"),
        ("x" * 2_000, 422, "invalid-request"),
    ],
)
def test_nothing_is_deleted_by_a_wrong_id(client: httpx.Client, path: str, status: int, type_: str) -> None:
    response = client.delete(f"/v1/articles/{path}")
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{type_}")
    assert len(client.get("/v1/articles").json()["articles"]) == len(ARTICLES)


@pytest.mark.parametrize(
    ("method", "path", "status", "type_"),
    [
        ("POST", "/v1/articles:import?name=%FF.txt", 422, "malformed-request"),
        ("POST", f"/v1/articles:import?name={'x' * 2_000}.txt", 422, "invalid-request"),
        ("POST", "/v1/articles:import?file=a.txt", 422, "invalid-request"),
        ("POST", "/v1/articles:import/", 404, "not-found"),
        ("GET", "/v1/articles:import", 405, "method-not-allowed"),
        ("PUT", "/v1/articles:import", 405, "method-not-allowed"),
        ("PUT", "/v1/articles", 405, "method-not-allowed"),
        ("DELETE", "/v1/articles", 405, "method-not-allowed"),
        ("PATCH", "/v1/articles/weapons", 405, "method-not-allowed"),
    ],
)
def test_what_is_not_served_is_refused(client: httpx.Client, method: str, path: str, status: int, type_: str) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    response = client.request(method, path, content=b"x", headers=headers)
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{type_}")


def test_a_body_of_just_the_cap_is_served(client: httpx.Client) -> None:
    content = json.dumps({"text": "ك" * 10_000}).encode().ljust(CAP)
    assert client.put("/v1/articles/long", content=content, headers=JSON).is_success
    assert client.delete("/v1/articles/long").status_code == 204


def test_a_large_body_that_does_not_announce_its_size_is_stopped_as_it_comes(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"text": "'
        for _ in range(CAP // 1024 + 1):
            yield b"x" * 1024

    response = client.put("/v1/articles/long", content=endless(), headers=JSON)
    assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize("head", ["PUT /v1/articles/new", "POST /v1/articles:import?name=new.txt"])
def test_a_client_that_hangs_up_halfway_does_no_harm(client: httpx.Client, head: str) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
        content_type = "application/json" if head.startswith("PUT") else "application/octet-stream"
        connection.sendall(f"{head} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n".encode())
        connection.sendall(b'Content-Length: 1000\r\n\r\n{"text": "')
    assert client.get("/readyz").status_code == 200
    assert client.get("/v1/articles/new").status_code == 404


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("text", "title", "source", "published_at", "url", "language", "metadata")
BODIES = st.fixed_dictionaries(
    {"text": st.text(st.characters(exclude_categories=[])) | st.just(TEXT)},
    optional={name: VALUES | st.just(TEXT) for name in FIELDS[1:]},
)


@settings(max_examples=150, deadline=None)
@given(content=VALUES | BODIES)
def test_no_json_makes_the_server_fail(client: httpx.Client, content: object) -> None:
    response = client.put("/v1/articles/fuzzed", content=json.dumps(content).encode(), headers=JSON)
    assert response.status_code in {200, 201, 400, 422}, response.text
    if response.is_success:
        assert isinstance(content, dict)
        kept = content["text"].removeprefix("\ufeff").replace("\r\n", "\n")
        assert client.get("/v1/articles/fuzzed").json()["text"] == kept


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=40), suffix=st.sampled_from([".txt", ".jsonl", ".md"]), content=st.binary(max_size=100))
def test_no_file_makes_the_server_fail(client: httpx.Client, name: str, suffix: str, content: bytes) -> None:
    response = client.post(
        f"/v1/articles:import?name={quote(name + suffix)}",
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert response.status_code in {200, 415}, response.text
    if response.status_code == 200:
        assert json.loads(response.text.splitlines()[-1])["event"] == "done"


@settings(max_examples=50, deadline=None)
@given(name=st.binary(max_size=60))
def test_no_address_makes_the_server_fail(client: httpx.Client, name: bytes) -> None:
    for method in ("PUT", "DELETE"):
        response = client.request(method, f"/v1/articles/{quote(name)}", content=b'{"text": ""}', headers=JSON)
        assert response.status_code < 500
