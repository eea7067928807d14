from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dalil.domain import (
    Article,
    Candidate,
    FacetCount,
    FacetFields,
    Facets,
    Filters,
    Mode,
    SortOrder,
    StoredPassage,
    TimeEffect,
    TimeOptions,
)
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import MAX_HITS
from dalil.retrieval.signals import (
    LATE,
    LATEST_WEIGHT,
    LEXICAL,
    PASSAGE,
    PERIOD,
    PERIOD_WEIGHT,
    RECENCY,
    SENTENCE,
    WEIGHTS,
)
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
        if contribution.signal == LEXICAL
    )


def test_contributions_add_up_to_the_score(engine: Engine) -> None:
    for hit in engine.retriever.search("كوريا الشمالية").hits:
        assert {c.signal for c in hit.contributions} == {LEXICAL, PASSAGE, SENTENCE, LATE}
        assert hit.score == pytest.approx(sum(c.weight * c.normalised_score for c in hit.contributions))
        assert all(0 <= c.normalised_score <= 1 for c in hit.contributions)


def test_a_leg_that_did_not_find_a_passage_has_no_rank_for_it(engine: Engine) -> None:
    hits = {hit.article.id: hit for hit in engine.retriever.search("القذائف").hits}
    (lexical,) = (c for c in hits["quake"].contributions if c.signal == LEXICAL)
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


TODAY = date(2023, 10, 20)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("ماذا أرسلت كوريا الشمالية إلى روسيا الأسبوع الماضي؟", ["shells", "quake"], id="last week"),
        pytest.param("what did DPRK send to Russia since the beginning of October?", ["shells", "quake"], id="since"),
        pytest.param("أخبار روسيا في نوفمبر 2022", ["drones", "quake"], id="the news of a month"),
        pytest.param("ماذا حدث في زلزال تركيا أمس؟", ["quake"], id="nothing but an undated article"),
    ],
)
def test_a_time_that_narrows_leaves_its_articles_and_undated_ones(
    engine: Engine, question: str, expected: list[str]
) -> None:
    for mode in Mode:
        results = engine.retriever.search(question, mode=mode, time=TimeOptions(reference_date=TODAY))
        assert {hit.article.id for hit in results.hits} <= set(expected)
        assert [time.effect for time in results.times] == [TimeEffect.NARROW]
    assert {hit.article.id for hit in results.hits} == set(expected)


def test_a_filter_by_date_beats_the_time_of_the_question_and_a_request_can_ignore_it(engine: Engine) -> None:
    question, time = "ماذا سلمت إيران إلى روسيا الأسبوع الماضي؟", TimeOptions(reference_date=TODAY)
    filters = Filters(published_to=date(2022, 12, 31))
    results = engine.retriever.search(question, filters=filters, time=time)
    assert ([hit.article.id for hit in results.hits], results.times) == (["drones"], ())
    ignoring = engine.retriever.search(question, time=replace(time, read=False))
    assert ({hit.article.id for hit in ignoring.hits}, ignoring.times) == ({"shells", "drones", "quake"}, ())


def test_today_is_the_engines_own_unless_the_request_names_another_day(engine: Engine) -> None:
    retriever = replace(engine.retriever, today=lambda: TODAY)
    assert [time.published_to for time in retriever.search("قذائف الأسبوع الماضي").times] == [date(2023, 10, 15)]
    named = retriever.search("قذائف الأسبوع الماضي", time=TimeOptions(reference_date=date(2022, 11, 9)))
    assert [time.published_from for time in named.times] == [date(2022, 10, 31)]


def test_a_date_prefers_its_articles_and_hides_no_others(engine: Engine) -> None:
    hits = engine.retriever.search("روسيا في نوفمبر 2022").hits
    assert {hit.article.id for hit in hits} == {"shells", "drones", "quake"}
    shares = {hit.article.id: {share.signal: share.contribution for share in hit.contributions} for hit in hits}
    assert {article: own[PERIOD] for article, own in shares.items()} == {
        "shells": 0.0,
        "drones": PERIOD_WEIGHT,
        "quake": 0.0,
    }


@pytest.mark.parametrize(
    ("question", "time", "weight"),
    [
        pytest.param("آخر أخبار روسيا", TimeOptions(), LATEST_WEIGHT, id="the latest"),
        pytest.param("روسيا", TimeOptions(recency=0.7), 0.7, id="by request"),
        pytest.param("آخر أخبار روسيا", TimeOptions(recency=0.7), 0.7, id="the larger of both"),
    ],
)
def test_recency_is_a_signal_after_fusion(engine: Engine, question: str, time: TimeOptions, weight: float) -> None:
    hits = engine.retriever.search(question, time=time).hits
    own = {hit.article.id: share for hit in hits for share in hit.contributions if share.signal == RECENCY}
    assert {article: share.normalised_score for article, share in own.items()} == {
        "shells": 1.0,
        "drones": 0.5,
        "quake": 0.0,
    }
    assert {share.weight for share in own.values()} == {weight}
    assert all(hit.score == pytest.approx(sum(share.contribution for share in hit.contributions)) for hit in hits)


def test_hits_by_date_are_the_same_hits_newest_first_and_undated_last(engine: Engine) -> None:
    hits = engine.retriever.search("زلزال تركيا", time=TimeOptions(sort=SortOrder.DATE)).hits
    assert [hit.article.id for hit in hits] == ["shells", "drones", "quake"]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    (best,) = engine.retriever.search("زلزال تركيا", limit=1, time=TimeOptions(sort=SortOrder.DATE)).hits
    assert best.article.id == "quake"


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


AGENCY, PAPER = "وكالة", "صحيفة"


@pytest.mark.parametrize(
    ("filters", "sources", "years"),
    [
        pytest.param(Filters(), {AGENCY: 2, PAPER: 1}, {2023: 1, 2022: 1}, id="none"),
        pytest.param(Filters(sources=(PAPER,)), {AGENCY: 2, PAPER: 1}, {2022: 1}, id="a source"),
        pytest.param(Filters(article_ids=("quake",), sources=(PAPER,)), {AGENCY: 1}, {}, id="an article and a source"),
        pytest.param(
            Filters(published_from=datetime(2023, 1, 1, tzinfo=UTC)), {AGENCY: 1}, {2023: 1, 2022: 1}, id="dates"
        ),
        pytest.param(
            Filters(sources=(PAPER,), published_from=datetime(2023, 1, 1, tzinfo=UTC)),
            {AGENCY: 1},
            {2022: 1},
            id="a source and dates",
        ),
        pytest.param(Filters(sources=("لا أحد",)), {AGENCY: 2, PAPER: 1}, {}, id="a source of nothing"),
    ],
)
def test_each_facet_counts_without_its_own_filter_and_with_all_others(
    engine: Engine, filters: Filters, sources: dict[str, int], years: dict[int, int]
) -> None:
    found = engine.retriever.search("روسيا زلزال القذائف مسيرة", filters=filters, facets=True)
    expected = Facets(
        tuple(FacetCount(value, count) for value, count in sources.items()),
        tuple(FacetCount(value, count) for value, count in years.items()),
    )
    assert found.facets is not None
    assert replace(found.facets, days=()) == expected
    assert sum(day.count for day in found.facets.days) == sum(years.values())
    assert found.hits == engine.retriever.search("روسيا زلزال القذائف مسيرة", filters=filters).hits


def test_facets_count_what_the_legs_of_the_mode_brought(engine: Engine) -> None:
    def counted(mode: Mode) -> int:
        facets = engine.retriever.search("زلزال تركيا", mode=mode, limit=1, facets=True).facets
        assert facets
        return sum(source.count for source in facets.sources)

    assert [counted(mode) for mode in (Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID)] == [1, 3, 3]


@pytest.mark.parametrize(
    ("filters", "facets", "expected"),
    [
        pytest.param(Filters(sources=(AGENCY,)), False, (1, 0), id="not asked for"),
        pytest.param(Filters(article_ids=("quake",)), True, (1, 1), id="no filter of a facet"),
        pytest.param(Filters(sources=(AGENCY,)), True, (2, 1), id="one"),
        pytest.param(
            Filters(sources=(AGENCY,), published_to=datetime(2024, 1, 1, tzinfo=UTC)), True, (3, 1), id="both"
        ),
    ],
)
def test_the_legs_are_asked_again_only_for_a_facet_whose_filter_is_set(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, filters: Filters, facets: bool, expected: tuple[int, int]
) -> None:
    search, facet_fields = LanceStore.search_text, LanceStore.facet_fields
    calls: list[str] = []

    def searching(store: LanceStore, terms: Sequence[str], limit: int, filters: Filters) -> list[Candidate]:
        calls.append("search")
        return search(store, terms, limit, filters)

    def fetching(store: LanceStore, matches: Sequence[Candidate]) -> Mapping[str, FacetFields]:
        calls.append("facet_fields")
        return facet_fields(store, matches)

    monkeypatch.setattr(LanceStore, "search_text", searching)
    monkeypatch.setattr(LanceStore, "facet_fields", fetching)
    results = engine.retriever.search("زلزال", filters=filters, facets=facets)
    assert (results.facets is not None) == facets
    assert (calls.count("search"), calls.count("facet_fields")) == expected


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as engine:
        results = engine.retriever.search("روسيا", facets=True)
    assert results.hits == ()
    assert results.facets == Facets((), ())


def test_a_passage_that_went_after_it_was_found_is_not_shown(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *others) = engine.retriever.search("زلزال تركيا").hits
    fetch = LanceStore.passages

    def forgetful(store: LanceStore, matches: Sequence[Candidate]) -> Mapping[str, StoredPassage]:
        return {key: stored for key, stored in fetch(store, matches).items() if key != first.passage.id}

    monkeypatch.setattr(LanceStore, "passages", forgetful)
    again = engine.retriever.search("زلزال تركيا").hits
    assert [hit.rank for hit in again] == list(range(1, len(others) + 1))
    assert {hit.passage.id for hit in again} == {hit.passage.id for hit in others}


def test_keywords_alone_show_the_best_sentence_by_its_tokens_and_rank_without_them(engine: Engine) -> None:
    hit = engine.retriever.search("وصلت الشحنات بحرا إلى الميناء", mode=Mode.LEXICAL).hits[0]
    assert hit.best_sentence.text == "ووصلت الشحنات بحرا إلى الميناء."
    assert {share.signal for share in hit.contributions} == {LEXICAL}
