import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dalil.domain import Article, IndexFingerprint
from dalil.embedding.base import Role, TokenEmbeddings
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.indexing import pipeline
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Corpus, Item, Loaded
from dalil.indexing.report import Rejected, Report, Skipped
from dalil.stores.base import PassageStore
from dalil.stores.lance import LanceStore
from dalil.text.analysis import terms

EMBEDDER = FakeEmbedder()
ENCODER = Encoder(EMBEDDER, Centres.none(EMBEDDER.dimension))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PassageStore]:
    with LanceStore(tmp_path / "index") as made:
        made.open_or_create(IndexFingerprint(EMBEDDER.model, EMBEDDER.dimension, 1, 1))
        yield made


def loaded(article_id: str, text: str = "جملة أولى. جملة ثانية.", **changes: object) -> Loaded:
    article = replace(Article(article_id, "عنوان", text), **changes)  # type: ignore[arg-type]
    return Loaded(f"{article_id}.txt", article)


def index(
    store: PassageStore, items: Iterable[Item], *, prune: bool = False, tokens: int = 32, batch: int = 2
) -> Report:
    return pipeline.index(items, store, ENCODER, Chunker(EMBEDDER.count_tokens, tokens), batch, prune=prune)


def reasons(report: Report) -> list[str]:
    return [rejected.reason for rejected in report.rejected]


def test_an_article_is_stored_whole_with_its_passages_terms_and_vectors(store: PassageStore) -> None:
    text = "عاجل\nجملة أولى طويلة. جملة ثانية.\nشاركها."
    report = index(store, [loaded("a", text)])
    assert (report.added, report.replaced, report.unchanged, report.passages) == (1, 0, 0, 1)
    assert store.article("a").text == text
    (stored,) = store.article_passages("a")
    assert stored.passage.text == "جملة أولى طويلة. جملة ثانية."
    (expected,) = EMBEDDER.embed_documents([f"عنوان\n{stored.passage.text}"])
    np.testing.assert_allclose(stored.vector, expected, atol=1e-3)
    assert stored.tokens.counts == (3, 2)
    assert [match.passage_id for match in store.search_text(terms("طويلة"), 5)] == [stored.passage.id]


class RecordingEmbedder(FakeEmbedder):
    """Keeps the texts that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        self.texts += texts
        return super()._embed_tokens(texts, role)


def test_the_model_reads_each_passage_once(store: PassageStore) -> None:
    embedder = RecordingEmbedder()
    encoder = Encoder(embedder, Centres.none(embedder.dimension))
    items = [loaded("a", "جملة أولى. جملة ثانية."), loaded("b", "جملة أولى.")]
    report = pipeline.index(items, store, encoder, Chunker(embedder.count_tokens, 32), 2)
    assert embedder.texts == ["عنوان\nجملة أولى. جملة ثانية.", "عنوان\nجملة أولى."]
    assert report.embedded == report.passages == 2


def test_every_passage_is_found_by_the_words_of_its_articles_title(store: PassageStore) -> None:
    text = "جملة أولى فيها كلام كثير جدا.\nجملة ثانية فيها كلام آخر."
    report = index(store, [loaded("a", text, title="غواصة")], tokens=6)
    assert len(store.search_text(terms("غواصة"), 5)) == report.passages == 2


def test_an_article_is_found_at_once_without_tidying_up(store: PassageStore) -> None:
    chunker = Chunker(EMBEDDER.count_tokens, 32)
    pipeline.index([loaded("a", "جملة طويلة.")], store, ENCODER, chunker, 1, optimise=False)
    assert len(store.search_text(terms("طويلة"), 5)) == 1


def test_versions_that_the_caller_knows_are_not_asked_for(store: PassageStore) -> None:
    chunker = Chunker(EMBEDDER.count_tokens, 32)
    index(store, [loaded("a"), loaded("b")])
    for stored, expected in ((store.versions(["a"]), (0, 0, 1)), ({"a": "older"}, (0, 1, 0)), ({}, (1, 0, 0))):
        report = pipeline.index([loaded("a")], store, ENCODER, chunker, 1, stored=stored)
        assert (report.added, report.replaced, report.unchanged) == expected


def test_a_second_run_over_the_same_articles_changes_nothing(store: PassageStore) -> None:
    items = [loaded(name) for name in "abc"]
    index(store, items)
    before = store.versions()
    again = index(store, items)
    assert (again.indexed, again.unchanged, again.embedded, again.passages) == (0, 3, 0, 0)
    assert store.versions() == before


def test_a_changed_article_leaves_no_old_passage(store: PassageStore) -> None:
    index(store, [loaded("a", f"{'قديم ' * 30}. {'قديم ' * 30}."), loaded("b")])
    report = index(store, [loaded("a", "جديد."), loaded("b")])
    assert (report.added, report.replaced, report.unchanged) == (0, 1, 1)
    assert [stored.passage.text for stored in store.article_passages("a")] == ["جديد."]
    assert store.search_text(terms("قديم"), 5) == []


def test_a_change_of_the_passages_length_indexes_everything_again(store: PassageStore) -> None:
    index(store, [loaded("a")], tokens=32)
    assert index(store, [loaded("a")], tokens=33).replaced == 1


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        pytest.param(loaded("a", ""), "the text is empty", id="empty"),
        pytest.param(loaded("a", " \n\u00a0\n"), "the text is empty", id="white space"),
        pytest.param(loaded("a", "\n\ufeff\u200f ...\n"), "the text is empty", id="marks alone"),
        pytest.param(loaded("a", "عاجل\nشاركها."), "nothing is left after boilerplate", id="boilerplate"),
        pytest.param(loaded("a", "أ\n" * 50_001), "it has 50,001 sentences, of at most 50,000", id="many sentences"),
        pytest.param(loaded("a", "نص\ud800."), "holds a lone surrogate", id="a surrogate in the text"),
        pytest.param(loaded("a", title="\udfff"), "holds a lone surrogate", id="a surrogate in the title"),
        pytest.param(loaded("a\udc80"), "holds a lone surrogate", id="a surrogate in the id"),
        pytest.param(loaded("a", metadata={"\ud800": "x"}), "holds a lone surrogate", id="a surrogate in metadata"),
        pytest.param(loaded("a", "نص\0."), "looks like a binary file", id="NUL"),
        pytest.param(loaded("a", source="\0"), "looks like a binary file", id="NUL in the source"),
        pytest.param(loaded("a", "\x01\x02نص." * 20), "looks like a binary file", id="control characters"),
        pytest.param(loaded(" "), "its id is empty", id="a blank id"),
        pytest.param(loaded("."), "its id '.' is a step in a path", id="a dot"),
        pytest.param(loaded(".."), "its id '..' is a step in a path", id="two dots"),
        pytest.param(loaded("a\nb"), "its id is empty or holds control characters", id="a line end in the id"),
        pytest.param(loaded("ب" * 257), "its id is longer than 512 bytes", id="a long id"),
        pytest.param(loaded("a", title="x" * 1001), "its title is longer than 1,000 characters", id="a long title"),
        pytest.param(loaded("a", url="javascript:alert(1)"), "its url is not http(s)", id="a url that runs"),
        pytest.param(loaded("a", url="https:// x"), "its url is not http(s)", id="a url with a space"),
        pytest.param(loaded("a", url=f"http://x/{'y' * 2048}"), "longer than 2,048 characters", id="a long url"),
        pytest.param(loaded("a", source="x" * 513), "its source is longer than 512 characters", id="a long source"),
        pytest.param(loaded("a", language="ar" + "-x" * 17), "its language is not a tag", id="a long language"),
        pytest.param(
            loaded("a", published_at=datetime(9999, 12, 31, tzinfo=UTC)),
            "its date is in the year 9999",
            id="a far date",
        ),
        pytest.param(
            loaded("a", metadata={"short": "x", "long": "x" * 9_997}),
            "its metadata field 'long' has 10,001 characters, of at most 10,000",
            id="a long field of metadata",
        ),
        pytest.param(
            loaded("a", metadata={"x" * 10_001: ""}), "has 10,001 characters, of at most 10,000", id="a long name"
        ),
        pytest.param(
            loaded("a", metadata={f"{number:05}": "x" * 4_996 for number in range(10)}),
            "its metadata has 50,010 characters, of at most 50,000",
            id="much metadata",
        ),
        pytest.param(loaded("a", language="Arabic!"), "its language is not a tag such as 'ar'", id="a language"),
    ],
)
def test_a_bad_article_is_named_and_the_others_are_indexed(store: PassageStore, item: Loaded, reason: str) -> None:
    report = index(store, [item, loaded("good")])
    (rejected,) = report.rejected
    assert rejected.name == item.name
    assert reason in rejected.reason
    assert list(store.versions()) == ["good"]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(loaded("ب" * 256), id="an id of 512 bytes"),
        pytest.param(loaded("..."), id="three dots"),
        pytest.param(loaded("a", "سطر\tثان\rثالث\x0b\x85 \u200f\ufeff."), id="white space and marks"),
        pytest.param(loaded("a", "نص " * 100 + "\x02."), id="one control character among many"),
        pytest.param(loaded("a", language="ar-Arab-SA", url="http://x", title="x" * 1000), id="bounds"),
        pytest.param(
            loaded("a", source="x" * 512, url=f"http://x/{'y' * 2039}", language="ar" + "-x" * 16), id="longest fields"
        ),
        pytest.param(
            loaded("a", metadata={f"{number:05}": "x" * 9_995 for number in range(5)}), id="the most metadata"
        ),
    ],
)
def test_what_is_just_within_bounds_is_indexed_verbatim(store: PassageStore, item: Loaded) -> None:
    assert index(store, [item]).added == 1
    assert store.article(item.article.id) == item.article


def test_of_two_different_articles_with_one_id_the_second_is_refused_naming_the_first(store: PassageStore) -> None:
    report = index(store, [loaded("a", "أولى."), Loaded("other/a.md", Article("a", "آخر", "ثانية."))])
    reason = "its id 'a' is that of another article, a.txt; give each its own"
    assert report.rejected == [Rejected("other/a.md", reason, "a")]
    assert store.article("a").text == "أولى."


def test_pruning_deletes_what_is_no_longer_there(store: PassageStore) -> None:
    index(store, [loaded(name) for name in "abc"])
    assert index(store, [loaded("a")]).pruned == 0
    report = index(store, [loaded("a")], prune=True)
    assert (report.pruned, report.not_pruned_because) == (2, None)
    assert list(store.versions()) == ["a"]


def test_pruning_spares_what_was_refused(store: PassageStore) -> None:
    index(store, [loaded(name) for name in "abc"])
    rejected: list[Item] = [Rejected("b.txt", "not UTF-8", "b"), loaded("c", "")]
    report = index(store, [loaded("a"), *rejected], prune=True)
    assert (report.pruned, sorted(store.versions())) == (0, ["a", "b", "c"])


def test_a_file_that_can_hold_no_article_keeps_none_in_the_index(store: PassageStore) -> None:
    index(store, [loaded("a"), loaded("b"), loaded("c")])
    rejected = [Rejected("gone", "is a link to nothing", may_hold=()), Rejected("bad", "bad", "b", ("b", "x/b"))]
    report = index(store, [loaded("a"), *rejected], prune=True)
    assert (report.pruned, report.not_pruned_because, sorted(store.versions())) == (1, None, ["a", "b"])


def test_a_broken_archive_keeps_what_came_from_it_and_nothing_else(store: PassageStore, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr("a.txt", "أولى.")
        archive.writestr("b.jsonl", '{"id": "b", "text": "ثانية."}')
    (folder / "gone.txt").write_text("ثالثة.", encoding="utf-8")
    (folder / "kept.txt").write_text("رابعة.", encoding="utf-8")
    assert index(store, Corpus([folder], 10_000)).added == 4
    (folder / "gone.txt").unlink()
    (folder / "old.zip").write_bytes(b"PK, and no more")
    report = index(store, Corpus([folder], 10_000), prune=True)
    assert (report.pruned, report.not_pruned_because) == (1, None)
    assert sorted(store.versions()) == ["a", "b", "kept"]


def test_the_same_article_in_two_files_is_indexed_once_and_no_error(store: PassageStore) -> None:
    report = index(store, [loaded("a"), Loaded("feed of today", loaded("a").article)])
    assert (report.added, report.unchanged, report.rejected) == (1, 1, [])


def test_the_id_of_a_file_stays_when_another_of_its_name_comes_and_when_that_goes(
    store: PassageStore, tmp_path: Path
) -> None:
    def write(name: str, text: str) -> None:
        path = tmp_path / "news" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def texts() -> dict[str, str]:
        report = index(store, Corpus([tmp_path / "news"], 10_000), prune=True)
        assert report.rejected == []
        return {article_id: store.article(article_id).text for article_id in store.versions()}

    write("port/index.md", "الميناء.")
    assert texts() == {"index": "الميناء."}
    write("bridge/index.md", "الجسر.")
    assert texts() == {"index": "الميناء.", "bridge/index": "الجسر."}
    write("port/index.md", "الميناء الجديد.")
    write("index.txt", "فهرس.")
    assert texts().keys() == {"index", "bridge/index", "index.txt"}
    assert store.article("index").text == "الميناء الجديد."
    (tmp_path / "news/port/index.md").unlink()
    assert texts().keys() == {"bridge/index", "index.txt"}
    assert index(store, Corpus([tmp_path / "news"], 10_000), prune=True).unchanged == 2


def test_nothing_is_pruned_when_what_was_refused_could_be_anything(store: PassageStore) -> None:
    index(store, [loaded(name) for name in "ab"])
    report = index(store, [loaded("a"), Rejected("folder", "cannot be read: Permission denied")], prune=True)
    assert report.pruned == 0
    assert report.not_pruned_because == "folder could not be read, so its articles may still exist"


def test_pruning_never_empties_an_index(store: PassageStore) -> None:
    index(store, [loaded("a")])
    report = index(store, [Skipped("a.pdf")], prune=True)
    assert report.not_pruned_because == "no article could be read, and an index is not emptied by mistake"
    assert list(store.versions()) == ["a"]
    assert report.skipped == [Skipped("a.pdf")]


def test_articles_are_read_two_batches_ahead_of_the_store_at_most(store: PassageStore) -> None:
    ahead = []

    def items() -> Iterator[Item]:
        for number in range(9):
            ahead.append(number - store.counts().articles)
            yield loaded(f"{number}")

    index(store, items(), batch=3)
    assert max(ahead) == 5
    assert store.counts().articles == 9


def test_a_batch_of_long_articles_is_written_early(store: PassageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MAX_BATCH_CHARACTERS", 30)
    ahead = []

    def items() -> Iterator[Item]:
        for number in range(6):
            ahead.append(number - store.counts().articles)
            yield loaded(f"{number}")

    index(store, items(), batch=100)
    assert ahead == [0, 1, 2, 3, 2, 3]


def test_progress_is_told_from_the_beginning_to_the_end(store: PassageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PASSAGES_PER_SLICE", 2)
    seen = []
    pipeline.index(
        [loaded("a", "أولى.\nثانية.\nثالثة."), loaded("b", "رابعة.\nخامسة.\nسادسة.")],
        store,
        ENCODER,
        Chunker(EMBEDDER.count_tokens, 1),  # one passage for each sentence
        1,
        progress=lambda report: seen.append((report.embedded, report.indexed)),
    )
    # The second article is read while the first one is encoded.
    assert seen == [(0, 0), (0, 0), (2, 0), (3, 0), (3, 1), (5, 1), (6, 1), (6, 2)]


def test_an_interrupted_run_keeps_what_it_wrote_and_the_next_one_does_the_rest(store: PassageStore) -> None:
    def interrupted() -> Iterator[Item]:
        yield from (loaded(name) for name in "abcde")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index(store, interrupted())
    assert sorted(store.versions()) == ["a", "b"]
    report = index(store, [loaded(name) for name in "abcde"])
    assert (report.added, report.unchanged) == (3, 2)


def test_the_report_is_ready_for_json(store: PassageStore) -> None:
    report = index(store, [loaded("a"), Rejected("b.txt", "not UTF-8", "b"), Skipped("c.pdf")])
    fields = report.as_json()
    assert fields["added"] == 1
    assert fields["rejected"] == [{"name": "b.txt", "reason": "not UTF-8", "article_id": "b"}]
    assert fields["skipped"] == [{"name": "c.pdf"}]
    assert report.passages_per_second == report.passages / report.seconds
    assert Report().passages_per_second == 0
    assert report.found == 2
