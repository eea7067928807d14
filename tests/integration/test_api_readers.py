"""Read keys, limits of requests and the audit log of a real server."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.keys import hash_of, new_key
from tests.integration.api_service import RecordsOf, app_over, filled, serving

READ_KEY, WRITE_KEY = new_key(), new_key()
READS = ("/", "/v1/search?q=x", "/v1/articles", "/readyz", "/metrics", "/docs", "/articles/weapons", "/nothing")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def keyed(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index, read_keys=(hash_of(READ_KEY),), keys=(hash_of(WRITE_KEY),))) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def password(key: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'me:{key}'.encode()).decode()}"}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "headers",
    [{}, bearer("x"), password("x"), {"Authorization": "Basic x"}],
    ids=["no key", "a wrong key", "a wrong password", "no password"],
)
def test_nothing_is_read_without_a_key(keyed: httpx.Client, path: str, headers: dict[str, str]) -> None:
    response = keyed.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer, Basic")
    assert "روسيا" not in response.text


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "headers", [bearer(READ_KEY), bearer(WRITE_KEY), password(READ_KEY)], ids=["read key", "write key", "password"]
)
def test_a_key_reads_everything(keyed: httpx.Client, path: str, headers: dict[str, str]) -> None:
    assert keyed.get(path, headers=headers).status_code == (404 if path == "/nothing" else 200)


def test_a_probe_of_life_takes_no_key(keyed: httpx.Client) -> None:
    assert keyed.get("/healthz").status_code == 200


@pytest.mark.parametrize("headers", [bearer(READ_KEY), password(WRITE_KEY)], ids=["read key", "password"])
def test_neither_a_read_key_nor_a_browsers_password_writes(keyed: httpx.Client, headers: dict[str, str]) -> None:
    assert keyed.put("/v1/articles/a", json={"text": "خبر."}, headers=headers).status_code == 401


def test_each_write_leaves_a_line_with_its_writer(
    keyed: httpx.Client, caplog: pytest.LogCaptureFixture, records_of: RecordsOf
) -> None:
    with caplog.at_level(logging.INFO, "api.audit"):
        for key in (WRITE_KEY, READ_KEY):
            keyed.put("/v1/articles/a", json={"text": "خبر جديد."}, headers=bearer(key) | {"X-Request-ID": "id-1"})
        keyed.get("/v1/articles", headers=bearer(READ_KEY))
    assert [record.getMessage() for record in records_of("id-1") if record.name == "api.audit"] == [
        f"PUT /v1/articles/a 201 by {hash_of(WRITE_KEY)[:19]}",
        f"PUT /v1/articles/a 401 by {hash_of(READ_KEY)[:19]}",
    ]


def test_a_client_beyond_its_limit_waits_and_others_do_not(index: Path) -> None:
    with serving(app_over(index, rate_limit="3/hour", read_keys=(hash_of(READ_KEY),))) as client:
        statuses = [client.get("/v1/articles").status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        refused = client.get("/v1/articles")
        assert refused.json()["type"] == "/problems/too-many-requests"
        assert 0 < int(refused.headers["Retry-After"]) <= 3_600
        assert refused.headers["RateLimit-Policy"] == '"default";q=3;w=3600'
        assert refused.headers["RateLimit"].startswith('"default";r=0;t=')
        served = client.get("/v1/articles", headers=bearer(READ_KEY))
        assert (served.status_code, served.headers["RateLimit"].split(";")[1]) == (200, "r=2")
        assert client.get("/healthz").status_code == 200


def test_without_a_limit_no_header_speaks_of_one(keyed: httpx.Client) -> None:
    assert "RateLimit" not in keyed.get("/healthz").headers
