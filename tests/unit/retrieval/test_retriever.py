from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalil.bootstrap import Engine
from dalil.domain import Article, Filters, Match, StoredPassage
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import LATE, LEXICAL, MAX_HITS, PASSAGE, SENTENCE, WEIGHTS, Mode
from dalil.stores.lance import LanceStore
from tests.small_engine import small_engine

ARTICLES = [
    Article(
        "shells",
        "قذائف",
        "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية. ووصلت الشحنات بحرا إلى الميناء.",
        source="وكالة",
        published_at=datetime(2023, 10, 14, tzinfo=UTC),
    ),
    Article(
        "drones",
        "مسيرات",
        "اعترفت إيران بتسليم روسيا طائرات مسيرة قبل الحرب. وقالت كييف إن العدد أكبر.",
        source="صحيفة",
        published_at=datetime(2022, 11, 5, tzinfo=UTC),
    ),
    Article("quake", "زلزال", "ضرب زلزال قوي جنوب تركيا فجرا. وارتفع عدد القتلى في اليوم التالي.", source="وكالة"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("question", "article"),
    [("من سلم روسيا ملايين القذائف؟", "shells"), ("زلزال تركيا", "quake"), ("طائرات مسيرة من إيران", "drones")],
)
def test_an_arabic_question_finds_its_article_in_every_mode(
    engine: Engine, mode: Mode, question: str, article: str
) -> None:
    hits = engine.retriever.search(question, mode=mode).hits
    assert hits[0].article.id == article
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_an_english_question_reaches_the_keyword_leg_through_names(engine: Engine) -> None:
    results = engine.retriever.search("what weapons did DPRK send?", mode=Mode.LEXICAL)
    hit = results.hits[0]
    assert hit.article.id == "shells"
    assert [hit.passage.text[s.start : s.end] for s in results.highlights(hit)] == ["كوريا", "الشمالية"]


def test_an_english_question_without_names_brings_no_keyword_noise(engine: Engine) -> None:
    assert engine.retriever.search("who sent millions of shells", mode=Mode.LEXICAL).hits == ()
    assert all(
        contribution.normalised_score == 0
        for hit in engine.retriever.search("who sent millions of shells").hits
        for contribution in hit.contributions
        if contribution.leg == LEXICAL
    )


def test_contributions_add_up_to_the_score(engine: Engine) -> None:
    for hit in engine.retriever.search("كوريا الشمالية").hits:
        assert {c.leg for c in hit.contributions} == {LEXICAL, PASSAGE, SENTENCE, LATE}
        assert hit.score == pytest.approx(sum(c.weight * c.normalised_score for c in hit.contributions))
        assert all(0 <= c.normalised_score <= 1 for c in hit.contributions)


def test_a_leg_that_did_not_find_a_passage_has_no_rank_for_it(engine: Engine) -> None:
    hits = {hit.article.id: hit for hit in engine.retriever.search("القذائف").hits}
    (lexical,) = (c for c in hits["quake"].contributions if c.leg == LEXICAL)
    assert (lexical.rank, lexical.raw_score, lexical.normalised_score) == (None, 0.0, 0.0)


def test_weights_of_every_mode_and_language_add_up_to_one() -> None:
    for languages in WEIGHTS.values():
        for weights in languages.values():
            assert sum(weights.values()) == pytest.approx(1.0)


def test_the_best_sentence_is_a_verbatim_part_of_the_passage(engine: Engine) -> None:
    hit = engine.retriever.search("وصلت الشحنات بحرا إلى الميناء").hits[0]
    assert hit.best_sentence.text == "ووصلت الشحنات بحرا إلى الميناء."
    article = engine.store.article("shells")
    assert hit.best_sentence.span.of(article.text) == hit.best_sentence.text
    assert hit.passage.span.of(article.text) == hit.passage.text


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(Filters(article_ids=("quake",)), {"quake"}, id="article"),
        pytest.param(Filters(sources=("وكالة",)), {"shells", "quake"}, id="source"),
        pytest.param(Filters(published_from=datetime(2023, 1, 1, tzinfo=UTC)), {"shells"}, id="from"),
        pytest.param(Filters(published_to=datetime(2023, 1, 1, tzinfo=UTC)), {"drones"}, id="to"),
        pytest.param(Filters(sources=("لا أحد",)), set(), id="none left"),
    ],
)
def test_filters_hold_for_both_legs(engine: Engine, filters: Filters, expected: set[str]) -> None:
    for mode in Mode:
        hits = engine.retriever.search("روسيا زلزال القذائف مسيرة", mode=mode, filters=filters).hits
        assert {hit.article.id for hit in hits} == expected


def test_the_limit_holds(engine: Engine) -> None:
    assert len(engine.retriever.search("روسيا", limit=1).hits) == 1


@pytest.mark.parametrize("limit", [0, -1, MAX_HITS + 1])
def test_a_limit_out_of_bounds_is_refused(engine: Engine, limit: int) -> None:
    with pytest.raises(InvalidQuery, match="limit"):
        engine.retriever.search("روسيا", limit=limit)


def test_reversed_dates_are_refused(engine: Engine) -> None:
    reversed_dates = Filters(
        published_from=datetime(2024, 1, 1, tzinfo=UTC), published_to=datetime(2023, 1, 1, tzinfo=UTC)
    )
    with pytest.raises(InvalidQuery, match="exchange them"):
        engine.retriever.search("روسيا", filters=reversed_dates)


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as engine:
        assert engine.retriever.search("روسيا").hits == ()


def test_a_passage_that_went_after_it_was_found_is_not_shown(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *others) = engine.retriever.search("زلزال تركيا").hits
    fetch = LanceStore.passages

    def forgetful(store: LanceStore, matches: Sequence[Match]) -> Mapping[str, StoredPassage]:
        return {key: stored for key, stored in fetch(store, matches).items() if key != first.passage.id}

    monkeypatch.setattr(LanceStore, "passages", forgetful)
    again = engine.retriever.search("زلزال تركيا").hits
    assert [hit.rank for hit in again] == list(range(1, len(others) + 1))
    assert {hit.passage.id for hit in again} == {hit.passage.id for hit in others}
