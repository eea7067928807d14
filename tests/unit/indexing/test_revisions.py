"""One article in several files: the newest revision counts, in every run, and nothing is lost silently."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dalil.domain import IndexFingerprint
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Corpus
from dalil.indexing.report import Report
from dalil.stores.base import PassageStore
from dalil.stores.lance import LanceStore

EMBEDDER = FakeEmbedder()
ENCODER = Encoder(EMBEDDER, Centres.none(EMBEDDER.dimension))
OLD = "قال الوزير إن الجسر كلف 480 مليون دينار."
NEW = "قال الوزير إن الجسر كلف 510 ملايين دينار."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PassageStore]:
    with LanceStore(tmp_path / "index") as made:
        made.open_or_create(IndexFingerprint(EMBEDDER.model, EMBEDDER.dimension, 1, 1))
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "news").mkdir()
    return tmp_path / "news"


def index(store: PassageStore, *paths: Path, prune: bool = False, batch: int = 1) -> Report:
    chunker = Chunker(EMBEDDER.count_tokens, 32)
    return pipeline.index(Corpus(paths, 10_000), store, ENCODER, chunker, batch, prune=prune)


def superseded(report: Report) -> list[tuple[str, str, str]]:
    return [(Path(one.name).name, Path(one.by).name, one.reason) for one in report.superseded]


def write(file: Path, *records: dict[str, str]) -> None:
    file.write_text("".join(f"{json.dumps({'title': 'الجسر'} | record)}\n" for record in records), encoding="utf-8")


def rss(text: str, *extra: str) -> str:
    item = f"<item><title>الجسر</title><guid>tag:1</guid>{''.join(extra)}<description>{text}</description></item>"
    return f"<rss version='2.0'><channel><title>قناة</title>{item}</channel></rss>"


def atom(text: str, updated: str) -> str:
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>قناة</title><entry><id>urn:1</id><title>الجسر</title>"
        f"<published>2024-10-11T08:00:00Z</published><updated>{updated}</updated><summary>{text}</summary></entry></feed>"
    )


@pytest.mark.parametrize("batch", [1, 10])
def test_a_corrected_item_of_a_later_snapshot_replaces_the_first_and_stays(
    store: PassageStore, folder: Path, batch: int
) -> None:
    (folder / "2024-10-11.xml").write_text(rss(OLD), encoding="utf-8")
    (folder / "2024-10-12.xml").write_text(rss(NEW), encoding="utf-8")
    report = index(store, folder, batch=batch)
    assert (report.added, report.rejected) == (1, [])
    assert superseded(report) == [("2024-10-11.xml#1", "2024-10-12.xml#1", "read later")]
    assert store.article("tag:1").text == NEW
    again = index(store, folder)
    assert (again.indexed, again.embedded, again.unchanged) == (0, 0, 1)
    assert superseded(again) == superseded(report)
    assert store.article("tag:1").text == NEW


@pytest.mark.parametrize(("first", "second"), [(OLD, NEW), (NEW, OLD)], ids=["in order", "out of order"])
def test_the_revision_that_was_updated_last_counts_in_whatever_order_they_are_read(
    store: PassageStore, folder: Path, first: str, second: str
) -> None:
    updated = {OLD: "2024-10-11T08:00:00Z", NEW: "2024-10-12T08:00:00+03:00"}
    (folder / "a.atom").write_text(atom(first, updated[first]), encoding="utf-8")
    (folder / "b.atom").write_text(atom(second, updated[second]), encoding="utf-8")
    report = index(store, folder)
    assert [reason for *_, reason in superseded(report)] == ["updated later"]
    assert store.article("urn:1").text == NEW
    again = index(store, folder)
    assert (again.indexed, again.unchanged, len(again.superseded)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param(({"dateModified": "2024-10-13"}, {"dateModified": "2024-10-12"}), "updated later", id="updated"),
        pytest.param(
            ({"date": "2024-10-12", "updated": "2024-10-13"}, {"date": "2024-10-11", "updated": "9999-12-31"}),
            "dated later",
            id="a time to come",
        ),
        pytest.param(({"date": "2024-10-13"}, {"date": "2024-10-12"}), "dated later", id="dated"),
        pytest.param(
            ({"date": "2024-10-11", "modified": "2024-10-13"}, {"date": "2024-10-12"}), "dated later", id="or"
        ),
    ],
)
def test_the_times_of_an_export_come_before_the_order_of_its_lines(
    store: PassageStore, folder: Path, fields: tuple[dict[str, str], dict[str, str]], reason: str
) -> None:
    new, old = fields
    write(folder / "log.jsonl", {"id": "7", "text": NEW, **new}, {"id": "7", "text": OLD, **old})
    for _ in range(2):
        assert [each for *_, each in superseded(index(store, folder))] == [reason]
        assert store.article("7").text == NEW


def test_a_log_that_goes_on_is_indexed_once(store: PassageStore, folder: Path) -> None:
    write(folder / "log.jsonl", {"id": "7", "text": OLD})
    assert index(store, folder).added == 1
    write(folder / "log.jsonl", {"id": "7", "text": OLD}, {"id": "7", "text": NEW})
    report = index(store, folder)
    assert (report.replaced, superseded(report)) == (1, [("log.jsonl:1", "log.jsonl:2", "read later")])
    assert index(store, folder).indexed == 0
    write(folder / "log.jsonl", *({"id": "7", "text": text} for text in (OLD, NEW, f"{NEW} تصحيح.")))
    assert index(store, folder).replaced == 1
    again = index(store, folder)
    assert (again.indexed, len(again.superseded)) == (0, 2)
    assert store.article("7").text == f"{NEW} تصحيح."
    write(folder / "log.jsonl", *({"id": "7", "text": text} for text in (OLD, OLD, NEW, f"{NEW} تصحيح.")))
    assert index(store, folder).indexed == 0


def test_a_newer_revision_stays_when_its_feed_has_dropped_it_and_goes_with_its_file(
    store: PassageStore, folder: Path
) -> None:
    write(folder / "monday.jsonl", {"id": "7", "text": OLD})
    write(folder / "tuesday.jsonl", {"id": "7", "text": NEW})
    index(store, folder)
    write(folder / "tuesday.jsonl", {"id": "8", "text": NEW})
    report = index(store, folder, prune=True)
    assert (report.pruned, superseded(report)) == (0, [("monday.jsonl:1", "", "known from an earlier run")])
    assert store.article("7").text == NEW
    (folder / "tuesday.jsonl").unlink()
    assert index(store, folder, prune=True).pruned == 1
    assert store.article("7").text == OLD


def test_a_correction_that_is_taken_back_in_its_file_is_taken_back_in_the_index(
    store: PassageStore, folder: Path
) -> None:
    write(folder / "monday.jsonl", {"id": "7", "text": OLD})
    write(folder / "tuesday.jsonl", {"id": "7", "text": NEW})
    index(store, folder)
    write(folder / "tuesday.jsonl", {"id": "7", "text": OLD})
    assert index(store, folder).replaced == 1
    assert store.article("7").text == OLD
    again = index(store, folder)
    assert (again.indexed, again.unchanged) == (0, 2)


def test_one_number_in_two_exports_may_be_two_articles(store: PassageStore, folder: Path) -> None:
    write(folder / "a.jsonl", {"id": "7", "text": OLD})
    write(folder / "b.jsonl", {"id": "7", "title": "الميناء", "text": "غرقت سفينة."})
    (rejected,) = index(store, folder).rejected
    assert rejected.reason.startswith("its id '7' is that of another article, ")
    assert store.article("7").text == OLD


def test_a_file_of_one_name_in_two_folders_is_one_article(store: PassageStore, folder: Path) -> None:
    for day, text in (("monday", OLD), ("tuesday", NEW)):
        (folder / day).mkdir()
        (folder / day / "bridge.md").write_text(f"---\ntitle: الجسر\n---\n{text}", encoding="utf-8")
    for _ in range(2):
        report = index(store, folder / "monday", folder / "tuesday")
        assert (report.rejected, len(report.superseded)) == ([], 1)
    assert (report.indexed, store.article("bridge.md").text) == (0, NEW)
