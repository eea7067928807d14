"""Server-sent events out of work that blocks."""

import logging
from collections.abc import Generator, Iterator
from itertools import chain

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.errors import FAILED, INTERNAL, document, kind_of
from api.openai_errors import as_openai

_log = logging.getLogger(__name__)

# No line breaks in JSON, but in the eyes of some who read a response by lines.
_NO_BREAKS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}


class EventStream(StreamingResponse):
    """Sends each JSON text of a generator as an event, as soon as there is one.

    The first is waited for here: what is raised before it is a failure like any other. One after it is told in a last
    event, as an error of OpenAI's. The generator runs in worker threads, and is closed when the response ends, however
    that comes: of a client that went away it hears when it next yields.
    """

    def __init__(self, scope: Scope, texts: Generator[str, None, None]) -> None:
        self._texts = texts
        events = map(_event, chain([next(texts)], self._rest(scope)))
        # nginx would collect the events.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response as ASGI asks it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._texts.close)

    def _rest(self, scope: Scope) -> Iterator[str]:
        try:
            yield from self._texts
        except Exception as error:  # noqa: BLE001 - it is logged below, with its traceback where that can help
            kind, request_id = kind_of(error), scope["state"]["request_id"]
            if kind is INTERNAL:
                _log.exception("request %s failed in mid-stream", request_id)
            else:
                _log.warning("request %s, in mid-stream: %s", request_id, error)
            told = document(scope, kind, FAILED if kind is INTERNAL else str(error))
            yield as_openai(told).model_dump_json()


def _event(text: str) -> str:
    return f"data: {text.translate(_NO_BREAKS)}\n\n"
