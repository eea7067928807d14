"""Whatever is sent, the answer is a problem document of the documented type, and the server goes on."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalil.settings import ApiSettings
from tests.integration.api_service import WEAPONS, app_over, filled, serving

JSON = {"Content-Type": "application/json"}
CAP = ApiSettings().max_body_bytes


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(app_over(filled(tmp_path_factory.mktemp("index")))) as client:
        yield client


@dataclass(frozen=True)
class Bad:
    name: str
    status: int
    type: str
    path: str = "/v1/search"
    method: str = "POST"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    pointer: str | None = None


def body(name: str, content: object, type_: str = "invalid-request", pointer: str | None = None) -> Bad:
    status = 400 if type_ == "invalid-query" else 422
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Bad(name, status, type_, body=raw, pointer=pointer)


def link(name: str, query: str, type_: str = "invalid-request", pointer: str | None = None) -> Bad:
    status = 400 if type_ == "invalid-query" else 422
    return Bad(name, status, type_, path=f"/v1/search?{query}", method="GET", headers={}, pointer=pointer)


def filtered(name: str, filters: object, type_: str = "invalid-request", pointer: str | None = None) -> Bad:
    return body(name, {"query": "سؤال", "filters": filters}, type_, pointer)


def marked(name: str, query: str, pointer: str = "") -> Bad:
    path = f"/articles/{WEAPONS.id}?{query}"
    return Bad(f"page with {name}", 422, "invalid-request", path, "GET", headers={}, pointer=pointer)


CASES = [
    body("empty question", {"query": ""}, "invalid-query"),
    body("blank question", {"query": " \n\t "}, "invalid-query"),
    body("question without a word", {"query": "؟؟ -- !"}, "invalid-query"),
    body("question too long", {"query": "س" * 1001}, "invalid-query"),
    body("long question of escapes", {"query": "\U000e0001" * 900}, "invalid-query"),
    body("NUL in the question", {"query": "a\x00b"}, "invalid-query"),
    body("control character in the question", {"query": "a\x1bb"}, "invalid-query"),
    body("C1 control character in the question", {"query": "a\x85b"}, "invalid-query"),
    body("lone surrogate in the question", b'{"query": "a\\ud800b"}', "malformed-request"),
    body("lone surrogate in a name", b'{"query": "a", "\\udc00": 1}', "malformed-request"),
    body("lone surrogate in a filter", b'{"query": "a", "filters": {"sources": ["\\udfff"]}}', "malformed-request"),
    body("question missing", {}, pointer="/query"),
    body("question null", {"query": None}, pointer="/query"),
    body("question a number", {"query": 5}, pointer="/query"),
    body("question a list", {"query": ["a"]}, pointer="/query"),
    body("limit 0", {"query": "a", "limit": 0}, pointer="/limit"),
    body("limit negative", {"query": "a", "limit": -1}, pointer="/limit"),
    body("limit 101", {"query": "a", "limit": 101}, pointer="/limit"),
    body("limit a string", {"query": "a", "limit": "10"}, pointer="/limit"),
    body("limit a fraction", {"query": "a", "limit": 1.5}, pointer="/limit"),
    body("limit true", {"query": "a", "limit": True}, pointer="/limit"),
    body("limit null", {"query": "a", "limit": None}, pointer="/limit"),
    body("limit of 400 digits", b'{"query": "a", "limit": ' + b"9" * 400 + b"}", pointer="/limit"),
    body("limit of 5000 digits", b'{"query": "a", "limit": ' + b"9" * 5000 + b"}", "malformed-request"),
    body("limit beyond a float", b'{"query": "a", "limit": 1e400}', pointer="/limit"),
    body("unknown mode", {"query": "a", "mode": "fuzzy"}, pointer="/mode"),
    body("explain a string", {"query": "a", "explain": "true"}, pointer="/explain"),
    body("unknown field", {"query": "a", "lang": "ar"}, pointer="/lang"),
    body("unknown field to be escaped", {"query": "a", "a/b~c": 1}, pointer="/a~1b~0c"),
    body("unknown field of 50,000 letters", {"query": "a", "x" * 50_000: 1}),
    filtered("filters null", None, pointer="/filters"),
    filtered("filters a list", [], pointer="/filters"),
    filtered("unknown filter", {"author": "x"}, pointer="/filters/author"),
    filtered("ids a string", {"article_ids": "a"}, pointer="/filters/article_ids"),
    filtered("id a number", {"article_ids": ["a", 1]}, pointer="/filters/article_ids/1"),
    filtered("id empty", {"article_ids": [""]}, pointer="/filters/article_ids/0"),
    filtered("source too long", {"sources": ["x" * 513]}, pointer="/filters/sources/0"),
    filtered("too many ids", {"article_ids": ["x"] * 1001}, pointer="/filters/article_ids"),
    filtered("many wrong ids", {"article_ids": [1] * 900}, pointer="/filters/article_ids/0"),
    filtered("date not a date", {"published_from": "yesterday"}, pointer="/filters/published_from"),
    filtered("date a number", {"published_to": 1700000000}, pointer="/filters/published_to"),
    filtered("no such day", {"published_to": "2024-02-30"}, pointer="/filters/published_to"),
    filtered("date beyond time", {"published_to": "9999-12-31T23:00:00-10:00"}, pointer="/filters/published_to"),
    filtered("dates reversed", {"published_from": "2024-03-02", "published_to": "2024-03-01"}, "invalid-query"),
    body("not JSON", b"query=a", "malformed-request"),
    body("cut JSON", b'{"query": "a"', "malformed-request"),
    body("NaN", b'{"query": "a", "limit": NaN}', "malformed-request"),
    body("Infinity", b'{"query": "a", "limit": Infinity}', "malformed-request"),
    body("the same name twice", b'{"query": "a", "query": "b"}', "malformed-request"),
    body("not UTF-8", b'{"query": "\xff\xfe"}', "malformed-request"),
    body("UTF-16", '{"query": "a"}'.encode("utf-16"), "malformed-request"),
    body("a byte order mark", b'\xef\xbb\xbf{"query": "a"}', "malformed-request"),
    body("deeply nested lists", b"[" * 30_000 + b"]" * 30_000, "malformed-request"),
    body("deeply nested objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "malformed-request"),
    body("nested question", b'{"query": ' + b"[" * 900 + b"]" * 900 + b"}", pointer="/query"),
    body("a list", [], pointer=""),
    body("a string", "query", pointer=""),
    body("null", None, pointer=""),
    body("nothing", b"", pointer=""),
    link("no question in the link", "limit=3", pointer="/q"),
    link("empty question in the link", "q=", "invalid-query"),
    link("NUL in the link", "q=a%00b", "invalid-query"),
    link("link not UTF-8", "q=a%FFb", "malformed-request"),
    link("surrogate in the link", "q=%ED%A0%80", "malformed-request"),
    link("limit 0 in the link", "q=a&limit=0", pointer="/limit"),
    link("limit a word in the link", "q=a&limit=ten", pointer="/limit"),
    link("explain a word in the link", "q=a&explain=perhaps", pointer="/explain"),
    link("unknown parameter", "q=a&language=ar", pointer="/language"),
    link("dates reversed in the link", "q=a&published_from=2024-03-02&published_to=2024-03-01", "invalid-query"),
    Bad("answer without a question", 422, "invalid-request", "/v1/answer", body=b"{}", pointer="/question"),
    Bad("empty question to answer", 400, "invalid-query", "/v1/answer", body=b'{"question": ""}'),
    Bad("no citations", 422, "invalid-request", "/v1/answer", body=b'{"question": "a", "max_citations": 0}'),
    Bad("unknown field to answer", 422, "invalid-request", "/v1/answer", body=b'{"question": "a", "query": "a"}'),
    Bad("unknown article", 404, "article-not-found", "/v1/articles/nowhere", "GET"),
    Bad("unknown article in Arabic", 404, "article-not-found", f"/v1/articles/{quote('لا شيء/١')}", "GET"),
    Bad("article id not UTF-8", 404, "article-not-found", "/v1/articles/%FF%00", "GET"),
    Bad("no article id", 404, "article-not-found", "/v1/articles/", "GET"),
    Bad("article id of 2,000 letters", 422, "invalid-request", f"/v1/articles/{'x' * 2000}", "GET"),
    Bad("page of an unknown article", 404, "article-not-found", "/articles/nowhere?start=0&end=1", "GET"),
    Bad("page of an id not UTF-8", 404, "article-not-found", "/articles/%FF%00", "GET"),
    Bad("page of no id", 404, "article-not-found", "/articles/", "GET"),
    Bad("page of an id of 2,000 letters", 422, "invalid-request", f"/articles/{'x' * 2000}", "GET"),
    marked("start without end", "start=3"),
    marked("end without start", "end=3"),
    marked("start behind end", "start=4&end=3"),
    marked("nothing to mark", "start=3&end=3"),
    marked("start below 0", "start=-1&end=3", "/start"),
    marked("end behind the text", f"start=0&end={len(WEAPONS.text) + 1}", "/end"),
    marked("offsets beyond any text", f"start={'9' * 5000}&end={'9' * 5001}", "/start"),
    marked("start a word", "start=first&end=3", "/start"),
    marked("start empty", "start=&end=3", "/start"),
    marked("end a fraction", "start=0&end=2.5", "/end"),
    Bad("page with a query not UTF-8", 422, "malformed-request", f"/articles/{WEAPONS.id}?start=%FF", "GET"),
    Bad("no such file of the pages", 404, "not-found", "/web/nothing.css", "GET"),
    Bad("traversal from the files of the pages", 404, "not-found", "/web/..%2fapp.py", "GET"),
    Bad("list of 0", 422, "invalid-request", "/v1/articles?limit=0", "GET", pointer="/limit"),
    Bad("list of 101", 422, "invalid-request", "/v1/articles?limit=101", "GET", pointer="/limit"),
    Bad("list with an unknown parameter", 422, "invalid-request", "/v1/articles?page=2", "GET", pointer="/page"),
    Bad("no such path", 404, "not-found", "/v2/search", "GET"),
    Bad("path of traversal", 404, "not-found", "/static-offline-docs/..%2f..%2fcore.py", "GET"),
    Bad("no such method", 405, "method-not-allowed", "/v1/search", "DELETE"),
    Bad("options without an origin", 405, "method-not-allowed", "/v1/search", "OPTIONS"),
    Bad("form instead of JSON", 415, "unsupported-media-type", body=b"q=a", headers={"Content-Type": "text/plain"}),
    Bad("no content type", 415, "unsupported-media-type", body=b'{"query": "a"}', headers={}),
    Bad("body one byte too large", 413, "body-too-large", body=b'{"query": "a"}'.ljust(CAP + 1)),
    Bad("large body where none belongs", 413, "body-too-large", "/healthz", "GET", body=b"x" * (CAP + 1)),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_bad_input_gets_its_problem_and_the_server_goes_on(client: httpx.Client, bad: Bad) -> None:
    response = client.request(bad.method, bad.path, content=bad.body, headers=bad.headers)
    assert response.status_code == bad.status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"/problems/{bad.type}"
    assert problem["status"] == bad.status
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in response.text
    assert len(response.content) < 20_000
    if bad.pointer is not None:
        assert problem["errors"][0]["pointer"] == bad.pointer
    assert client.post("/v1/search", json={"query": "كوريا"}).status_code == 200


def test_a_body_of_just_the_cap_is_served(client: httpx.Client) -> None:
    content = json.dumps({"query": "كوريا"}).encode().ljust(CAP)
    assert client.post("/v1/search", content=content, headers=JSON).status_code == 200


def test_a_large_body_that_does_not_announce_its_size_is_stopped_as_it_comes(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"query": "'
        for _ in range(CAP // 1024 + 1):
            yield b"x" * 1024

    response = client.post("/v1/search", content=endless(), headers=JSON)
    assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")
    assert client.get("/healthz").status_code == 200


def test_the_question_may_have_a_thousand_characters(client: httpx.Client) -> None:
    assert client.post("/v1/search", json={"query": "س" * 1000}).status_code == 200


def test_a_wrong_method_names_all_right_ones(client: httpx.Client) -> None:
    assert client.put("/v1/search").headers["Allow"] == "GET, POST, HEAD"
    assert client.post(f"/v1/articles/{WEAPONS.id}").headers["Allow"] == "DELETE, GET, PUT, HEAD"
    assert client.get("/v1/articles:import").headers["Allow"] == "POST"
    assert client.get("/v1/answer").headers["Allow"] == "POST"
    assert client.post(f"/articles/{WEAPONS.id}").headers["Allow"] == "GET, HEAD"
    assert client.post("/web/pages.css").headers["Allow"] == "GET, HEAD"
    assert client.post("/static-offline-docs/swagger-ui.css").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_known_by_its_media_type(client: httpx.Client, content_type: str) -> None:
    response = client.post("/v1/search", content=b'{"query": "a"}', headers={"Content-Type": content_type})
    assert response.status_code == 200


def test_a_client_that_hangs_up_halfway_does_no_harm(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as connection:
        connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        connection.sendall(b'Content-Length: 1000\r\n\r\n{"query": ')
    assert client.get("/readyz").status_code == 200


FIELDS = ("query", "question", "limit", "mode", "filters", "explain", "article_ids", "sources", "published_from")
NAMES = st.sampled_from(FIELDS) | st.text()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.datetimes().map(str)
    | st.sampled_from(["كوريا", "lexical", "semantic"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
REQUESTS = st.fixed_dictionaries(
    {"query": st.text(st.characters(exclude_categories=[])) | st.just("كوريا")},
    optional={
        "limit": st.integers(-1, 110) | VALUES,
        "mode": st.sampled_from(["hybrid", "lexical", "semantic"]) | VALUES,
        "explain": st.booleans() | VALUES,
        "filters": VALUES
        | st.fixed_dictionaries(
            {},
            optional={
                "article_ids": st.lists(st.text(min_size=1, max_size=20), max_size=3),
                "sources": st.lists(st.text(min_size=1, max_size=20), max_size=3),
                "published_from": st.datetimes().map(str) | st.dates().map(str),
                "published_to": st.datetimes().map(str) | st.dates().map(str),
            },
        ),
    },
)


@settings(max_examples=150, deadline=None)
@given(content=VALUES | REQUESTS, path=st.sampled_from(["/v1/search", "/v1/answer"]))
def test_no_json_makes_the_server_fail(client: httpx.Client, content: object, path: str) -> None:
    response = client.post(path, content=json.dumps(content).encode(), headers=JSON)
    assert response.status_code in {200, 400, 422}, response.text
    assert response.json()


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_make_the_server_fail(client: httpx.Client, content: bytes) -> None:
    assert client.post("/v1/search", content=content, headers=JSON).status_code == 422


@settings(max_examples=50, deadline=None)
@given(name=st.binary(max_size=60))
def test_no_address_makes_the_server_fail(client: httpx.Client, name: bytes) -> None:
    for path in ("/v1/articles/", "/v1/articles?after=", "/v1/search?q=", "/articles/", "/articles/a?start="):
        assert client.get(path + quote(name)).status_code < 500
