"""What only the embedded store can meet: a folder that is not as it should be."""

import shutil
from collections.abc import Callable
from pathlib import Path

import lancedb
import pytest
from filelock import FileLock

from dalil.domain import Candidate, IndexCounts
from dalil.errors import IndexMissing, StoreUnavailable
from dalil.stores.lance import LanceStore
from tests.contracts.samples import FINGERPRINT, bm25, indexed, unit

READS: list[Callable[[LanceStore], object]] = [
    lambda store: store.article("a"),
    lambda store: store.articles(5),
    lambda store: store.search_text(["term"], 5),
    lambda store: store.search_vector(unit(1), 5),
    lambda store: store.passages([Candidate("p", 1.0, unit(1)[None])]),
    lambda store: store.facet_fields([Candidate("p", 1.0, unit(1)[None])]),
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
    with pytest.raises(StoreUnavailable, match="--recreate"):
        damaged.fingerprint()
    damaged.create(FINGERPRINT)
    damaged.write([indexed()])
    assert damaged.counts() == IndexCounts(1, 1)


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
