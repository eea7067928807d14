"""OpenTelemetry traces: a span for each request, and within it one for each stage of its search or answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from dalil import __version__
from dalil.domain import Answer
from dalil.observer import Observer, Stage

EXPORT_SECONDS = 2.0
"""The longest time in which a batch of spans is sent, retries included. A server that stops waits for its last one."""


class Tracing(Observer):
    """Sends spans to a collector by OTLP over HTTP, in the background. All methods may be called from any thread.

    `endpoint` is the address of the collector; `/v1/traces` is added. The standard variables `OTEL_SERVICE_NAME`,
    `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…` and `OTEL_EXPORTER_OTLP_HEADERS` have their effect.

    No span has a text of the client: questions are private. The span of a failure has the class of the exception alone,
    since its message may quote a question.
    """

    def __init__(self, endpoint: str) -> None:
        own = Resource({"service.name": "dalil", "service.version": __version__})
        self._provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("dalil", __version__)

    @contextmanager
    def span(self, name: str, parent: Context | None = None, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
        """A span that lasts as long as the context, within `parent` or else the current span."""
        started = self._tracer.start_as_current_span(
            name, parent, kind, record_exception=False, set_status_on_exception=False
        )
        with started as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise

    @contextmanager
    @override
    def stage(self, stage: Stage) -> Iterator[None]:
        with self.span(stage):
            yield

    @override
    def answered(self, answer: Answer) -> None:
        get_current_span().set_attributes(
            {
                "dalil.answer.status": answer.status,
                "dalil.answer.generator": answer.generator,
                "dalil.answer.refusal_reason": answer.refusal_reason or "",
                "dalil.answer.confidence": answer.confidence,
            }
        )

    def close(self) -> None:
        """Send the last spans. Blocks until the collector has them, or `EXPORT_SECONDS`."""
        self._provider.shutdown()


class TracingMiddleware:
    """Makes a span of each request, in the trace of the client if it sends the header `traceparent` (W3C)."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = self._propagator.extract(Headers(scope=scope))
        with self._tracing.span(scope["method"], parent, SpanKind.SERVER) as span:
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("dalil.request_id", scope["state"]["request_id"])

            async def send_with_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, send_with_status)
            finally:
                if route := getattr(scope.get("route"), "path", None):
                    span.update_name(f"{scope['method']} {route}")
                    span.set_attribute("http.route", route)
