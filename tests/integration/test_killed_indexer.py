"""The indexer really killed, at many moments; this file is also the program that is killed.

`python -m tests.integration.test_killed_indexer KIND LOCATION URL FOLDER` prints a line at every sign of progress.

Slow: each kill needs a process, and two thirds of a process's time are its imports. `make soak` kills at more moments.
"""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dalil.domain import Article, IndexFingerprint, Passage
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Corpus
from dalil.indexing.pipeline import OnReport, index
from dalil.indexing.report import Report
from dalil.stores.base import PassageStore
from tests.opensearch_node import opensearch_url

EMBEDDER = FakeEmbedder(dimension=8)
ENCODER = Encoder(EMBEDDER, Centres.none(8))
FINGERPRINT = IndexFingerprint(EMBEDDER.model, EMBEDDER.dimension, 1, 1)
ARTICLES = 16
STALE = 4
BATCH = 2
LAST_LINE = 2 + ARTICLES + ARTICLES // BATCH
"""The line printed when all articles are stored: what has gone is still to be pruned and the index to be tidied."""

Contents = dict[str, tuple[str, Article, tuple[Passage, ...], bytes]]


@dataclass(frozen=True)
class Place:
    """Where an index lives."""

    kind: str
    location: str
    url: str = ""

    def store(self) -> PassageStore:
        """A store on this place.

        Its library is imported here: the program is started 20 times, and half of the runs need no LanceDB, whose
        import takes most of a start.
        """
        if self.kind == "lancedb":
            from dalil.stores.lance import LanceStore  # noqa: PLC0415

            return LanceStore(Path(self.location))
        from dalil.stores.opensearch.store import OpenSearchStore  # noqa: PLC0415

        return OpenSearchStore(urls=[self.url], index=self.location)


@pytest.fixture(params=["lancedb", pytest.param("opensearch", marks=pytest.mark.opensearch)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place without an index."""
    if request.param == "lancedb":
        yield Place("lancedb", str(tmp_path / "index"))
        return
    served = Place("opensearch", f"test-{uuid.uuid4().hex[:12]}", opensearch_url())
    yield served
    httpx.delete(f"{served.url}/{served.location}*?expand_wildcards=all", timeout=30).raise_for_status()


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an earlier run: half of the articles in earlier versions, and some that have gone since."""
    numbers = [*range(0, ARTICLES, 2), *range(ARTICLES, ARTICLES + STALE)]
    return corpus(tmp_path_factory.mktemp("old"), numbers, "قديم")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it is now."""
    return corpus(tmp_path_factory.mktemp("new"), range(ARTICLES), "جديد")


@pytest.fixture
def folders(old: Path, new: Path) -> tuple[Path, Path]:
    """As it was, as it is."""
    return old, new


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, old: Path) -> Contents:
    """What an uninterrupted run makes of the folder as it was."""
    return made_of(old, tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, new: Path) -> Contents:
    """What an uninterrupted run makes of the folder as it is."""
    return made_of(new, tmp_path_factory.mktemp("after"))


def corpus(folder: Path, numbers: Iterable[int], word: str) -> Path:
    """Articles of several passages each, `word` in every sentence."""
    for number in numbers:
        sentences = [f"هذه جملة {word} رقم {line} من الخبر {number}." for line in range(5 + number % 7)]
        (folder / f"{number:03}.txt").write_text("\n".join(sentences), "utf-8")
    return folder


def made_of(folder: Path, location: Path) -> Contents:
    """What an uninterrupted run makes of a folder."""
    fresh = Place("lancedb", str(location / "index"))
    run(fresh, folder)
    return contents(fresh)


def run(place: Place, folder: Path, progress: OnReport = lambda _report: None) -> Report:
    """What `python -m indexer index FOLDER --prune` does, with the fake embedder."""
    with place.store() as store:
        store.open_or_create(FINGERPRINT)
        items = Corpus([folder], 100_000)
        chunker = Chunker(EMBEDDER.count_tokens, 32)
        return index(items, store, ENCODER, chunker, batch_articles=BATCH, prune=True, progress=progress)


def contents(place: Place) -> Contents:
    """All that the index holds."""
    with place.store() as store:
        held: Contents = {}
        for article_id, version in store.versions().items():
            stored = store.article_passages(article_id)
            vectors = b"".join(one.vector.tobytes() for one in stored)
            held[article_id] = (version, store.article(article_id), tuple(one.passage for one in stored), vectors)
        assert store.counts().passages == sum(len(passages) for _, _, passages, _ in held.values())
        return held


def kill(place: Place, folder: Path, line: int, milliseconds: int) -> int:
    """Run the program and kill it so long after it has printed its `line`-th line; its exit status."""
    command = [sys.executable, "-m", "tests.integration.test_killed_indexer", place.kind, place.location, place.url]
    with subprocess.Popen([*command, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(line):
            process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.kill()
        process.stdout.read()
    if place.kind == "opensearch":
        time.sleep(0.3)  # a node still does what it was asked before the kill
    return process.returncode


@pytest.mark.parametrize(
    "moment",
    [
        (4, 6),
        (20, 1),
        (LAST_LINE, 0),
        *(pytest.param(moment, marks=pytest.mark.soak) for moment in ((1, 0), (11, 15), (LAST_LINE, 30))),
    ],
    ids=lambda moment: f"line {moment[0]} and {moment[1]} ms",
)
def test_a_run_killed_at_any_moment_is_completed_by_the_next_with_nothing_lost_or_doubled(
    place: Place, folders: tuple[Path, Path], before: Contents, after: Contents, moment: tuple[int, int]
) -> None:
    old, new = folders
    run(place, old)

    status = kill(place, new, *moment)

    may_have_ended = moment[0] == LAST_LINE
    assert status == -signal.SIGKILL or (may_have_ended and status == 0)
    for article_id, held in contents(place).items():
        assert held in (before.get(article_id), after.get(article_id))
    report = run(place, new)
    assert (report.indexed + report.unchanged, report.rejected) == (ARTICLES, [])
    assert contents(place) == after
    assert run(place, new).unchanged == ARTICLES


@pytest.mark.parametrize("milliseconds", [10, *(pytest.param(moment, marks=pytest.mark.soak) for moment in (0, 40))])
def test_a_first_run_killed_while_it_makes_the_index_is_completed_by_the_next(
    place: Place, new: Path, after: Contents, milliseconds: int
) -> None:
    assert kill(place, new, 1, milliseconds) == -signal.SIGKILL
    run(place, new)
    assert contents(place) == after


def test_a_run_killed_over_and_over_comes_to_its_end(place: Place, folders: tuple[Path, Path], after: Contents) -> None:
    old, new = folders
    run(place, old)
    assert {kill(place, new, 8, 3 * turn) for turn in range(3)} == {-signal.SIGKILL}
    run(place, new)
    assert contents(place) == after


def main(kind: str, location: str, url: str, folder: str) -> None:
    """The program that is killed."""
    print("ready", flush=True)
    run(Place(kind, location, url), Path(folder), lambda report: print(report.indexed, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
