"""The pools alone, with work that waits for the test."""

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from fastapi import Request

from api.http.errors import ClientLeft, Overloaded, TimeExceeded
from api.http.worker_pool import MIN_WORKERS, WAITING_PER_WORKER, WorkerPool, WorkerPools
from dalil.settings import ApiSettings


def pool(*, workers: int = 1, max_waiting: int = 2, max_seconds: float = 30.0) -> WorkerPool:
    return WorkerPool("test", workers=workers, max_waiting=max_waiting, max_seconds=max_seconds)


class Gate:
    """Work that waits until the gate opens, and notes its start."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.started: list[str] = []

    def work(self, name: str) -> Callable[[], str]:
        def work() -> str:
            self.started.append(name)
            assert self.open.wait(20)
            return name

        return work


class Client:
    """A request whose client disconnects when the test says so."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def test_work_runs_in_turn_and_what_is_too_much_is_refused_at_once() -> None:
    tested, gate = pool(workers=2, max_waiting=2), Gate()
    tasks = [asyncio.ensure_future(tested.run(gate.work(name))) for name in "abcd"]
    await until(lambda: len(gate.started) == 2)
    assert (tested.running, tested.waiting) == (2, 2)
    with pytest.raises(Overloaded):
        await tested.run(gate.work("e"))
    gate.open.set()
    assert await asyncio.gather(*tasks) == ["a", "b", "c", "d"]
    assert (set(gate.started[:2]), set(gate.started[2:])) == ({"a", "b"}, {"c", "d"})
    assert (tested.running, tested.waiting) == (0, 0)


async def test_a_crowd_in_one_moment_is_counted_before_any_of_it_runs() -> None:
    tested, gate = pool(workers=1, max_waiting=3), Gate()
    tasks = [asyncio.ensure_future(tested.run(gate.work(str(number)))) for number in range(50)]
    await until(lambda: sum(task.done() for task in tasks) == 46)
    gate.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [result for result in results if isinstance(result, str)] == ["0", "1", "2", "3"]
    assert sum(isinstance(result, Overloaded) for result in results) == 46


async def test_work_whose_client_has_left_is_dropped_before_its_turn() -> None:
    tested, gate, client = pool(), Gate(), Client()
    first = asyncio.ensure_future(tested.run(gate.work("first")))
    second = asyncio.ensure_future(tested.run(gate.work("second"), client.request))
    third = asyncio.ensure_future(tested.run(gate.work("third")))
    await until(lambda: tested.waiting == 2)
    client.left.set()
    with pytest.raises(ClientLeft):
        await second
    await until(lambda: tested.waiting == 1)
    gate.open.set()
    assert (await first, await third) == ("first", "third")
    assert gate.started == ["first", "third"]


async def test_work_that_runs_keeps_its_place_when_its_client_leaves() -> None:
    tested, gate, client = pool(max_waiting=0), Gate(), Client()
    task = asyncio.ensure_future(tested.run(gate.work("first"), client.request))
    await until(lambda: bool(gate.started))
    client.left.set()
    with pytest.raises(ClientLeft):
        await task
    with pytest.raises(Overloaded):
        await tested.run(gate.work("second"))
    gate.open.set()
    await until(lambda: tested.running == 0)
    assert await tested.run(gate.work("third")) == "third"


async def test_a_request_takes_no_longer_than_it_may_its_wait_included() -> None:
    tested, gate = pool(max_seconds=0.05), Gate()
    for name in ("runs", "waits"):
        with pytest.raises(TimeExceeded, match=r"0\.05 seconds \(DALIL_API__REQUEST_SECONDS\)"):
            await tested.run(gate.work(name))
    gate.open.set()
    await until(lambda: tested.running == 0)
    assert gate.started == ["runs"]


async def test_an_exception_is_raised_where_the_result_is_awaited() -> None:
    def fail() -> None:
        raise KeyError("secret")

    with pytest.raises(KeyError, match="secret"):
        await pool().run(fail)


class Events:
    """A generator of events, which notes that it was closed."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count = count
        self.failure = failure
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def events(self) -> Generator[int, None, None]:
        try:
            yield 0
            assert self.go_on.wait(20)
            yield from range(1, self.count)
            if self.failure:
                raise self.failure
        finally:
            self.closed.set()


async def test_a_stream_gives_each_event_before_the_next_is_made() -> None:
    events = Events(4)
    stream = pool().stream(events.events())
    assert await anext(stream) == 0
    events.go_on.set()
    assert [event async for event in stream] == [1, 2, 3]


async def test_a_stream_ends_with_the_exception_of_its_generator() -> None:
    events = Events(2, KeyError("secret"))
    events.go_on.set()
    stream = pool().stream(events.events())
    assert [await anext(stream), await anext(stream)] == [0, 1]
    with pytest.raises(KeyError, match="secret"):
        await anext(stream)


async def test_a_stream_that_is_closed_ends_its_generator_at_the_next_yield() -> None:
    tested, events = pool(), Events(1_000)
    stream = tested.stream(events.events())
    assert await anext(stream) == 0
    await stream.aclose()
    assert tested.running == 1
    events.go_on.set()
    await until(events.closed.is_set)
    await until(lambda: tested.running == 0)


async def test_a_stream_waits_for_its_turn_and_is_dropped_with_its_client() -> None:
    tested, gate, events, client = pool(), Gate(), Events(1), Client()
    running = asyncio.ensure_future(tested.run(gate.work("first")))
    await until(lambda: bool(gate.started))
    first_event = asyncio.ensure_future(anext(tested.stream(events.events(), client.request)))
    await until(lambda: tested.waiting == 1)
    client.left.set()
    with pytest.raises(ClientLeft):
        await first_event
    gate.open.set()
    assert await running == "first"
    assert not events.closed.is_set()


def test_the_defaults_grow_with_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, workers in ((1, MIN_WORKERS), (16, 32)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        pools = WorkerPools.from_settings(ApiSettings())
        assert (pools.searches.workers, pools.searches.max_waiting) == (workers, WAITING_PER_WORKER * workers)
    pools = WorkerPools.from_settings(ApiSettings(search_workers=3, answer_workers=5, max_waiting=7))
    assert (pools.searches.workers, pools.answers.workers, pools.answers.max_waiting) == (3, 5, 7)
