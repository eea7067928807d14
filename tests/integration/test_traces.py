"""The spans that a collector gets, over OTLP as it is on the wire."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.app import create_app
from dalil.errors import StoreUnavailable
from dalil.settings import ApiSettings
from tests.integration.api_service import app_over, filled, serving
from tests.integration.generators import Breaking, written_by

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector(ThreadingHTTPServer):
    """Keeps the spans that are sent to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[ExportTraceServiceRequest] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> Span:
        (span,) = (span for span in self.spans() if span.name == name)
        return span


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def attributes(span: Span) -> dict[str, object]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_stages_of_an_answer_are_spans_within_that_of_the_request_and_of_its_caller(
    index: Path, collector: Collector, stream: bool
) -> None:
    with serving(app_over(index, traces_endpoint=collector.url)) as client:
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "X-Request-ID": "t1"}
        client.post("/v1/answer", json={"question": QUESTION, "stream": stream}, headers=headers).raise_for_status()
    request = collector.named("POST /v1/answer")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, CALLER)
    assert request.kind == Span.SPAN_KIND_SERVER
    found = attributes(request)
    assert found["http.response.status_code"] == 200
    assert found["dalil.request_id"] == "t1"
    assert found["dalil.answer.status"] == "answered"
    stages = [span for span in collector.spans() if span.span_id != request.span_id]
    stages.sort(key=lambda span: span.start_time_unix_nano)
    assert {span.parent_span_id for span in stages} == {request.span_id}
    assert {span.trace_id.hex() for span in stages} == {TRACE}
    names = [span.name for span in stages]
    assert names[:5] == ["analyze", "encode", "search", "rerank", "evidence"]
    assert names.count("verify") > 0
    assert names[5:] == ["generate", "verify"] * names.count("verify") + ["generate"]
    assert all(request.start_time_unix_nano <= each.start_time_unix_nano <= each.end_time_unix_nano for each in stages)
    (resource,) = {each.resource.SerializeToString() for one in collector.requests for each in one.resource_spans}
    assert b"service.name" in resource
    assert not any(QUESTION.encode() in one.SerializeToString() for one in collector.requests)


def test_a_request_of_a_caller_without_traces_begins_one_and_a_failure_is_marked(
    index: Path, collector: Collector
) -> None:
    breaking = Breaking(StoreUnavailable(f"no {QUESTION}"))
    settings = ApiSettings(traces_endpoint=collector.url)
    with serving(create_app(settings, lambda: written_by(breaking, index))) as client:
        assert client.post("/v1/answer", json={"question": QUESTION}).status_code == 503
        assert client.get("/v1/search", params={"q": QUESTION}).status_code == 200
    request, search = collector.named("POST /v1/answer"), collector.named("GET /v1/search")
    assert (request.parent_span_id, search.parent_span_id) == (b"", b"")
    assert request.trace_id != search.trace_id
    assert (request.status.code, search.status.code) == (2, 0)
    (failed,) = (span for span in collector.spans() if span.status.code == 2 and span.span_id != request.span_id)
    assert (failed.name, attributes(failed)) == ("generate", {"error.type": "StoreUnavailable"})
    assert not any(QUESTION.encode() in one.SerializeToString() for one in collector.requests)


def test_a_server_without_its_collector_answers_and_ends(index: Path, collector: Collector) -> None:
    url = collector.url
    collector.server_close()
    with serving(app_over(index, traces_endpoint=url)) as client:
        assert client.post("/v1/answer", json={"question": QUESTION}).json()["status"] == "answered"
