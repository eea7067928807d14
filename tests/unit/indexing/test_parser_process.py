"""Markup that is made to keep a parser busy, in the real child process."""

import io
import json
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from dalil.indexing import parser_process
from dalil.indexing.parser_process import ParserPool
from dalil.indexing.parser_worker import Request, serve
from dalil.indexing.unreadable import Unreadable

PAGE = f"<html><title>عنوان</title><article><p>{'جملة طويلة عن كوريا الشمالية. ' * 9}</p></article></html>"
SLOW_YAML = "? أ\n" * 75_000
"""PyYAML takes seconds for it: each key may turn out to be a simple one."""


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    made = ParserPool(children=1)
    yield made
    made.close()


def children(pool: ParserPool) -> list[int]:
    return [child._process.pid for child in pool._idle]


def test_one_child_parses_one_text_after_the_other(pool: ParserPool) -> None:
    assert children(pool) == []
    assert pool.parse("yaml", "id: 007\ntags: [حرب, 5]") == {"id": "007", "tags": ["حرب", "5"]}
    first = children(pool)
    page = pool.parse("html", PAGE)
    assert isinstance(page, dict)
    assert (page["title"], page["text"].count("كوريا")) == ("عنوان", 9)
    with pytest.raises(Unreadable, match="no article text was found"):
        pool.parse("html", "<html></html>")
    assert children(pool) == first
    pool.close()
    assert children(pool) == []
    assert pool.parse("yaml", "a") == "a"


def test_a_text_that_takes_too_long_is_refused_and_the_next_one_is_parsed(
    pool: ParserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_process, "CPU_SECONDS", 1)
    with pytest.raises(Unreadable, match="more than 1 seconds of CPU time"):
        pool.parse("yaml", SLOW_YAML)
    assert pool.parse("yaml", "a") == "a"


def test_a_text_that_takes_too_much_memory_is_refused(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.parse("yaml", "a")
    monkeypatch.setattr(parser_process, "MEMORY_BYTES", 100_000_000)
    with pytest.raises(Unreadable, match=r"more than 100 MB of memory|its parser ended"):
        pool.parse("yaml", "x" * 30_000_000)
    assert pool.parse("yaml", "a") == "a"


def test_a_child_that_does_not_answer_is_given_up(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    pool.parse("yaml", "a")
    (child,) = children(pool)
    os.kill(child, signal.SIGSTOP)
    monkeypatch.setattr(parser_process, "WALL_SECONDS", 0.1)
    with pytest.raises(Unreadable, match="more than 0 seconds"):
        pool.parse("yaml", "a")


def test_a_child_that_ends_because_it_is_idle_is_replaced(pool: ParserPool) -> None:
    pool.parse("yaml", "a")
    (idle,) = children(pool)
    os.kill(idle, signal.SIGALRM)
    assert pool.parse("yaml", "b") == "b"
    assert children(pool) != [idle]


def test_a_child_that_is_killed_costs_one_text(pool: ParserPool) -> None:
    pool.parse("yaml", "a")
    (child,) = children(pool)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(Unreadable, match="its parser ended with status -9"):
        pool.parse("yaml", "b")
    assert pool.parse("yaml", "b") == "b"


def test_threads_wait_for_a_child_and_get_their_own_answer(pool: ParserPool) -> None:
    found: dict[int, object] = {}

    def parse(number: int) -> None:
        found[number] = pool.parse("yaml", str(number))

    threads = [threading.Thread(target=parse, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: str(number) for number in range(8)}
    assert len(children(pool)) == 1


def test_the_worker_outlives_what_its_libraries_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dalil.indexing.parser_worker._limit", lambda *_: None)  # it would limit this process
    requests = [
        Request(language=language, text=text, cpu_seconds=1, memory_bytes=1)
        for language, text in (("klingon", "a"), ("yaml", "[" * 5_000), ("yaml", "'\\ud800'"), ("yaml", '"\\ud800"'))
    ]
    responses = io.BytesIO()
    serve(io.BytesIO(b"".join(json.dumps(each.model_dump()).encode() + b"\n" for each in requests)), responses)
    unknown, deep, text, surrogate = map(json.loads, responses.getvalue().splitlines())
    assert unknown["problem"] == "it cannot be parsed: KeyError: 'klingon'"
    assert deep["problem"].startswith("bad YAML")
    assert text == {"fields": "\\ud800", "problem": None}
    assert surrogate == {"fields": "\ud800", "problem": None}
