"""What /metrics says after known requests."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import GeneratorUnavailable
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import app_over, build, filled, path, serving
from tests.integration.generators import Breaking, written_by

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(app_over(filled(tmp_path), host="127.0.0.1")) as client:
        yield client


class Samples:
    """The samples of one scrape."""

    def __init__(self, client: httpx.Client) -> None:
        response = client.get("/metrics")
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        """The value of a sample, 0 if there is none."""
        return self._samples.get((name, frozenset(labels.items())), 0.0)


def test_requests_are_counted_by_the_path_of_their_route(server: httpx.Client) -> None:
    for article_id in ("weapons", "undated", "nowhere"):
        server.get(path(article_id))
    server.head("/healthz")
    server.get("/no/such/page")
    server.request("BREW", "/healthz")
    found = Samples(server)
    article = {"method": "GET", "route": "/v1/articles/{article_id:path}"}
    assert found("dalil_http_requests_total", **article, status="200") == 2
    assert found("dalil_http_requests_total", **article, status="404") == 1
    assert found("dalil_http_requests_total", method="HEAD", route="/healthz", status="200") == 1
    assert found("dalil_http_requests_total", method="GET", route="none", status="404") == 1
    assert found("dalil_http_requests_total", method="other", route="/healthz", status="405") == 1
    assert found("dalil_http_request_seconds_count", route="/v1/articles/{article_id:path}") == 3


def test_searches_and_answers_are_measured_by_stage(server: httpx.Client) -> None:
    server.get("/v1/search", params={"q": QUESTION}).raise_for_status()
    answer = server.post("/v1/answer", json={"question": QUESTION}).json()
    server.post("/v1/answer", json={"question": "شكرا"}).raise_for_status()
    found = Samples(server)
    for stage in ("analyze", "encode", "search", "rerank"):
        assert found("dalil_stage_seconds_count", stage=stage) == 2
    assert found("dalil_stage_seconds_count", stage="evidence") == 1
    drafts = len(answer["sentences"]) + len(answer["dropped"])
    assert found("dalil_stage_seconds_count", stage="verify") == drafts
    assert found("dalil_stage_seconds_count", stage="generate") == drafts + 1
    answered = {"status": "answered", "generator": "extractive", "refusal_reason": ""}
    assert found("dalil_answers_total", **answered) == 1
    refused = {"status": "insufficient_evidence", "generator": "extractive", "refusal_reason": "not_a_question"}
    assert found("dalil_answers_total", **refused) == 1
    assert found("dalil_answer_confidence_count") == 1
    assert found("dalil_answer_confidence_sum") == pytest.approx(answer["confidence"], abs=0.001)


def test_queues_the_index_and_the_model_are_reported(server: httpx.Client) -> None:
    found = Samples(server)
    for pool in ("searches", "answers"):
        assert found("dalil_workers", pool=pool) >= 4
        assert (found("dalil_workers_busy", pool=pool), found("dalil_queue_length", pool=pool)) == (0, 0)
    assert (found("dalil_index_up"), found("dalil_index_articles"), found("dalil_index_passages")) == (1, 3, 3)
    assert found("dalil_index_bytes") > 10_000
    assert time.time() - 600 < found("dalil_index_last_write_timestamp_seconds") <= time.time()


def test_writes_are_counted_with_the_passages_that_they_embed(server: httpx.Client) -> None:
    for text in ("خبر واحد.", "خبر واحد.", "خبر آخر."):
        server.put(path("new"), json={"text": text}).raise_for_status()
    assert server.put(path("empty"), json={"text": " "}).status_code == 400
    found = Samples(server)
    for outcome, number in (("added", 1), ("replaced", 1), ("unchanged", 1), ("rejected", 1)):
        assert found("dalil_articles_written_total", outcome=outcome) == number
    assert found("dalil_embedded_passages_total") == 2
    assert found("dalil_indexing_seconds_total") > 0


def test_failures_of_the_language_model_are_counted(tmp_path: Path) -> None:
    breaking = Breaking(GeneratorUnavailable("the model is gone"))
    with serving(create_app(ApiSettings(), lambda: written_by(breaking, filled(tmp_path)))) as client:
        client.post("/v1/answer", json={"question": QUESTION}).raise_for_status()
        assert Samples(client)("dalil_generator_failures_total") == 1


def test_without_an_index_the_other_metrics_are_still_there(tmp_path: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), FakeEmbedder()))) as client:
        client.get("/healthz")
        found = Samples(client)
    assert found("dalil_index_up") == 0
    assert found("dalil_http_requests_total", method="GET", route="/healthz", status="200") == 1
