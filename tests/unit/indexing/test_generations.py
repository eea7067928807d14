"""What a follower takes along; that swaps lose nothing is tested in tests/reliability."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import lancedb
import pytest

from dalil.domain import NO_FILTERS, Article, Candidate, Filters, IndexFingerprint, Vector
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import IndexMismatch
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.generations import Follower, NoPreviousGeneration, open_next, open_previous
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.report import Report
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import Generation, PassageStore
from dalil.stores.lance import LanceStore
from dalil.text.aliases import Aliases
from tests.contracts.samples import indexed

EMBEDDER = FakeEmbedder(dimension=8)
ENCODER = Encoder(EMBEDDER, Centres.none(8))
FINGERPRINT = IndexFingerprint(EMBEDDER.model, EMBEDDER.dimension, 1, 1)
TEXT = "\n".join(f"هذه جملة رقم {line} من الخبر." for line in range(9))


def index(items: Iterable[Item], store: PassageStore, *, prune: bool = False, optimise: bool = True) -> Report:
    return pipeline.index(items, store, ENCODER, Chunker(EMBEDDER.count_tokens, 16), 2, prune=prune, optimise=optimise)


def put(store: PassageStore, *articles: Article) -> None:
    assert not index([Loaded(each.id, each) for each in articles], store).rejected


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LanceStore]:
    with LanceStore(tmp_path / "index") as store:
        store.open_or_create(FINGERPRINT)
        put(store, *(Article(name, "عنوان", TEXT) for name in "abc"))
        yield store


def followed(live: LanceStore) -> Follower:
    return Follower(live, open_next(live, FINGERPRINT), index)


def test_each_round_takes_along_what_has_changed_since_the_last(live: LanceStore) -> None:
    follower = followed(live)
    assert (follower.catch_up(), follower.position, follower.size()) == (3, 3, 3)
    assert follower.catch_up() == 0
    put(live, Article("a", "آخر", TEXT), Article("d", "عنوان", TEXT))
    live.delete(["b"])
    assert follower.catch_up() == 3
    assert follower.target.versions() == live.versions()
    assert follower.target.article("a").title == "آخر"


def test_an_article_that_goes_and_comes_while_it_is_read_is_not_lost(
    live: LanceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = followed(live)
    read = live.all_versions

    def delete_after_reading() -> object:
        versions = read()
        live.delete(["a"])
        return versions

    with monkeypatch.context() as patched:
        patched.setattr(live, "all_versions", delete_after_reading)
        follower.catch_up()
    put(live, Article("a", "عنوان", TEXT))
    assert follower.catch_up() == 1
    assert follower.target.versions() == live.versions()


def test_a_killed_rebuild_is_gone_on_with(live: LanceStore) -> None:
    followed(live).catch_up()
    live.delete(["b"])
    reports: list[Report] = []

    def index_and_report(items: Iterable[Item], store: PassageStore, **options: bool) -> Report:
        reports.append(index(items, store, **options))
        return reports[-1]

    again = Follower(live, open_next(live, FINGERPRINT), index_and_report)
    again.delete_strangers()
    again.catch_up()
    assert [(report.unchanged, report.indexed) for report in reports] == [(2, 0)]
    assert again.target.versions() == live.versions()


def test_a_next_generation_of_another_model_is_begun_again(live: LanceStore) -> None:
    followed(live).catch_up()
    other = replace(FINGERPRINT, embedding_model="other@2")
    assert open_next(live, other).versions() == {}


def test_articles_keep_the_files_that_own_their_ids(live: LanceStore, tmp_path: Path) -> None:
    news = tmp_path / "news"
    for name in ("one", "two"):
        (news / name).mkdir(parents=True)
        (news / name / "index.txt").write_text(f"خبر {name}.", "utf-8")
    index(Corpus([news], 1000), live)
    follower = followed(live)
    follower.catch_up()
    follower.swap(Generation.NEXT)
    assert index(Corpus([news], 1000), live).unchanged == 2


def test_an_article_that_cannot_be_indexed_any_more_is_named(live: LanceStore) -> None:
    live.write([indexed("old", url="not an address")])
    follower = followed(live)
    follower.catch_up()
    assert list(follower.rejected) == ["old"]
    assert "not http(s)" in follower.rejected["old"].reason
    live.delete(["old"])
    follower.catch_up()
    assert follower.rejected == {}


def test_going_back_changes_only_what_has_changed_since(live: LanceStore) -> None:
    before = {name: live.article_passages(name) for name in "abc"}
    follower = followed(live)
    follower.catch_up()
    follower.swap(Generation.NEXT)
    put(live, Article("a", "آخر", TEXT))
    back = Follower(live, open_previous(live, FINGERPRINT), index)
    back.skip_equal()
    back.delete_strangers()
    assert back.catch_up() == 1
    back.swap(Generation.PREVIOUS)
    assert live.article("a").title == "آخر"
    assert [each.passage for each in live.article_passages("b")] == [each.passage for each in before["b"]]


def test_there_is_no_going_back_without_a_previous_generation(live: LanceStore) -> None:
    with pytest.raises(NoPreviousGeneration, match="no previous generation"):
        open_previous(live, FINGERPRINT)


def test_an_index_of_an_older_release_is_read_as_far_as_it_goes(live: LanceStore, tmp_path: Path) -> None:
    table = lancedb.connect(tmp_path / "index").open_table("passages")
    table.drop_columns(["metadata", "language", "url", "tokens", "published_day"])
    with LanceStore(tmp_path / "index") as old:
        follower = Follower(old, open_next(old, FINGERPRINT), index)
        assert follower.catch_up() == 3
        assert follower.rejected == {}
        assert follower.target.article("a").text == TEXT
    table.drop_columns(["article_text"])
    with LanceStore(tmp_path / "index") as old, pytest.raises(IndexMismatch, match="does not hold whole articles"):
        old.all_versions()


def test_a_search_that_meets_a_swap_is_done_in_one_generation(live: LanceStore, tmp_path: Path) -> None:
    put(live, Article("d", "عنوان", TEXT))
    target = open_next(live, FINGERPRINT)
    target.write([indexed(name, terms=["جملة"], title="") for name in "abcd"])

    class SwappedBetween(LanceStore):
        def search_vector(self, vector: Vector, limit: int, filters: Filters = NO_FILTERS) -> list[Candidate]:
            if Generation.NEXT in live.generations():
                live.swap(Generation.NEXT, lambda: None)
            return super().search_vector(vector, limit, filters)

    with SwappedBetween(tmp_path / "index") as store:
        hits = Retriever(store, ENCODER, Aliases.standard()).search("جملة", limit=50).hits
    assert live.generations() == {Generation.LIVE, Generation.PREVIOUS}
    stored = [each for name in "abcd" for each in live.article_passages(name)]
    assert {hit.passage.id for hit in hits} == {each.passage.id for each in stored}
