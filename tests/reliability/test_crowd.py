"""The program as people run it, with the real model, before a crowd, a language model that hangs, and slow readers."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.programs import SEEDS, Service, service
from tests.reliability.load import crowd, summary

QUESTION = "ما الأسلحة التي أرسلتها كوريا الشمالية إلى روسيا؟"
SEARCH = ("/v1/search", {"query": QUESTION})
ANSWER = ("/v1/answer", {"question": QUESTION})
PLAIN_PAGES = ("/healthz", "/readyz", "/v1/articles", "/")

pytestmark = [pytest.mark.soak, pytest.mark.model]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service("lancedb", tmp_path_factory.mktemp("seeds"), SEEDS) as running:
        yield running


def sample(client: httpx.Client, name: str) -> float:
    """The sum of a metric over its labels."""
    families = text_string_to_metric_families(client.get("/metrics").raise_for_status().text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def wait_until_idle(client: httpx.Client) -> None:
    """Return once no worker runs and nothing waits."""
    for _ in range(600):
        if sample(client, "dalil_workers_busy") == sample(client, "dalil_queue_length") == 0:
            return
        time.sleep(0.1)
    pytest.fail("workers are still at work after a minute")


def test_as_many_clients_as_there_is_room_for_are_all_served(served: Service) -> None:
    found = asyncio.run(crowd(served.client.base_url, *SEARCH, clients=32, each=5))
    print(f"32 clients: {summary(found)}")
    assert {exchange.status for exchange in found} == {200}


@pytest.mark.parametrize("request_", [SEARCH, ANSWER], ids=["search", "answer"])
def test_more_clients_are_refused_at_once_and_nothing_else_stops(
    served: Service, request_: tuple[str, dict[str, str]]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        crowding = pool.submit(lambda: asyncio.run(crowd(served.client.base_url, *request_, clients=400)))
        while not crowding.done():
            for path in PLAIN_PAGES:
                assert served.client.get(path).status_code == 200, path
        found = crowding.result()
    print(f"400 clients of {request_[0]}: {summary(found)}")
    assert {exchange.status for exchange in found} == {200, 503}, [each.failure for each in found if each.failure]
    assert all(exchange.retry_after for exchange in found if exchange.status == 503)
    wait_until_idle(served.client)
    assert served.client.post(*SEARCH[:1], json=SEARCH[1]).status_code == 200


def test_a_language_model_that_never_answers_stops_nothing_else(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(500)
        own = {
            "DALIL_GENERATOR__BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/v1",
            "DALIL_GENERATOR__TIMEOUT_SECONDS": "5",
        }
        with service("lancedb", tmp_path, SEEDS, **own) as running, ThreadPoolExecutor(1) as pool:
            answering = pool.submit(lambda: asyncio.run(crowd(running.client.base_url, *ANSWER, clients=60)))
            slowest = 0.0
            while not answering.done():
                for path in (*PLAIN_PAGES, "/v1/search?q=x"):
                    begun = time.monotonic()
                    assert running.client.get(path).status_code == 200, path
                    slowest = max(slowest, time.monotonic() - begun)
            found = answering.result()
            # The circuit is open now, so that nobody waits for the model.
            answer = running.client.post(*ANSWER[:1], json=ANSWER[1]).json()
            wait_until_idle(running.client)
    print(f"60 answers over a silent model: {summary(found)}; others within {slowest:.2f} s")
    assert {exchange.status for exchange in found} <= {200, 503}
    assert answer["status"] == "answered"
    assert answer["notes"]


def test_readers_that_take_nothing_hold_nothing(served: Service) -> None:
    host, port = served.client.base_url.host, served.client.base_url.port
    assert port
    listing = f"GET /docs HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    body = f'{{"question": "{QUESTION}", "stream": true}}'.encode()
    answer = (
        f"POST /v1/answer HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    before = len(list(Path(f"/proc/{served.pid}/fd").iterdir()))
    with ExitStack() as stack:
        for number in range(200):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            reader.connect((host, port))
            # Sixty responses are more than the buffers of both sides hold.
            reader.setblocking(False)
            reader.send(listing * 60 if number % 2 else answer)
        found = asyncio.run(crowd(served.client.base_url, *SEARCH, clients=8, each=5))
        print(f"beside 200 slow readers: {summary(found)}")
        assert {exchange.status for exchange in found} == {200}
    wait_until_idle(served.client)
    for _ in range(300):
        if len(list(Path(f"/proc/{served.pid}/fd").iterdir())) <= before + 40:
            return
        time.sleep(0.1)
    pytest.fail("connections of readers that have left are still open")
