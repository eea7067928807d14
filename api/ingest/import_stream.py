"""The response to an import: one line of JSON for each event, sent at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import IO

import anyio
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.event_stream import ESCAPED_LINE_ENDS, NO_BUFFERING
from api.http.problems import stream_problem
from api.ingest.imports import Import
from api.ingest.schemas import ImportFailed

NDJSON = "application/x-ndjson"

SECONDS_BETWEEN_EVENTS = 0.1

MAX_SILENT_SECONDS = 5.0
"""Proxies and clients may close a connection that is silent for longer."""


class ImportStream(StreamingResponse):
    """Starts the import and sends its events until it ends; a client that disconnects cancels it.

    Sends at most ten progress events a second, and every rejection.
    """

    def __init__(self, scope: Scope, work: Import, file: IO[bytes], size: int) -> None:
        self._work = work
        self._file = file
        self._size = size
        super().__init__(self._lines(scope), headers=NO_BUFFERING, media_type=NDJSON)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response (ASGI)."""
        loop, self._finished = asyncio.get_running_loop(), asyncio.Event()

        def finished() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits for the event
                loop.call_soon_threadsafe(self._finished.set)

        self._work.start(self._file, self._size, finished)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._work.cancel()

    async def _lines(self, scope: Scope) -> AsyncIterator[str]:
        sent, silent_since = self._work.progress(), anyio.current_time()
        yield _line(sent)
        while not self._finished.is_set():
            with anyio.move_on_after(SECONDS_BETWEEN_EVENTS):
                await self._finished.wait()
            for rejected in self._work.new_rejections():
                yield _line(rejected)
            progress = self._work.progress()
            if progress != sent or anyio.current_time() >= silent_since + MAX_SILENT_SECONDS:
                sent, silent_since = progress, anyio.current_time()
                yield _line(progress)
        yield _line(self._last_event(scope))

    def _last_event(self, scope: Scope) -> BaseModel:
        try:
            return self._work.result()
        except Exception as error:  # noqa: BLE001 - it is logged, and the client gets it as an event
            return ImportFailed.from_problem(stream_problem(scope, error))


def _line(event: BaseModel) -> str:
    return f"{event.model_dump_json().translate(ESCAPED_LINE_ENDS)}\n"
