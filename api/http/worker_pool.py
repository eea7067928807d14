"""Threads for work that blocks, behind a queue of limited length.

FastAPI runs all blocking routes in one pool of 40 threads, and a request waits for one of them without end. With a pool
for each kind of work, searches do not wait for a language model. What would wait too long is refused at once.
"""

import asyncio
import contextvars
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from api.http.errors import ClientLeft, Overloaded, TimeExceeded
from dalil.settings import ApiSettings

MIN_WORKERS = 4

WORKERS_PER_CORE = 2
"""A search waits for the store for a part of its time."""

WAITING_PER_WORKER = 8
"""The default length of a queue: at 100 ms of work, the last one waits for 0.8 s."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a stream, with the exception that ended it, if any."""

    error: BaseException | None


class WorkerPool:
    """Runs blocking functions in threads, at most `workers` at a time; up to `max_waiting` others wait for their turn.

    A function whose client disconnects before its turn is not run. A request takes at most `max_seconds`, its wait
    included. A function that runs cannot be interrupted: it keeps its thread until it returns.

    All methods are called in one event loop.
    """

    def __init__(self, name: str, *, workers: int, max_waiting: int, max_seconds: float) -> None:
        self.name = name
        self.workers = workers
        self.max_waiting = max_waiting
        self._max_seconds = max_seconds
        self._running = 0
        # What starts each function, by its future result, in order of arrival.
        self._waiting: dict[object, Callable[[], None]] = {}

    @property
    def running(self) -> int:
        """The number of functions that run."""
        return self._running

    @property
    def waiting(self) -> int:
        """The number of functions that wait for their turn."""
        return len(self._waiting)

    async def run(self, work: Callable[[], _Result], request: Request | None = None) -> _Result:
        """The result of `work`, or its exception.

        `request` is the request that waits for it; None means that nobody watches for its client to disconnect. Raises
        `Overloaded`, `TimeExceeded` and `ClientLeft`.
        """
        deadline = self._deadline()
        return await self._wait(self._submit(work), request, deadline)

    async def stream(
        self, events: Generator[_Result, None, None], request: Request | None = None
    ) -> AsyncGenerator[_Result, None]:
        """The items of a blocking generator, each as soon as it is there; raises its exception, and those of `run`.

        One thread runs the whole generator, and does not wait for a slow reader. If the reader closes the stream, the
        generator is closed at its next yield.
        """
        loop, deadline = asyncio.get_running_loop(), self._deadline()
        received: asyncio.Queue[_Result | _End] = asyncio.Queue()
        closed = threading.Event()

        def work() -> None:
            with closing(events):
                for event in events:
                    if closed.is_set():
                        return
                    _call_in(loop, received.put_nowait, event)

        def end(result: "asyncio.Future[None]") -> None:
            received.put_nowait(_End(None if result.cancelled() else result.exception()))

        result = self._submit(work)
        result.add_done_callback(end)
        try:
            while True:
                item = await self._wait(asyncio.ensure_future(received.get()), request, deadline)
                if isinstance(item, _End):
                    if item.error:
                        raise item.error
                    return
                # From the first item on there is a response, which itself watches for its client to disconnect.
                request = None
                yield item
        finally:
            closed.set()
            result.cancel()

    def _submit(self, work: Callable[[], _Result]) -> "asyncio.Future[_Result]":
        """The future result of `work`; to cancel it drops work that does not run yet."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[_Result] = loop.create_future()
        context = contextvars.copy_context()

        def run() -> None:
            try:
                value = context.run(work)
            except BaseException as error:  # noqa: BLE001 - it becomes the result
                _call_in(loop, self._finish, result, result.set_exception, error)
            else:
                _call_in(loop, self._finish, result, result.set_result, value)

        def start() -> None:
            if result.cancelled():
                return
            self._running += 1
            # A daemon, so that a language model that hangs does not keep a stopping process alive.
            threading.Thread(target=run, name=self.name, daemon=True).start()

        if self._running < self.workers:
            start()
        elif len(self._waiting) < self.max_waiting:
            self._waiting[result] = start
            result.add_done_callback(self._drop)
        else:
            raise Overloaded
        return result

    def _finish(self, result: "asyncio.Future[_Result]", settle: Callable[[_Result], None], value: _Result) -> None:
        self._running -= 1
        if not result.done():
            settle(value)
        while self._waiting and self._running < self.workers:
            self._waiting.pop(next(iter(self._waiting)))()

    def _drop(self, result: "asyncio.Future[_Result]") -> None:
        self._waiting.pop(result, None)

    async def _wait(self, result: "asyncio.Future[_Result]", request: Request | None, deadline: float) -> _Result:
        """The result, which is cancelled if the client leaves first, or the time is over."""
        left = [asyncio.ensure_future(_disconnection(request))] if request else []
        waits: list[asyncio.Future[Any]] = [result, *left]
        try:
            await asyncio.wait(
                waits, timeout=deadline - asyncio.get_running_loop().time(), return_when=asyncio.FIRST_COMPLETED
            )
            if result.done():
                return result.result()
            raise ClientLeft if any(task.done() for task in left) else TimeExceeded(self._max_seconds)
        finally:
            for future in waits:
                future.cancel()

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._max_seconds


@dataclass(frozen=True, slots=True)
class WorkerPools:
    """One pool for each kind of work."""

    searches: WorkerPool
    answers: WorkerPool

    @classmethod
    def from_settings(cls, settings: ApiSettings) -> "WorkerPools":
        """The pools that the settings describe."""
        default = max(MIN_WORKERS, WORKERS_PER_CORE * (os.cpu_count() or 1))

        def pool(name: str, workers: int) -> WorkerPool:
            workers = workers or default
            max_waiting = WAITING_PER_WORKER * workers if settings.max_waiting is None else settings.max_waiting
            return WorkerPool(name, workers=workers, max_waiting=max_waiting, max_seconds=settings.request_seconds)

        return cls(pool("searches", settings.search_workers), pool("answers", settings.answer_workers))


async def _pools(request: Request) -> WorkerPools:
    pools: WorkerPools = request.state.worker_pools
    return pools


WorkerPoolsDep = Annotated[WorkerPools, Depends(_pools)]


async def _disconnection(request: Request) -> None:
    """Return when the client disconnects; the body of the request has to be read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> None:
    with suppress(RuntimeError):  # The loop is closed: nobody waits for it.
        loop.call_soon_threadsafe(function, *arguments)
