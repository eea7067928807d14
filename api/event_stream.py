"""Server-sent events out of work that blocks."""

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.errors import FAILED, INTERNAL, document, kind_of
from api.problems import Problem

EVENTS = "text/event-stream"

_log = logging.getLogger(__name__)

NO_BREAKS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}
"""For `translate`: what is no line break in JSON, but in the eyes of some who read a response by lines."""


@dataclass(frozen=True, slots=True)
class Event:
    """A text without line ends, such as JSON, and what it is in a protocol that names its events."""

    text: str
    name: str | None = None

    def __str__(self) -> str:
        """The event as it is sent."""
        named = f"event: {self.name}\n" if self.name else ""
        return f"{named}data: {self.text.translate(NO_BREAKS)}\n\n"


class EventStream(StreamingResponse):
    """Sends each event of a generator as soon as there is one.

    The first is waited for here: what is raised before it is a failure like any other. One after it is told in a last
    event, which `failure` makes of its problem. The generator runs in worker threads, and is closed when the response
    ends, however that comes: of a client that went away it hears when it next yields.
    """

    def __init__(self, scope: Scope, events: Generator[Event, None, None], failure: Callable[[Problem], Event]) -> None:
        self._events = events
        self._failure = failure
        sent = map(str, chain([next(events)], self._rest(scope)))
        # nginx would collect the events.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(sent, headers=headers, media_type=EVENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response as ASGI asks it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._events.close)

    def _rest(self, scope: Scope) -> Iterator[Event]:
        try:
            yield from self._events
        except Exception as error:  # noqa: BLE001 - it is logged below, with its traceback where that can help
            kind, request_id = kind_of(error), scope["state"]["request_id"]
            if kind is INTERNAL:
                _log.exception("request %s failed in mid-stream", request_id)
            else:
                _log.warning("request %s, in mid-stream: %s", request_id, error)
            yield self._failure(document(scope, kind, FAILED if kind is INTERNAL else str(error)))
