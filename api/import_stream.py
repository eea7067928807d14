"""The response to an import: a line of JSON for whatever happens, as it happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import IO

import anyio
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.article_shapes import ImportFailed
from api.errors import told_late
from api.event_stream import NO_BREAKS
from api.imports import Import

NDJSON = "application/x-ndjson"

SECONDS_BETWEEN_EVENTS = 0.1

MOST_SILENT_SECONDS = 5.0
"""A sign of life for what gives up on a silent connection."""


class ImportStream(StreamingResponse):
    """Starts the import and tells of it until it ends; a client that goes away ends it with what has been read.

    Progress is told ten times a second at most, rejections all.
    """

    def __init__(self, scope: Scope, work: Import, file: IO[bytes], size: int) -> None:
        self._work = work
        self._file = file
        self._size = size
        # nginx would collect the lines.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(self._lines(scope), headers=headers, media_type=NDJSON)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response as ASGI asks it."""
        loop, self._finished = asyncio.get_running_loop(), asyncio.Event()

        def finished() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is there to be told
                loop.call_soon_threadsafe(self._finished.set)

        self._work.start(self._file, self._size, finished)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._work.leave()

    async def _lines(self, scope: Scope) -> AsyncIterator[str]:
        told, silent_since = self._work.progress(), anyio.current_time()
        yield _line(told)
        while not self._finished.is_set():
            with anyio.move_on_after(SECONDS_BETWEEN_EVENTS):
                await self._finished.wait()
            for rejected in self._work.rejected():
                yield _line(rejected)
            progress = self._work.progress()
            if progress != told or anyio.current_time() >= silent_since + MOST_SILENT_SECONDS:
                told, silent_since = progress, anyio.current_time()
                yield _line(progress)
        yield _line(self._last(scope))

    def _last(self, scope: Scope) -> BaseModel:
        try:
            return self._work.done()
        except Exception as error:  # noqa: BLE001 - it is logged and told
            return ImportFailed.from_problem(told_late(scope, error))


def _line(event: BaseModel) -> str:
    return f"{event.model_dump_json().translate(NO_BREAKS)}\n"
