"""A rebuild really killed, at many moments, under readers and writers; this file is also the program that is killed.

`python -m tests.reliability.test_killed_rebuild KIND LOCATION URL TOKENS` prints a line at every sign of progress.

Slow: each kill needs a process, and two thirds of a process's time are its imports. `make soak` does more of them.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import pytest

from dalil.domain import Article
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.generations import Follower, open_next
from dalil.indexing.loaders import Item, Loaded
from dalil.indexing.report import Report
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import Generation, PassageStore
from dalil.stores.opensearch import store as opensearch_store
from dalil.text.aliases import Aliases
from tests.integration.test_killed_indexer import EMBEDDER, ENCODER, FINGERPRINT, Place, contents, place

__all__ = ["place"]

ARTICLES = 12
"""Articles that every search has to find. One more is replaced, which a search may miss at the moment when it is."""

REPLACED = ARTICLES
SMALL, LARGE = 8, 32
"""Tokens of a passage before and after the rebuild."""

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "1"))


def article(number: int, word: str = "قديم") -> Article:
    """An article of several passages; every one has the word `خبر`."""
    text = "\n".join(f"هذا خبر {word} رقم {line} من المقال {number}." for line in range(4 + number % 3))
    return Article(f"{number:03}", f"عنوان {number}", text)


def index(
    items: Iterable[Item], store: PassageStore, *, tokens: int, prune: bool = False, optimise: bool = True
) -> Report:
    chunker = Chunker(EMBEDDER.count_tokens, tokens)
    return pipeline.index(items, store, ENCODER, chunker, 2, prune=prune, optimise=optimise)


def put(place: Place, *articles: Article, tokens: int = SMALL) -> None:
    """What a server does for PUT, in a process of its own settings."""
    with place.store() as store:
        store.open_or_create(FINGERPRINT)
        index([Loaded(each.id, each) for each in articles], store, tokens=tokens, optimise=False)


def texts(place: Place) -> Mapping[str, str]:
    return {article_id: held[1].text for article_id, held in contents(place).items()}


def rebuild(place: Place, tokens: int) -> None:
    """What `python -m indexer rebuild` does, with the fake embedder and without comparing."""
    with place.store() as live:
        follower = Follower(live, open_next(live, FINGERPRINT), partial(index, tokens=tokens))
        follower.delete_strangers()
        follower.catch_up(optimise=True)
        follower.swap(Generation.NEXT)


@contextmanager
def searching(place: Place) -> Iterator[list[int]]:
    """While inside, a thread searches again and again, and each search has to find a passage of every article.

    Yields a list to which the number of hits of each search is added.
    """
    failures: list[BaseException] = []
    hits: list[int] = []
    end = threading.Event()

    def search() -> None:
        with place.store() as store:
            store.open(FINGERPRINT)
            retriever = Retriever(store, ENCODER, Aliases.standard(), candidates=200)
            try:
                while not end.is_set():
                    store.open(FINGERPRINT)
                    found = retriever.search("خبر", limit=200, collapse=False).hits
                    assert {hit.article.id for hit in found} >= {f"{number:03}" for number in range(ARTICLES)}
                    hits.append(len(found))
            except BaseException as error:  # noqa: BLE001  raised again where the test sees it
                failures.append(error)

    thread = threading.Thread(target=search)
    thread.start()
    try:
        yield hits
    finally:
        end.set()
        thread.join()
    for failure in failures:
        raise failure
    assert hits


def start(place: Place, tokens: int) -> "subprocess.Popen[str]":
    module = "tests.reliability.test_killed_rebuild"
    command = [sys.executable, "-m", module, place.kind, place.location, place.url, str(tokens)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def filled(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An index of all articles in small passages; writers wait two seconds for a swap that was killed."""
    monkeypatch.setattr(opensearch_store, "MAX_SWAP_SECONDS", 2.0)
    put(place, *map(article, range(ARTICLES + 1)))
    return place


def test_searches_and_writes_go_on_through_a_rebuild_and_nothing_is_lost(filled: Place) -> None:
    new = article(REPLACED, "جديد")
    with searching(filled) as hits, start(filled, LARGE) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        put(filled, new, article(99))
        put(filled, article(98))
        with filled.store() as store:
            assert store.delete(["098"]) == 1
        assert process.wait() == 0
        done = len(hits)
        wait_for(lambda: len(hits) > done + 1)
    wanted = {each.id: each.text for each in [*map(article, range(ARTICLES)), new, article(99)]}
    assert texts(filled) == wanted
    assert hits[0] == passages_of(SMALL, ARTICLES + 1)
    assert hits[-1] == passages_of(LARGE, ARTICLES + 1) + passages_of(LARGE, 100) - passages_of(LARGE, 99)
    assert min(hits) >= passages_of(LARGE, ARTICLES)
    with filled.store() as store:
        assert store.generations() == {Generation.LIVE, Generation.PREVIOUS}


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once it holds, or after a minute."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def passages_of(tokens: int, articles: int) -> int:
    """The number of passages of the first articles."""
    chunker = Chunker(EMBEDDER.count_tokens, tokens)
    return sum(len(chunker.passages(article(number))) for number in range(articles))


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(("8", 5), id="while it is filled"),
        pytest.param(("swapping", 0), id="within the swap"),
        pytest.param(("swapping", 12), id="at the end of the swap"),
        pytest.param(("swap", 0), id="before the swap", marks=pytest.mark.soak),
        pytest.param(("swapped", 0), id="after the swap", marks=pytest.mark.soak),
    ],
)
def test_a_rebuild_killed_at_any_moment_loses_nothing_and_is_completed_by_the_next(
    filled: Place, moment: tuple[str, int]
) -> None:
    for turn in range(ROUNDS):
        line, milliseconds = moment
        with searching(filled), start(filled, LARGE if turn % 2 == 0 else SMALL) as process:
            assert process.stdout is not None
            for printed in process.stdout:
                if printed.strip() == line:
                    break
            time.sleep((milliseconds + 7 * turn) / 1000)
            process.kill()
            process.stdout.read()
        if filled.kind == "opensearch":
            time.sleep(0.3)  # a node still does what it was asked before the kill
        assert process.returncode in ({0, -signal.SIGKILL} if line.startswith("swap") else {-signal.SIGKILL})
        wanted = {f"{number:03}": article(number).text for number in range(ARTICLES + 1)}
        assert texts(filled) == wanted
        # A writer of the time between, which a killed swap may have left to wait.
        put(filled, article(99))
        with searching(filled):
            rebuild(filled, LARGE)
        assert texts(filled) == {**wanted, "099": article(99).text}
        with filled.store() as store:
            assert store.generations() == {Generation.LIVE, Generation.PREVIOUS}
            assert store.counts().passages == passages_of(LARGE, ARTICLES + 1) + len(store.article_passages("099"))
            store.delete(["099"])
        if turn + 1 < ROUNDS:
            rebuild(filled, SMALL)


def main(kind: str, location: str, url: str, passage_tokens: str) -> None:
    """The program that is killed."""
    tokens = int(passage_tokens)
    print("ready", flush=True)
    with Place(kind, location, url).store() as live:
        target = open_next(live, FINGERPRINT)

        def index_and_print(items: Iterable[Item], store: PassageStore, **options: bool) -> Report:
            def printing() -> Iterator[Item]:
                for number, item in enumerate(items, start=1):
                    yield item
                    print(number, flush=True)

            return index(printing(), store, tokens=tokens, **options)

        follower = Follower(live, target, index_and_print)
        follower.delete_strangers()
        follower.catch_up(optimise=True)
        print("swap", flush=True)

        def catch_up() -> None:
            print("swapping", flush=True)
            follower.catch_up()

        follower.catch_up_until_few()
        live.swap(Generation.NEXT, catch_up)
        print("swapped", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
