"""Who may write to a real server, and what the others are told, before anything they send is read."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.keys import hash_of, new_key
from tests.integration.api_service import app_over, filled, serving

ORIGIN = "https://page.example"
KEY, OTHER_KEY = new_key(), new_key()
REQUESTS = (
    ("PUT", "/v1/articles/a", b'{"text": "first"}', "application/json"),
    ("DELETE", "/v1/articles/weapons", b"", "application/json"),
    ("POST", "/v1/articles:import?name=a.txt", "جملة.".encode(), "application/octet-stream"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def open_(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index, host="127.0.0.1", cors_origins=(ORIGIN,))) as client:
        yield client


@pytest.fixture(scope="module")
def closed(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index, host="0.0.0.0")) as client:
        yield client


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = filled(tmp_path_factory.mktemp("keyed"))
    with serving(app_over(path, keys=(hash_of(OTHER_KEY), hash_of(KEY)))) as client:
        yield client


def sent(client: httpx.Client, headers: dict[str, str]) -> Iterator[httpx.Response]:
    for method, path, content, content_type in REQUESTS:
        yield client.request(method, path, content=content, headers={"Content-Type": content_type, **headers})


def all_are_refused(client: httpx.Client, headers: dict[str, str], status: int, type_: str) -> None:
    for response in sent(client, headers):
        assert (response.status_code, response.json()["type"]) == (status, f"/problems/{type_}"), response.text
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https"},
    ],
    ids=str,
)
def test_a_stranger_may_not_write_to_a_local_server(open_: httpx.Client, headers: dict[str, str]) -> None:
    foreign = "Host" in headers
    all_are_refused(open_, headers, 421 if foreign else 403, "foreign-host" if foreign else "read-only")
    assert open_.get("/v1/articles/weapons", headers=headers).status_code == (421 if foreign else 200)


@pytest.mark.parametrize("host", [None, "0.0.0.0", "192.168.1.5"])
def test_a_server_that_others_may_reach_can_only_be_read(index: Path, host: str | None) -> None:
    with serving(app_over(index, host=host)) as client:
        all_are_refused(client, {}, 403, "read-only")
        refused = client.put("/v1/articles/a", json={"text": "x"})
        assert "python -m api.keys" in refused.json()["detail"]
        assert client.get("/v1/articles/weapons").status_code == 200


def test_the_servers_own_page_and_those_of_named_origins_may_write(open_: httpx.Client) -> None:
    own = f"http://{open_.base_url.host}:{open_.base_url.port}"
    for origin in (own, ORIGIN):
        response = open_.put("/v1/articles/a", json={"text": "جملة."}, headers={"Origin": origin})
        assert response.is_success, response.text


def test_a_page_of_a_named_origin_may_ask_to_put_and_delete(open_: httpx.Client) -> None:
    for method in ("PUT", "DELETE"):
        headers = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "Authorization, Content-Type",
        }
        allowed = open_.options("/v1/articles/a", headers=headers)
        assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
        assert method in allowed.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", f"Basic {KEY}", f"Bearer {KEY[:-1]}", f"Bearer {hash_of(KEY)}"],
    ids=["no header", "no key", "another scheme", "a key cut short", "the hash of a key"],
)
def test_where_there_are_keys_even_this_machine_needs_one(keyed: httpx.Client, authorization: str | None) -> None:
    all_are_refused(keyed, {"Authorization": authorization} if authorization else {}, 401, "key-needed")
    assert keyed.get("/v1/articles/weapons").status_code == 200


@pytest.mark.parametrize("key", [KEY, OTHER_KEY], ids=["one", "another"])
def test_whoever_has_a_key_may_write_from_anywhere(keyed: httpx.Client, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Host": "news.example", "X-Forwarded-For": "8.8.8.8"}
    put = keyed.put("/v1/articles/weapons", json={"text": f"جملة {key}."}, headers=headers)
    assert put.json()["outcome"] in {"added", "replaced"}
    assert [response.is_success for response in sent(keyed, headers)] == [True] * len(REQUESTS)


def test_keys_are_written_nowhere(keyed: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="api")
    told = [
        keyed.put("/v1/articles/a", json={"text": ""}, headers={"Authorization": f"Bearer {key}"}).text
        for key in (KEY, "dalil_wrong_key")
    ]
    logged = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("api"))
    assert not any(key in text for key in (KEY, "dalil_wrong_key") for text in (*told, logged))


@pytest.mark.parametrize(
    ("method", "path", "content_type"), [request[:2] + request[3:] for request in REQUESTS], ids=str
)
def test_who_may_not_write_hears_so_before_sending(
    closed: httpx.Client, method: str, path: str, content_type: str
) -> None:
    with socket.create_connection((closed.base_url.host, closed.base_url.port or 0), timeout=10) as connection:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: 100000\r\n"
        )
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_a_large_file_of_one_who_may_not_write_is_answered_and_dropped(closed: httpx.Client) -> None:
    response = closed.post(
        "/v1/articles:import", content=b"x" * 20_000_000, headers={"Content-Type": "application/octet-stream"}
    )
    assert response.status_code == 403
    assert closed.get("/healthz").status_code == 200
