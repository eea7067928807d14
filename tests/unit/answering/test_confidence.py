from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime
from math import exp, isfinite
from pathlib import Path

import pytest

from dalil.answering import confidence as module
from dalil.answering.confidence import (
    ANSWERABILITY_WEIGHTS,
    DEFAULT_CONTENT_SIMILARITY,
    OTHER_YEAR_FACTOR,
    TOPICALITY_WEIGHTS,
    AnswerabilityFeatures,
    answerability_features,
    calibrate,
    confidence_of,
    estimate_confidence,
    logistic,
)
from dalil.answering.evidence import Evidence, select_evidence
from dalil.domain import Article, ArticleSummary, Confidence, Hit, Mode, Passage, ScoredSentence, Span
from dalil.engine import Engine
from dalil.retrieval.query import analyze_query
from dalil.retrieval.retriever import SearchResults
from dalil.text.aliases import AliasEntry, Aliases
from dalil.text.analysis import located_words
from dalil.text.language import Language
from tests.small_engine import small_engine

ALIASES = Aliases(
    [
        AliasEntry(en=("DPRK",), ar=("كوريا الشمالية", "بيونغ يانغ")),
        AliasEntry(en=("Iran",), ar=("إيران",)),
        AliasEntry(en=("Russia",), ar=("روسيا",)),
    ]
)

ARTICLES = [
    Article("shells", "قذائف", "سلمت كوريا الشمالية روسيا ملايين القذائف المدفعية. ووصلت الشحنات بحرا إلى الميناء."),
    Article("drones", "مسيرات", "اعترفت إيران بتسليم روسيا طائرات مسيرة قبل الحرب. وقالت كييف إن العدد أكبر."),
    Article("quake", "زلزال", "ضرب زلزال قوي جنوب تركيا فجرا. وارتفع عدد القتلى في اليوم التالي."),
]


def everywhere(value: int) -> AnswerabilityFeatures:
    """The value for every signal."""
    return AnswerabilityFeatures(**dict.fromkeys((field.name for field in fields(AnswerabilityFeatures)), value))  # type: ignore[arg-type]


NOTHING = everywhere(0)


def features_of(found: SearchResults) -> AnswerabilityFeatures:
    return answerability_features(found, select_evidence(found))


def confidence_in(found: SearchResults) -> Confidence | None:
    return estimate_confidence(found, select_evidence(found))


def sentence(late: float, text: str = "نص.") -> ScoredSentence:
    return ScoredSentence(Span(0, len(text)), text, late)


def hit(
    identity: str, sentences: Sequence[ScoredSentence] = (), cosine: float = 0.0, text: str = "نص.", title: str = ""
) -> Hit:
    passage, summary = Passage(identity, identity, 0, len(text), text, ()), ArticleSummary(identity, title)
    best = max(sentences, key=lambda own: own.late_interaction, default=sentence(cosine, text))
    return Hit(1, 1.0, passage, summary, cosine, best, tuple(sentences), ())


def results(
    hits: Sequence[Hit],
    tokens: Mapping[str, Sequence[float]] | None = None,
    text: str = "من زار بوتين",
    spans: Sequence[Span] = (),
) -> SearchResults:
    cosines = {identity: tuple(own) for identity, own in (tokens or {}).items()}
    return SearchResults(analyze_query(text, ALIASES), tuple(hits), tuple(spans), cosines)


def words_as_tokens(text: str, cosines: Sequence[float]) -> SearchResults:
    """One hit, and a token for each word of the question."""
    spans = [place for place, _ in located_words(text)]
    assert len(spans) == len(cosines)
    return results([hit("a")], {"a": cosines}, text, spans)


def test_a_token_below_the_least_is_not_spoken_of() -> None:
    found = features_of(words_as_tokens("من زار بوتين أمس", (0.9, 0.34, 0.36, 0.1)))
    assert found.unmatched_token_share == pytest.approx(2 / 4)


def test_the_passage_that_comes_nearest_to_the_tokens_counts_whatever_its_rank() -> None:
    text = "زار بوتين"
    spans = [place for place, _ in located_words(text)]
    tokens = {"a": (0.9, 0.1), "b": (0.8, 0.6), "c": (0.3, 0.9)}
    found = features_of(results([hit(identity) for identity in tokens], tokens, text, spans))
    # The means are 0.5, 0.7 and 0.6.
    assert (found.content_similarity, found.min_content_similarity, found.unmatched_token_share) == pytest.approx(
        (0.7, 0.6, 0.0)
    )


def test_content_is_that_of_telling_words_each_the_mean_of_its_tokens() -> None:
    # "بوتين" is two tokens, "من" and "في" are stop words, the question mark is no word.
    spans = [Span(0, 2), Span(3, 6), Span(7, 9), Span(9, 12), Span(13, 15), Span(16, 19), Span(19, 20)]
    tokens = {"a": (0.1, 0.5, 0.9, 0.7, 0.1, 0.3, 0.1), "b": (0.0,) * 7}
    found = features_of(results([hit("b"), hit("a")], tokens, "من زار بوتين في قصر؟", spans))
    assert found.content_words == 3
    assert found.content_similarity == pytest.approx((0.5 + 0.8 + 0.3) / 3)
    assert found.min_content_similarity == pytest.approx(0.3)


def test_english_words_that_ask_are_no_content() -> None:
    found = features_of(words_as_tokens("What did Lavrov tell Guterres?", (0.1, 0.1, 0.8, 0.1, 0.6)))
    assert found.content_words == 2
    assert found.content_similarity == pytest.approx((0.8 + 0.6) / 2)


def test_a_token_that_reaches_into_two_words_counts_for_both() -> None:
    found = features_of(results([hit("a")], {"a": (0.2, 0.6)}, "زار بوتين", [Span(0, 5), Span(5, 9)]))
    assert found.content_similarity == pytest.approx((0.2 + (0.2 + 0.6) / 2) / 2)


def test_a_mark_between_two_words_counts_for_neither() -> None:
    spans = [Span(0, 3), Span(3, 4), Span(4, 9)]
    found = features_of(results([hit("a")], {"a": (0.5, 0.1, 0.9)}, "زار/بوتين", spans))
    assert (found.content_similarity, found.min_content_similarity) == pytest.approx((0.7, 0.5))


def test_a_word_behind_the_last_token_that_was_read_is_no_content() -> None:
    found = features_of(results([hit("a")], {"a": (0.4,)}, "زار بوتين", [Span(0, 3)]))
    assert found.content_words == 1
    assert found.content_similarity == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "cosines"), [("من هو هذا", (0.1, 0.2, 0.3)), ("who is he?", (0.1, 0.2, 0.3))], ids=["ar", "en"]
)
def test_a_question_of_stop_words_alone_has_no_content(text: str, cosines: Sequence[float]) -> None:
    found = features_of(words_as_tokens(text, cosines))
    assert (found.content_words, found.content_similarity, found.min_content_similarity) == (
        0,
        DEFAULT_CONTENT_SIMILARITY,
        DEFAULT_CONTENT_SIMILARITY,
    )


def test_the_best_match_of_the_evidence_counts_and_not_that_of_a_heading() -> None:
    heading = sentence(0.9, "من زار بوتين؟")
    found = results([hit("a", [heading]), hit("b")])
    evidence = [
        Evidence(ArticleSummary(identity, ""), Span(0, 14), "زاره لافروف أمس.", late_interaction=late)
        for identity, late in (("a", 0.4), ("b", 0.5))
    ]
    assert answerability_features(found, evidence).best_sentence_match == 0.5


def test_covered_is_the_share_of_names_and_words_that_the_best_sentence_holds() -> None:
    best, other = sentence(0.6, "أرسلت سيول القذائف."), sentence(0.1, "كوريا الشمالية أرسلت حاويات.")
    found = features_of(results([hit("a", [other, best])], text="كم قذائف أرسلت كوريا الشمالية في حاويات"))
    # Of قذائف, أرسلت, حاويات and the name it holds the first two.
    assert found.coverage == pytest.approx(2 / 4)


def test_a_question_of_which_keywords_tell_nothing_is_not_covered() -> None:
    assert features_of(results([hit("a", [sentence(0.5)])], text="who was it?")).coverage == 0.0


def test_facts_are_looked_for_in_the_titles_and_texts_of_the_first_three_hits() -> None:
    hits = [hit("a", title="عام 2023"), hit("b"), hit("c", text="قتل 50 شخصا."), hit("d", text="في مارس 2024.")]
    # 50 and 2023 are told; March only by the fourth, and 7 by none.
    assert features_of(results(hits, text="ماذا قتل 50 شخصا في 7 مارس 2023؟")).missing_quantities == 2


def test_numbers_that_stand_side_by_side_in_titles_and_texts_stay_apart() -> None:
    hits = [hit("a", title="قتلى القصف 12", text="500 شخص نزحوا إلى 17"), hit("b", title="120 خيمة")]
    assert features_of(results(hits, text="هل قتل 12 ونزح 500 إلى 17 موقعا و 120 خيمة؟")).missing_quantities == 0


def test_names_are_missed_by_the_passage_that_has_most_of_them() -> None:
    text = "What did DPRK and Iran tell Russia?"
    hits = [hit("a", text="قالت إيران."), hit("b", text="قالت بيونغ يانغ إن روسيا وافقت.", title="إيران"), hit("c")]
    assert features_of(results(hits[::2], text=text)).missing_names == 2
    assert features_of(results([*hits[1:], hit("d")], text=text)).missing_names == 0
    # The fourth is not looked at, and the names of two passages do not add up.
    split = [hits[0], hit("b", text="قالت بيونغ يانغ."), hit("c"), hit("d", text="إيران وكوريا الشمالية وروسيا")]
    assert features_of(results(split, text=text)).missing_names == 2


@pytest.mark.parametrize(
    ("text", "unheard"),
    [
        pytest.param("What did Lavrov tell Khamenei?", False, id="one name in a title"),
        pytest.param("What did Grossi tell Putin?", False, id="one name in a text"),
        pytest.param("What did Grossi tell Khamenei?", True, id="neither name"),
        pytest.param("What did Grossi tell DPRK?", False, id="a name that the alias file knows"),
        pytest.param("What did Grossi tell Iran?", True, id="nor one that it knows"),
        pytest.param("what did they say?", False, id="no name"),
        pytest.param("What did Iran say?", False, id="no name but one that it knows"),
        pytest.param("ماذا قال غروسي؟", False, id="an Arabic question"),
    ],
)
def test_a_question_is_unheard_where_nothing_of_what_it_names_is_spoken_of(text: str, *, unheard: bool) -> None:
    told = [hit("a", title="لقاء لافروف"), hit("b", text="قالت كوريا الشمالية."), hit("c", text="وصل بوتين.")]
    untold = hit("d", text="قال غروسي وخامنئي إن إيران")
    assert features_of(results([*told, untold], text=text)).no_name_matched is unheard


def test_hits_whose_tokens_were_not_compared_are_passed_over() -> None:
    rows = {"a": (-0.3,), "b": (-0.4,)}
    both = features_of(results([hit("a"), hit("b")], rows, "بوتين", [Span(0, 5)]))
    assert features_of(results([hit("c"), hit("a"), hit("b")], rows, "بوتين", [Span(0, 5)])) == both
    assert both.content_similarity == pytest.approx(-0.3)


@pytest.mark.parametrize("tokens", [{}, {"a": (), "b": ()}], ids=["none compared", "none there"])
def test_where_no_tokens_were_compared_nothing_is_spoken_of(tokens: Mapping[str, Sequence[float]]) -> None:
    text = "من زار بوتين أمس"
    spans = [place for place, _ in located_words(text)]
    found = features_of(results([hit("a", cosine=0.5), hit("b", cosine=0.3)], tokens, text, spans))
    assert (
        found.content_similarity,
        found.min_content_similarity,
        found.unmatched_token_share,
        found.content_words,
    ) == (0.0, 0.0, 1.0, 3)
    assert found.best_sentence_match == 0.5


def test_a_question_without_tokens_has_finite_signals() -> None:
    assert all(map(isfinite, astuple(features_of(results([hit("a")], {"a": ()})))))


def test_without_sentences_the_first_passage_stands_for_one() -> None:
    hits = [hit("a", cosine=0.4, text="أرسل القذائف."), hit("b", cosine=0.7)]
    found = features_of(results(hits, text="من أرسل الحاويات"))
    assert (found.best_sentence_match, found.coverage) == (0.4, 0.5)


def test_one_hit_has_signals_of_its_own() -> None:
    own = hit("a", [sentence(0.4, "زار بوتين القصر.")], cosine=0.5)
    found = features_of(results([own], {"a": (0.9, 0.5)}, "زار بوتين", [Span(0, 3), Span(4, 9)]))
    expected = AnswerabilityFeatures(
        content_similarity=0.7,
        min_content_similarity=0.5,
        unmatched_token_share=0.0,
        best_sentence_match=0.4,
        coverage=1.0,
        missing_quantities=0,
        missing_names=0,
        no_name_matched=False,
        content_words=2,
    )
    assert astuple(found) == pytest.approx(astuple(expected))


def test_no_hits_have_no_confidence() -> None:
    assert confidence_in(results([])) is None


def test_confidence_is_the_probability_of_what_the_hits_signal() -> None:
    own = results([hit("a", [sentence(0.4)], cosine=0.5)], {"a": (0.9, 0.5)}, "Whom did Lavrov meet?")
    assert confidence_in(own) == confidence_of(features_of(own), "en")


@pytest.mark.parametrize(
    ("question", "text", "published", "expected"),
    [
        pytest.param(
            "من فاز بكأس العالم 2026؟", "فازت الأرجنتين عام 2022.", 2023, OTHER_YEAR_FACTOR, id="of another year"
        ),
        pytest.param("من فاز بكأس العالم ٢٠٢٢؟", "فازت الأرجنتين عام 2022.", 2023, 1.0, id="of a year spoken of"),
        pytest.param("من فاز بكأس العالم 2023؟", "فازت الأرجنتين.", 2023, 1.0, id="of the year that it is from"),
        pytest.param("من فاز بكأس العالم 2026؟", "فازت الأرجنتين.", None, 1.0, id="where an article has no date"),
        pytest.param("من فاز بكأس العالم؟", "فازت الأرجنتين.", 2023, 1.0, id="of no year"),
        pytest.param("من قتل 2026000 شخص؟", "فازت الأرجنتين.", 2023, 1.0, id="of a longer number"),
        pytest.param("هل قتل 1520 شخصا؟", "قتل 1,600 شخص.", 2023, 1.0, id="of a number that counts"),
        pytest.param("هل قتل 1,520 شخصا؟", "قتل 1,600 شخص.", 2023, 1.0, id="of a number with a separator"),
        pytest.param("كم قتل عام 1520؟", "قتل 1,520 شخصا.", 2023, 1.0, id="of a number that the text has"),
    ],
)
def test_a_question_of_a_year_that_nothing_found_is_of_is_less_sure(
    question: str, text: str, published: int | None, expected: float
) -> None:
    found = hit("a", [sentence(0.9, text)], text=text)
    day = datetime(published, 1, 2, tzinfo=UTC) if published else None
    own = results([replace(found, article=replace(found.article, published_at=day))], {"a": (0.9,)}, question)
    estimated = confidence_in(own)
    assert estimated
    assert estimated.year_factor == expected
    assert estimated.value == pytest.approx(expected * confidence_of(features_of(own), "ar").value)


@pytest.mark.parametrize(
    ("years", "expected"),
    [([2023, None], OTHER_YEAR_FACTOR), ([None, 2023], 1.0), ([2023, 2026], 1.0), ([None, None], 1.0)],
    ids=["behind the best hit", "the best hit", "behind it one of the year", "all"],
)
def test_an_undated_article_counts_if_it_is_the_best(years: list[int | None], expected: float) -> None:
    hits = []
    for name, year in zip("ab", years, strict=True):
        found = hit(name, [sentence(0.9, "فازت الأرجنتين.")], text="فازت الأرجنتين.")
        day = datetime(year, 1, 2, tzinfo=UTC) if year else None
        hits.append(replace(found, article=replace(found.article, published_at=day)))
    estimated = confidence_in(results(hits, {"a": (0.9,), "b": (0.8,)}, "من فاز بكأس العالم 2026؟"))
    assert estimated
    assert estimated.year_factor == expected


def test_every_signal_has_a_weight_behind_a_constant() -> None:
    for weights in (TOPICALITY_WEIGHTS, ANSWERABILITY_WEIGHTS):
        assert weights.keys() == {"ar", "en"}
        for own in weights.values():
            assert len(own) == 1 + len(fields(AnswerabilityFeatures))
            assert all(map(isfinite, own))


def weighted(constant: float, **weights: float) -> tuple[float, ...]:
    return (constant, *(weights.get(field.name, 0.0) for field in fields(AnswerabilityFeatures)))


def test_each_weight_meets_its_own_signal() -> None:
    found = replace(NOTHING, content_similarity=0.5, missing_quantities=2, content_words=4)
    weights = weighted(1.0, content_similarity=3.0, missing_quantities=-1.0, content_words=0.25)
    assert logistic(found, weights) == pytest.approx(1 / (1 + exp(-(1.0 + 1.5 - 2.0 + 1.0))))


def test_a_question_has_to_be_on_topic_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "TOPICALITY_WEIGHTS", {"ar": weighted(0.0, best_sentence_match=2.0), "en": weighted(1.0)}
    )
    monkeypatch.setattr(module, "ANSWERABILITY_WEIGHTS", {"ar": weighted(-1.0), "en": weighted(0.0)})
    found = replace(NOTHING, best_sentence_match=0.5)
    assert confidence_of(found, "ar").uncalibrated == pytest.approx(1 / (1 + exp(-1.0)) * 1 / (1 + exp(1.0)))
    assert confidence_of(found, "en").uncalibrated == pytest.approx(1 / (1 + exp(-1.0)) * 0.5)
    assert confidence_of(found, "und").value == confidence_of(found, "ar").value


@pytest.mark.parametrize("value", [10**12, -(10**12), 1, 0])
@pytest.mark.parametrize("language", ["ar", "en", "und"])
def test_a_probability_lies_between_0_and_1_whatever_the_signals(value: int, language: Language) -> None:
    assert 0.0 <= confidence_of(everywhere(value), language).value <= 1.0


@pytest.mark.parametrize(("constant", "limit"), [(1e300, 1.0), (-1e300, 0.0)])
def test_a_logit_out_of_all_bounds_overflows_nothing(constant: float, limit: float) -> None:
    assert logistic(NOTHING, weighted(constant)) == pytest.approx(limit)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with small_engine(tmp_path_factory.mktemp("index"), ARTICLES) as engine:
        yield engine


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("text", ["من سلم روسيا ملايين القذائف؟", "What did DPRK send in 2023?", "من هو؟", "2023"])
def test_a_search_in_any_mode_gives_finite_signals(engine: Engine, mode: Mode, text: str) -> None:
    found = engine.retriever.search(text, mode=mode)
    estimated = confidence_in(found)
    if estimated:
        assert 0.0 <= estimated.value <= 1.0
        assert all(map(isfinite, astuple(features_of(found))))
    else:
        assert mode is Mode.LEXICAL


def test_a_question_that_an_article_answers_signals_more_than_one_about_something_else(engine: Engine) -> None:
    told = features_of(engine.retriever.search("من سلم روسيا ملايين القذائف المدفعية؟"))
    untold = features_of(engine.retriever.search("من فاز بكأس العالم؟"))
    assert told.content_similarity > untold.content_similarity
    assert told.best_sentence_match > untold.best_sentence_match
    assert told.coverage > untold.coverage
    assert told.unmatched_token_share < untold.unmatched_token_share
    assert (told.content_words, untold.content_words) == (5, 3)


def test_the_tokens_of_hits_that_keywords_found_are_compared_too(engine: Engine) -> None:
    found = features_of(engine.retriever.search("من سلم روسيا ملايين القذائف؟", mode=Mode.LEXICAL))
    assert found.content_words == 4
    assert found.content_similarity > 0.5 > found.unmatched_token_share
    assert found.coverage > 0


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    with small_engine(tmp_path, []) as engine:
        assert confidence_in(engine.retriever.search("ماذا حدث؟")) is None


def test_the_explanation_adds_up_to_the_confidence() -> None:
    own = results([hit("a", [sentence(0.4)], cosine=0.5)], {"a": (0.9, 0.5)}, "Whom did Lavrov meet?")
    found = confidence_in(own)
    assert found
    for probability, intercept, weight in (
        (found.topicality, found.topicality_intercept, "topicality_weight"),
        (found.answerability, found.answerability_intercept, "answerability_weight"),
    ):
        logit = intercept + sum(feature.value * getattr(feature, weight) for feature in found.features)
        assert probability == pytest.approx(1 / (1 + exp(-logit)))
    assert found.uncalibrated == pytest.approx(found.topicality * found.answerability)
    assert found.value == pytest.approx(calibrate(found.uncalibrated, "en") * found.year_factor)


@pytest.mark.parametrize("language", ["ar", "en", "und"])
def test_calibration_keeps_the_order_and_stays_a_probability(language: Language) -> None:
    calibrated = [calibrate(probability, language) for probability in (0.0, 1e-9, 0.1, 0.5, 0.9, 1.0)]
    assert calibrated == sorted(calibrated)
    assert 0.0 < calibrated[0] < calibrated[-1] < 1.0
