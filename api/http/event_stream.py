"""Server-sent events from a generator that blocks."""

from collections.abc import Callable, Generator, Iterator
from itertools import chain

import anyio
from fastapi.sse import EventSourceResponse, ServerSentEvent, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from api.http.problems import stream_problem
from dalil.wire.problems import Problem

ESCAPED_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}
"""For `str.translate` of JSON: it allows these characters, but some clients end a line at them."""

NO_BUFFERING = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers of a response that is read while it is written; without the second nginx collects it first."""


class EventStream(EventSourceResponse):
    """Sends each event of a generator as soon as the generator yields it.

    The constructor waits for the first event, so that a failure before it gets its own status. A failure after it
    becomes the last event, which `make_failure` makes of the problem. The generator runs in worker threads, and is
    closed when the response ends for any reason: if the client disconnects, the generator ends at its next yield.
    """

    def __init__(
        self,
        scope: Scope,
        events: Generator[ServerSentEvent, None, None],
        make_failure: Callable[[Problem], ServerSentEvent],
    ) -> None:
        self._events = events
        self._make_failure = make_failure
        first = next(events)
        super().__init__(map(_encode, chain([first], self._rest(scope))), headers=NO_BUFFERING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response (ASGI)."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._events.close)

    def _rest(self, scope: Scope) -> Iterator[ServerSentEvent]:
        try:
            yield from self._events
        except Exception as error:  # noqa: BLE001 - it is logged, and the client gets it as an event
            yield self._make_failure(stream_problem(scope, error))


def _encode(event: ServerSentEvent) -> bytes:
    text = None if event.raw_data is None else event.raw_data.translate(ESCAPED_LINE_ENDS)
    return format_sse_event(data_str=text, event=event.event)
