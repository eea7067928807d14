"""Server-sent events from a generator that blocks."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator

from fastapi import Request
from fastapi.sse import EventSourceResponse, ServerSentEvent, format_sse_event
from starlette.types import Receive, Scope, Send

from api.http.problems import stream_problem
from api.http.worker_pool import WorkerPool
from dalil.wire.problems import Problem

ESCAPED_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}
"""For `str.translate` of JSON: it allows these characters, but some clients end a line at them."""

NO_BUFFERING = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers of a response that is read while it is written; without the second nginx collects it first."""


class EventStream(EventSourceResponse):
    """Sends each event of a generator as soon as the generator yields it.

    If the client disconnects, the generator is closed at its next yield. A failure of the generator becomes the last
    event, which `make_failure` makes of the problem.
    """

    def __init__(
        self,
        scope: Scope,
        first: ServerSentEvent,
        rest: AsyncGenerator[ServerSentEvent, None],
        make_failure: Callable[[Problem], ServerSentEvent],
    ) -> None:
        self._first = first
        self._rest = rest
        self._make_failure = make_failure
        super().__init__(self._chunks(scope), headers=NO_BUFFERING)

    @classmethod
    async def open(
        cls,
        request: Request,
        pool: WorkerPool,
        events: Generator[ServerSentEvent, None, None],
        make_failure: Callable[[Problem], ServerSentEvent],
    ) -> "EventStream":
        """The response, once the first event is there: a failure before it gets its own status."""
        rest = pool.stream(events, request)
        return cls(request.scope, await anext(rest), rest, make_failure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response (ASGI)."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._rest.aclose()

    async def _chunks(self, scope: Scope) -> AsyncIterator[bytes]:
        yield _encode(self._first)
        try:
            async for event in self._rest:
                yield _encode(event)
        except Exception as error:  # noqa: BLE001 - it is logged, and the client gets it as an event
            yield _encode(self._make_failure(stream_problem(scope, error)))


def _encode(event: ServerSentEvent) -> bytes:
    text = None if event.raw_data is None else event.raw_data.translate(ESCAPED_LINE_ENDS)
    return format_sse_event(data_str=text, event=event.event)
