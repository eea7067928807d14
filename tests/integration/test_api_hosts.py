"""A page that gives its own name the address of a server of this machine (DNS rebinding)."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from api.keys import hash_of, new_key
from tests.integration.api_service import app_over, filled, serving

KEY = new_key()
FOREIGN = {"Host": "evil.example"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    app = app_over(
        filled(tmp_path_factory.mktemp("index")), host="127.0.0.1", hosts=("news.example",), keys=(hash_of(KEY),)
    )
    with serving(app) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/articles"),
        ("GET", "/articles/weapons"),
        ("GET", "/v1/articles"),
        ("GET", "/v1/articles/weapons"),
        ("GET", "/v1/search?q=x"),
        ("POST", "/v1/answer"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("POST", "/mcp"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/web/ask.js"),
        ("GET", "/readyz"),
        ("GET", "/nowhere"),
        ("HEAD", "/v1/articles"),
        ("OPTIONS", "/v1/articles"),
    ],
)
def test_nothing_is_read_under_a_foreign_name(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path, headers=FOREIGN)
    assert response.status_code == 421, response.text
    assert "كوريا" not in response.text
    assert response.headers["X-Request-ID"]


def test_the_refusal_is_a_problem_that_names_the_settings(client: httpx.Client) -> None:
    problem = client.get("/v1/articles", headers=FOREIGN).json()
    assert problem["type"] == "/problems/foreign-host"
    assert "'evil.example'" in problem["detail"]
    assert "DALIL_API__PUBLIC_URL" in problem["detail"]
    assert "DALIL_API__HOSTS" in problem["detail"]


def test_a_probe_of_the_process_is_answered_under_any_name(client: httpx.Client) -> None:
    assert client.get("/healthz", headers=FOREIGN).json() == {"status": "ok"}


def test_links_are_built_only_from_known_names(client: httpx.Client) -> None:
    hit = client.get("/v1/search?q=x", headers={"Host": "news.example"}).json()["hits"][0]
    assert hit["link"].startswith("http://news.example/articles/")


def test_whoever_has_a_key_needs_no_trick(client: httpx.Client) -> None:
    for key, status in ((KEY, 200), (KEY[:-1], 421)):
        response = client.get("/v1/articles", headers={**FOREIGN, "Authorization": f"Bearer {key}"})
        assert response.status_code == status


@pytest.mark.parametrize("hosts", ["Host: localhost\r\nHost: evil.example\r\n", "Host: \r\n", ""])
def test_a_request_without_one_host_is_refused(client: httpx.Client, hosts: str) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as connection:
        connection.sendall(f"GET /v1/articles HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
        assert connection.recv(1000).split()[1] in {b"400", b"421"}
