"""Every article of an index of either store comes back from a backup as it was."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import zstandard

from dalil.domain import Article, IndexFingerprint, Passage
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import IndexMismatch, InvalidInput, StoreUnavailable
from dalil.indexing.backup import Backup, export
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.pipeline import index
from dalil.indexing.report import Rejected, Report
from dalil.stores.base import PassageStore
from dalil.stores.lance import LanceStore
from tests.contracts.conftest import Place

EMBEDDER = FakeEmbedder(dimension=8)
FINGERPRINT = IndexFingerprint(EMBEDDER.model, EMBEDDER.dimension, 1, 1)

ARTICLES = [
    Article("a", "عنوان", "نص أول.\n\nنص ثان."),
    Article(
        "أخبار/١",
        "<b>عنوان</b> &amp; آخر",
        "كتب <p>وسما</p> و&nbsp;كيانا في نصه.\r وسطرا\tجديدا. 😀\u200f",
        source="https://example.org",
        published_at=datetime(2024, 5, 1, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=3))),
        url="https://example.org/1?a=b",
        language="ar-EG",
        metadata={"كاتب": 'فلان "بن" فلان', "empty": "", "id": "x", "title": "y\n"},
    ),
    Article("z", "", "بلا عنوان.", published_at=datetime(1500, 1, 1, tzinfo=timezone(timedelta(hours=3, seconds=7)))),
    Article("zz", "t", "في غرينتش.", published_at=datetime(2024, 5, 1, tzinfo=UTC)),
]

Contents = dict[str, tuple[str, Article, str | None, tuple[Passage, ...]]]


def run(store: PassageStore, items: Iterator[Item] | Corpus | Backup | list[Loaded], *, prune: bool = False) -> Report:
    store.open_or_create(FINGERPRINT)
    encoder = Encoder(EMBEDDER, Centres.none(8))
    return index(items, store, encoder, Chunker(EMBEDDER.count_tokens, 32), 3, prune=prune)


def contents(store: PassageStore) -> Contents:
    held: Contents = {}
    for article_id, version in store.versions().items():
        article = store.article(article_id)
        published = article.published_at.isoformat() if article.published_at else None
        passages = tuple(stored.passage for stored in store.article_passages(article_id))
        held[article_id] = (version, article, published, passages)
    return held


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Articles whose ids are those of their files, which own them."""
    news = tmp_path / "news"
    for name in ("one", "two"):
        (news / name).mkdir(parents=True)
        (news / name / "index.txt").write_text(f"خبر {name}.", "utf-8")
    return news


@pytest.mark.parametrize("name", ["b.jsonl.zst", "b.jsonl.gz", "b.jsonl"])
def test_a_backup_brings_every_article_to_the_other_store_and_back(
    place: Place, tmp_path: Path, folder: Path, name: str
) -> None:
    with LanceStore(tmp_path / "first") as first, place.store() as moved, LanceStore(tmp_path / "back") as back:
        assert run(first, [Loaded(article.id, article) for article in ARTICLES]).added == len(ARTICLES)
        run(first, Corpus([folder], 10_000))
        whole = contents(first)
        assert [whole[article.id][1] for article in ARTICLES] == ARTICLES
        assert len(whole) == len(ARTICLES) + 2
        progress: list[int] = []
        assert export(first, tmp_path / name, progress.append) == len(whole)
        assert progress == [*range(1, len(whole) + 1)]

        assert run(moved, Backup(tmp_path / name)).added == len(whole)
        assert contents(moved) == whole
        export(moved, tmp_path / f"again-{name}")
        assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()
        run(back, Backup(tmp_path / f"again-{name}"))
        assert contents(back) == whole
        # The files still own the ids of their articles.
        report = run(back, Corpus([folder], 10_000))
        assert (report.unchanged, report.indexed) == (2, 0)


def test_more_articles_than_one_call_fetches_are_exported(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalil.indexing.backup.ARTICLES_PER_CALL", 2)
    with place.store() as store:
        run(store, [Loaded(article.id, article) for article in ARTICLES])
        export(store, tmp_path / "b.jsonl")
        backup = Backup(tmp_path / "b.jsonl")
        assert [each.article.id for each in backup if isinstance(each, Loaded)] == sorted(a.id for a in ARTICLES)
        assert backup.position == backup.size()


def test_importing_deletes_nothing_and_a_second_time_changes_nothing(place: Place, tmp_path: Path) -> None:
    with place.store() as store:
        run(store, [Loaded("a", ARTICLES[0])])
        export(store, tmp_path / "b.jsonl.zst")
        run(store, [Loaded("zz", ARTICLES[3])])
        assert run(store, Backup(tmp_path / "b.jsonl.zst")).unchanged == 1
        assert sorted(store.versions()) == ["a", "zz"]


def test_an_index_of_another_model_is_exported(place: Place, tmp_path: Path) -> None:
    with place.store() as store:
        run(store, [Loaded(article.id, article) for article in ARTICLES])
    with place.store() as store:
        with pytest.raises(IndexMismatch):
            store.open(IndexFingerprint("another", 16, 1, 1))
        assert export(store, tmp_path / "b.jsonl") == len(ARTICLES)


def test_an_index_without_whole_articles_is_said_to_have_none(place: Place, tmp_path: Path) -> None:
    place.put_another_releases_index()
    with place.store() as store, pytest.raises(IndexMismatch, match="does not hold whole articles"):
        export(store, tmp_path / "b.jsonl")
    assert list(tmp_path.glob("b.jsonl*")) == []


# --- files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A backup of two articles."""
    with LanceStore(tmp_path / "index") as store:
        run(store, [Loaded("a", ARTICLES[0]), Loaded("zz", ARTICLES[3])])
        export(store, tmp_path / "b.jsonl")
    return tmp_path / "b.jsonl"


def rejected(path: Path) -> list[Rejected]:
    return [item for item in Backup(path) if isinstance(item, Rejected)]


def test_an_export_that_fails_leaves_the_file_as_it_was(tmp_path: Path, file: Path) -> None:
    before = file.read_bytes()

    def fail(articles: int) -> None:
        raise StoreUnavailable("gone")

    with LanceStore(tmp_path / "index") as store, pytest.raises(StoreUnavailable):
        export(store, file, fail)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.glob("b.jsonl*")] == ["b.jsonl"]


@pytest.mark.parametrize("name", ["backup", "backup.json", "b.zst", "b.jsonl.bz2"])
def test_a_name_that_says_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with LanceStore(tmp_path / "index") as store, pytest.raises(InvalidInput, match=r"\.jsonl\.zst, "):
        export(store, tmp_path / name)
    with pytest.raises(InvalidInput, match=r"\.jsonl\.zst, "):
        Backup(tmp_path / name)


def cut(content: bytes) -> bytes:
    return content[:-20]


def flip(content: bytes) -> bytes:
    return content[:40] + bytes([content[40] ^ 255]) + content[41:]


@pytest.mark.parametrize("damage", [cut, flip])
@pytest.mark.parametrize("compress", [zstandard.compress, gzip.compress], ids=["zst", "gz"])
def test_a_damaged_file_is_rejected_where_it_is_damaged(
    file: Path, compress: Callable[[bytes], bytes], damage: Callable[[bytes], bytes]
) -> None:
    compressed = file.with_suffix(".jsonl.zst" if compress is zstandard.compress else ".jsonl.gz")
    compressed.write_bytes(damage(compress(file.read_bytes())))
    (one,) = rejected(compressed)
    assert one.name.startswith(str(compressed))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b'{"id": "a", "text": "x"}\n', "`python -m indexer index` reads files of others", id="others"),
        pytest.param(b"text\n", "Invalid JSON", id="no JSON"),
        pytest.param(b"\xff\n", "Invalid JSON", id="no UTF-8"),
        pytest.param(b'{"id"', "the file ends within this line", id="cut"),
    ],
)
def test_what_is_no_article_is_rejected_and_the_others_are_read(file: Path, content: bytes, reason: str) -> None:
    first, second = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(first + second + content)
    (one,) = rejected(file)
    assert one.name == f"{file}:3"
    assert reason in one.reason
    assert len(list(Backup(file))) == 3


def test_a_date_that_is_none_is_rejected(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"2024-05-01T00", b"2024-13-01T00"))
    (one,) = rejected(file)
    assert "month" in one.reason
