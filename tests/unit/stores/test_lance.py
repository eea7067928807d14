"""What only the embedded store can meet: a folder that is not as it should be."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import lancedb
import numpy as np
import pytest
from filelock import FileLock

from dalil.domain import Candidate, Filters, IndexCounts, Matrix
from dalil.errors import IndexMissing, StoreUnavailable
from dalil.stores.lance import LanceStore
from dalil.text.analysis import terms
from tests.contracts.samples import FINGERPRINT, bm25, indexed, unit
from tests.missing import missing

ROOT = Path(__file__).parents[3]
READS: list[Callable[[LanceStore], object]] = [
    lambda store: store.article("a"),
    lambda store: store.articles(5),
    lambda store: store.search_text(["term"], 5),
    lambda store: store.search_vector(unit(1), 5),
    lambda store: store.passages([Candidate("p", 1.0, unit(1))]),
    lambda store: store.facet_fields([Candidate("p", 1.0, unit(1))]),
    lambda store: store.versions(),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def store(folder: Path) -> LanceStore:
    made = LanceStore(folder)
    made.create(FINGERPRINT)
    made.write([indexed()])
    return made


def test_making_a_store_or_asking_whether_there_is_an_index_leaves_no_folder(folder: Path) -> None:
    assert LanceStore(folder).fingerprint() is None
    assert not folder.exists()


@pytest.mark.parametrize("left", [[], ["18446744073709551614.manifest#1"]], ids=["nothing", "half a commit"])
def test_a_folder_in_which_nothing_was_committed_is_no_index(folder: Path, left: list[str]) -> None:
    versions = folder / "passages.lance" / "_versions"
    versions.mkdir(parents=True)
    for name in left:
        (versions / name).write_bytes(b"half")
    store = LanceStore(folder)
    assert store.fingerprint() is None
    store.open_or_create(FINGERPRINT)
    assert store.counts() == IndexCounts(0, 0)


def test_a_file_in_place_of_the_folder_is_named(folder: Path) -> None:
    folder.write_text("no folder")
    with pytest.raises(StoreUnavailable, match="index"):
        LanceStore(folder).create(FINGERPRINT)


def test_an_index_removed_and_made_again_behind_an_open_store_is_found(store: LanceStore, folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(IndexMissing):
        store.counts()
    other = LanceStore(folder)
    other.create(FINGERPRINT)
    other.write([indexed("new"), indexed("newer")])
    assert store.counts() == IndexCounts(2, 2)


@pytest.mark.parametrize("read", READS)
def test_lost_files_are_said_to_be_the_stores_fault(
    store: LanceStore, folder: Path, read: Callable[[LanceStore], object]
) -> None:
    store.close()
    shutil.rmtree(folder / "passages.lance" / "data")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        read(LanceStore(folder))


def test_a_damaged_index_names_the_way_out_and_can_be_made_anew(store: LanceStore, folder: Path) -> None:
    store.close()
    for version in (folder / "passages.lance" / "_versions").iterdir():
        version.write_bytes(b"garbage")
    damaged = LanceStore(folder)
    with pytest.raises(StoreUnavailable, match="rebuild"):
        damaged.fingerprint()
    damaged.create(FINGERPRINT)
    damaged.write([indexed()])
    assert damaged.counts() == IndexCounts(1, 1)


def manifests(folder: Path) -> list[Path]:
    """The manifest of each commit, the newest first."""
    return sorted((folder / "passages.lance" / "_versions").glob("*.manifest"))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut"),
        pytest.param(lambda content: bytes(len(content)), id="zeroed"),
        pytest.param(lambda content: content[:-1], id="one byte short"),
    ],
)
def test_of_a_damaged_commit_the_one_before_it_is_served(
    store: LanceStore, folder: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    store.write([indexed("b")])
    newest = manifests(folder)[0]
    newest.write_bytes(damage(newest.read_bytes()))
    store.close()
    opened = LanceStore(folder)
    assert list(opened.versions()) == ["a"]
    assert "the newest commit of the index" in caplog.text
    assert newest.with_name(f"{newest.name}.damaged").exists()
    opened.write([indexed("b"), indexed("c")])
    assert sorted(LanceStore(folder).versions()) == ["a", "b", "c"]


def test_a_commit_that_is_damaged_under_an_open_store_costs_one_call(store: LanceStore, folder: Path) -> None:
    store.write([indexed("b")])
    assert len(store.versions()) == 2
    manifests(folder)[0].write_bytes(bytes(100))
    with pytest.raises(StoreUnavailable, match="the next request is served from the one before it"):
        store.versions()
    assert list(store.versions()) == ["a"]


def test_two_damaged_commits_are_set_aside(store: LanceStore, folder: Path) -> None:
    for name in "bc":
        store.write([indexed(name)])
    for newest in manifests(folder)[:2]:
        newest.write_bytes(b"")
    assert list(LanceStore(folder).versions()) == ["a"]


def test_a_whole_newest_commit_is_never_set_aside(store: LanceStore, folder: Path) -> None:
    store.write([indexed("b")])
    before = manifests(folder)
    before[-1].write_bytes(b"")
    store.close()
    shutil.rmtree(folder / "passages.lance" / "data")
    with pytest.raises(StoreUnavailable):
        LanceStore(folder).search_vector(unit(1), 5)
    assert manifests(folder) == before


def empty_index_files(folder: Path) -> None:
    for path in (folder / "passages.lance" / "_indices").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")


def remove_index_files(folder: Path) -> None:
    shutil.rmtree(folder / "passages.lance" / "_indices")


@pytest.mark.parametrize("damage", [empty_index_files, remove_index_files])
def test_a_text_index_that_does_not_work_is_found_and_built_anew_from_the_rows(
    folder: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    store = LanceStore(folder)
    store.create(FINGERPRINT)
    (passage,) = indexed("a").passages
    words = terms(passage.passage.text)
    store.write([replace(indexed("a"), passages=(replace(passage, terms=" ".join(words)),))])
    store.optimise()
    store.probe(FINGERPRINT)
    assert len(store.search_text(words[:1], 5)) == 1
    damage(folder)
    for broken in (store, LanceStore(folder)):  # the first has read the index before
        with pytest.raises(StoreUnavailable):
            broken.probe(FINGERPRINT)
    store.optimise()
    assert "is built anew" in caplog.text
    for mended in (store, LanceStore(folder)):
        mended.probe(FINGERPRINT)
        assert len(mended.search_text(words[:1], 5)) == 1


def test_a_text_index_that_was_dropped_is_built_anew(store: LanceStore, folder: Path) -> None:
    lancedb.connect(folder).open_table("passages").drop_index("terms_idx")
    store.optimise()
    assert len(lancedb.connect(folder).open_table("passages").list_indices()) == 1
    assert len(store.search_text(["term"], 5)) == 1


@pytest.fixture
def vectors() -> Matrix:
    rows = np.random.default_rng(1).normal(size=(1_200, 64)).astype(np.float32)
    unit_length: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit_length


def store_of(folder: Path, vectors: Matrix) -> LanceStore:
    """A store that has an index of the first 1,000 vectors, and has the others beside it."""
    store = LanceStore(folder, vector_index_passages=1_000)
    store.create(replace(FINGERPRINT, dimension=64))
    for first, last in ((0, 1_000), (1_000, 1_200)):
        names = [f"{number:04}" for number in range(first, last)]
        store.write([indexed("a" if first else "b", terms=names, vectors=list(vectors[first:last]))])
        if not first:
            store.optimise()
    return store


def test_a_vector_index_finds_the_passages_that_an_exact_scan_finds(folder: Path, vectors: Matrix) -> None:
    store = store_of(folder, vectors)
    table = lancedb.connect(folder).open_table("passages")
    assert {tuple(index.columns) for index in table.list_indices()} == {("terms",), ("vector",)}
    for question in vectors[::100]:
        found = store.search_vector(question, 20)
        exact = np.sort(vectors @ question)[::-1][:20]
        np.testing.assert_allclose([candidate.score for candidate in found], exact, atol=2e-3)
        (own,) = store.search_vector(question, 20, Filters(article_ids=("a",)))[:1]
        assert own.score == pytest.approx((vectors[1_000:] @ question).max(), abs=2e-3)


def test_a_damaged_vector_index_is_found_and_built_anew(
    folder: Path, vectors: Matrix, caplog: pytest.LogCaptureFixture
) -> None:
    store = store_of(folder, vectors)
    empty_index_files(folder)
    with pytest.raises(StoreUnavailable):
        store.probe(replace(FINGERPRINT, dimension=64))
    store.optimise()
    assert "the vector index" in caplog.text
    assert len(store.search_vector(vectors[0], 20)) == 20


def test_an_empty_index_has_nothing_to_probe(folder: Path) -> None:
    store = LanceStore(folder)
    store.create(FINGERPRINT)
    store.probe(FINGERPRINT)


FILL_THE_DISK = """
import sys
from pathlib import Path
from dalil.errors import DiskFull
from dalil.stores.lance import LanceStore
from tests.contracts.samples import FINGERPRINT, indexed

folder = Path(sys.argv[1])
store = LanceStore(folder / "index")
store.create(FINGERPRINT)
store.write([indexed("a")])
filler = folder / "filler"
try:
    filler.write_bytes(bytes(100_000_000))
except OSError:
    pass
try:
    store.write([indexed(f"b{number}") for number in range(100)])
except DiskFull as error:
    print(error)
assert list(store.versions()) == ["a"]
filler.unlink()
store.write([indexed("b")])
assert sorted(store.versions()) == ["a", "b"]
"""


def test_a_full_disk_is_said_to_be_one_and_nothing_is_lost(tmp_path: Path) -> None:
    mounted = 'mount -t tmpfs -o size=4m none $0 && exec $1 -c "$2" $0'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounted]
    done = subprocess.run(
        [*command, str(tmp_path), sys.executable, FILL_THE_DISK], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if "unshare failed" in done.stderr or "mount" in done.stderr:
        missing("a small disk: sysctl kernel.unprivileged_userns_clone=1")
    assert done.returncode == 0, done.stderr
    assert "there is no room left on the disk" in done.stdout
    assert "nothing is damaged" in done.stdout
    assert "rebuild" not in done.stdout


def test_vectors_of_another_length_are_refused(store: LanceStore) -> None:
    with pytest.raises(StoreUnavailable, match="dim"):
        store.search_vector(unit(1)[:3], 5)
    assert len(store.search_vector(unit(1), 5)) == 1


def test_a_creation_killed_before_the_text_index_is_mended_by_the_first_write(folder: Path) -> None:
    LanceStore(folder).create(FINGERPRINT)
    table = lancedb.connect(folder).open_table("passages")
    table.drop_index("terms_idx")
    store = LanceStore(folder)
    store.open_or_create(FINGERPRINT)
    assert store.search_text(["The-Term"], 5) == []
    store.write([indexed(terms=["The-Term"])])
    assert len(store.search_text(["The-Term"], 5)) == 1
    assert store.search_text(["term"], 5) == []


def test_text_scores_forget_replaced_passages_when_optimised(store: LanceStore) -> None:
    store.write([indexed("a", terms=["x x x", "x", "x y"]), indexed("b", terms=["x y", "z"])])
    store.optimise()
    store.write([indexed("a", terms=["y"], version="v2"), indexed("c", terms=["y y z"])])
    store.optimise()
    scores = [match.score for match in store.search_text(["y"], 9)]
    assert scores == pytest.approx(sorted(bm25(["y"], ["y", "x y", "z", "y y z"]), reverse=True)[:3], rel=1e-5)


def test_a_writer_that_never_gets_its_turn_says_so(
    store: LanceStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.stores.lance.WRITER_WAIT_SECONDS", 0.05)
    with FileLock(folder / "writer.lock"), pytest.raises(StoreUnavailable, match=r"writer\.lock"):
        LanceStore(folder).write([indexed("b")])
    LanceStore(folder).write([indexed("b")])
    assert store.counts() == IndexCounts(2, 2)
