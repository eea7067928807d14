from collections.abc import Sequence
from dataclasses import fields, replace
from math import exp, log
from pathlib import Path

import pytest

from dalil import bootstrap
from dalil.answering.confidence import AnswerabilityFeatures, confidence_of, logistic
from dalil.bootstrap import Progress, no_progress
from dalil.domain import Article, Span
from dalil.embedding.base import Embedder
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import Settings, StoreSettings
from dalil.text.language import Language
from evals.datasets.questions import EvalQuestion, Label, QuestionSet
from evals.measures.refusals import (
    MAX_OUT_OF_DOMAIN,
    Coefficients,
    Condition,
    Sample,
    collect_samples,
    fit_confidence,
    out_of_domain_questions,
    refusal_rates,
)
from tests.unit.evals.factories import make_question

ARTICLES = (
    Article("a1", "قذائف", "أرسلت كوريا الشمالية قذائف مدفعية إلى روسيا. وصلت القذائف في سفن."),
    Article("a2", "زلزال", "ضرب زلزال قوي جنوب المغرب ليلا. مات كثيرون."),
    Article("a3", "كأس", "فازت الأرجنتين بكأس العالم في قطر. سجل ميسي هدفين."),
)
SHELLS = make_question("shells", "من أرسل قذائف مدفعية إلى روسيا؟", "a1")
UNTOLD = replace(make_question("without", "كم هدفا سجل ميسي في قطر؟"), kind="near-miss", labels=(), cluster="a3")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The engine is put together as ever, but for the model."""

    def fake(settings: Settings, progress: Progress = no_progress) -> Embedder:
        return FakeEmbedder()

    monkeypatch.setattr(bootstrap, "build_embedder", fake)
    monkeypatch.chdir(tmp_path)
    return Settings(cache_folder=tmp_path / "cache", store=StoreSettings(path=tmp_path / "index"))


def question_set(*questions: EvalQuestion, articles: Sequence[Article] = ARTICLES, name: str = "mine") -> QuestionSet:
    return QuestionSet(name, tuple(articles), questions)


def labelled(text: str, **grades: int) -> EvalQuestion:
    labels = tuple(Label(article, Span(0, 10), grade) for article, grade in grades.items())
    return replace(make_question("q", text), labels=labels)


def make_sample(
    condition: Condition, language: Language = "ar", cluster: str = "", half: str = "dev", **found: float
) -> Sample:
    names = [field.name for field in fields(AnswerabilityFeatures)]
    features_ = AnswerabilityFeatures(**dict.fromkeys(names, 0) | found)  # type: ignore[arg-type]
    return Sample(
        "mine",
        language,
        half,
        condition,
        features_,
        features_.content_similarity,
        cluster or f"{condition}{sorted(found.items())}",
        is_answered=condition is Condition.ANSWERABLE,
    )


def sure(asked: Condition, *confidences: float) -> list[Sample]:
    """Samples of some confidence, which `made` has by their content."""
    return [make_sample(asked, content_similarity=confidence) for confidence in confidences]


def test_a_question_is_asked_with_its_passages_and_without_them_and_an_unanswerable_one_once(
    settings: Settings,
) -> None:
    off_topic = replace(UNTOLD, text="ما وصفة الكسكس؟", kind="off-topic", half="test", cluster="food")
    unanswerable = replace(UNTOLD, text="من اخترع الهاتف؟", kind="unanswerable", cluster="phone")
    english = replace(SHELLS, text="Who sent Russia shells?", half="test")
    rows = collect_samples(question_set(SHELLS, UNTOLD, off_topic, unanswerable, english), settings, no_progress)
    assert [(row.condition, row.language, row.half, row.cluster) for row in rows] == [
        (Condition.ANSWERABLE, "ar", "dev", "a1"),
        (Condition.WITHOUT, "ar", "dev", "a1"),
        (Condition.NEAR_MISS, "ar", "dev", "a3"),
        (Condition.OFF_TOPIC, "ar", "test", "food"),
        (Condition.UNANSWERABLE, "ar", "dev", "phone"),
        (Condition.ANSWERABLE, "en", "test", "a1"),
        (Condition.WITHOUT, "en", "test", "a1"),
    ]
    assert {row.set for row in rows} == {"mine"}
    assert rows[0].confidence == confidence_of(rows[0].features, "ar").value


def test_without_its_passages_a_question_finds_less(settings: Settings) -> None:
    with_passages, without = (row.features for row in collect_samples(question_set(SHELLS), settings, no_progress))
    assert with_passages.coverage > without.coverage == 0.0
    assert with_passages.content_similarity > without.content_similarity
    assert with_passages.best_sentence_match > without.best_sentence_match
    assert with_passages.content_words == without.content_words


def test_every_article_that_answers_is_taken_away_and_one_judged_not_to_is_left(settings: Settings) -> None:
    text = "ضرب زلزال قوي جنوب المغرب"
    for left, grades in ((0.0, {"a2": 1, "a1": 3}), (1.0, {"a2": 0, "a1": 3})):
        with_passages, without = collect_samples(question_set(labelled(text, **grades)), settings, no_progress)
        assert (with_passages.condition, without.condition) == (Condition.ANSWERABLE, Condition.WITHOUT)
        assert (with_passages.features.coverage, without.features.coverage) == (1.0, left)


def test_a_question_that_cannot_be_read_finds_nothing_or_has_no_relevant_article_is_left_out(
    settings: Settings,
) -> None:
    unreadable = replace(SHELLS, text="!")
    judged = labelled("من اخترع الهاتف؟", a1=0, a2=0)
    assert collect_samples(question_set(unreadable, judged), settings, no_progress) == []
    alone = collect_samples(question_set(SHELLS, articles=ARTICLES[:1]), settings, no_progress)
    assert [row.condition for row in alone] == [Condition.ANSWERABLE]


def test_what_takes_a_while_is_told_and_the_configured_index_is_not_touched(settings: Settings) -> None:
    said: list[str] = []
    collect_samples(question_set(SHELLS), settings, said.append)
    assert "indexing 3 articles of mine" in said
    assert not settings.store.path.exists()


def test_questions_of_other_sets_are_off_topic_asked_once_and_of_neither_half(settings: Settings) -> None:
    stranger = replace(labelled("من اخترع الهاتف؟", a1=3), cluster="phone")
    rows = collect_samples(question_set(UNTOLD), settings, no_progress, [stranger])
    assert [(row.condition, row.set, row.half, row.cluster) for row in rows] == [
        (Condition.NEAR_MISS, "mine", "dev", "a3"),
        (Condition.OFF_TOPIC, "mine", "", "phone"),
    ]


def test_strangers_come_from_sets_over_other_articles() -> None:
    own, same = question_set(SHELLS), question_set(UNTOLD, name="same")
    other = question_set(make_question("q1", "أين؟"), make_question("q2", "متى؟"), articles=ARTICLES[1:], name="other")
    assert [one.text for one in out_of_domain_questions(own, [own, same, other])] == ["أين؟", "متى؟"]
    assert out_of_domain_questions(own, [own, same]) == ()


def test_strangers_are_no_more_than_they_may_be_though_sets_share_ids_and_the_same_each_time() -> None:
    own = question_set(SHELLS)
    questions = [make_question(f"q{number}") for number in range(MAX_OUT_OF_DOMAIN)]
    others = [question_set(*questions, articles=ARTICLES[1:], name=name) for name in ("one", "two")]
    found = out_of_domain_questions(own, [own, *others])
    assert len(found) == MAX_OUT_OF_DOMAIN
    assert found == out_of_domain_questions(own, [own, *others])
    assert 0 < sum(one.id.startswith("one") for one in found) < MAX_OUT_OF_DOMAIN


def test_what_is_refused_by_hand() -> None:
    answerable = sure(Condition.ANSWERABLE, 0.9, 0.8, 0.7, 0.2)
    found = refusal_rates([*answerable, *sure(Condition.WITHOUT, 0.6, 0.1), *sure(Condition.NEAR_MISS, 0.3)], 0.5)
    assert found.counts == {Condition.ANSWERABLE: 4, Condition.WITHOUT: 2, Condition.NEAR_MISS: 1}
    shares = {asked: own.mean for asked, own in found.shares.items()}
    assert shares == {Condition.ANSWERABLE: 1 / 4, Condition.WITHOUT: 1 / 2, Condition.NEAR_MISS: 1.0}
    assert found.unanswerable
    assert found.unanswerable.mean == pytest.approx(2 / 3)
    # Of 12 pairs of one that can be answered and one that cannot, 9 and one more are in order.
    assert found.roc_area == pytest.approx(10 / 12)
    # 8 % of the way along four values is 0.24 of the way from 0.2 to 0.7: 0.32, which 0.1 and 0.3 lie below.
    assert found.at_max_lost == pytest.approx(2 / 3)


def test_what_is_as_sure_as_the_threshold_is_not_refused() -> None:
    assert refusal_rates(sure(Condition.ANSWERABLE, 0.5), 0.5).shares[Condition.ANSWERABLE].mean == 0.0


def test_questions_of_one_article_are_drawn_together() -> None:
    rows = [
        make_sample(Condition.ANSWERABLE, content_similarity=value, cluster="ab"[value > 0.5])
        for value in (0.1, 0.2, 0.8, 0.9)
    ]
    share = refusal_rates(rows, 0.5).shares[Condition.ANSWERABLE]
    assert (share.mean, share.low, share.high, share.clusters) == (0.5, 0.0, 1.0, 2)


def test_there_are_no_figures_of_questions_that_are_not_there() -> None:
    nothing = refusal_rates([], 0.5)
    assert (nothing.counts, nothing.shares) == ({}, {})
    for found in (nothing, refusal_rates(sure(Condition.ANSWERABLE, 0.9), 0.5)):
        assert (found.unanswerable, found.roc_area, found.at_max_lost) == (None, None, None)
    alone = refusal_rates(sure(Condition.NEAR_MISS, 0.1), 0.5)
    assert (alone.roc_area, alone.at_max_lost) == (None, None)
    assert alone.unanswerable


def fit_weights(rows: Sequence[Sample]) -> dict[Language, tuple[Coefficients, Coefficients]]:
    """The coefficients for being on topic and for being answered."""
    return {language: (one.topicality, one.answerability) for language, one in fit_confidence(rows).items()}


def weight(name: str, weights: Sequence[float]) -> float:
    return weights[1 + [field.name for field in fields(AnswerabilityFeatures)].index(name)]


def separable(language: Language = "ar") -> list[Sample]:
    """What is off topic has no content; of what is answered a sentence is near."""
    offsets = (-0.1, 0.0, 0.1)
    return [
        *(
            make_sample(Condition.ANSWERABLE, language, content_similarity=0.8 + own, best_sentence_match=0.6 + own)
            for own in offsets
            for _ in range(9)
        ),
        *(
            make_sample(Condition.WITHOUT, language, content_similarity=0.8 + own, best_sentence_match=0.2 + own)
            for own in offsets
        ),
        *(
            make_sample(Condition.OFF_TOPIC, language, content_similarity=0.2 + own, best_sentence_match=0.4 + own)
            for own in offsets
        ),
    ]


def test_the_direction_that_tells_questions_apart_is_recovered() -> None:
    rows = separable()
    ((language, (on_topic, answered)),) = fit_weights(rows).items()
    assert language == "ar"
    assert len(on_topic) == len(answered) == 1 + len(fields(AnswerabilityFeatures))
    for row in rows:
        assert (logistic(row.features, on_topic) > 0.5) is (row.condition is not Condition.OFF_TOPIC)
        if row.condition is not Condition.OFF_TOPIC:
            assert (logistic(row.features, answered) > 0.5) is (row.condition is Condition.ANSWERABLE)
    assert weight("content_similarity", on_topic) > 0
    assert weight("best_sentence_match", answered) > 0
    # A signal that never varies tells nothing.
    assert weight("no_name_matched", on_topic) == weight("no_name_matched", answered) == 0.0


def test_both_classes_count_half_however_many_they_are() -> None:
    # Nine times as many are answerable; half way between the two kinds it is still even.
    ((_, answered),) = fit_weights(separable()).values()
    assert logistic(
        make_sample(Condition.ANSWERABLE, content_similarity=0.8, best_sentence_match=0.4).features, answered
    ) == pytest.approx(0.5, abs=1e-3)


def test_a_near_miss_that_somebody_wrote_counts_more_than_a_question_whose_passages_were_taken_away() -> None:
    rows = [
        *(make_sample(Condition.ANSWERABLE, best_sentence_match=1.0, coverage=1.0) for _ in range(10)),
        *(make_sample(Condition.WITHOUT, best_sentence_match=0.0, coverage=1.0) for _ in range(10)),
        *(make_sample(Condition.NEAR_MISS, best_sentence_match=1.0, coverage=0.0) for _ in range(10)),
        *(make_sample(Condition.OFF_TOPIC) for _ in range(10)),
    ]
    ((_, answered),) = fit_weights(rows).values()
    # Counted alike, both would weigh the same.
    assert weight("coverage", answered) > 1.2 * weight("best_sentence_match", answered) > 0


@pytest.mark.parametrize("gone", [Condition.ANSWERABLE, Condition.WITHOUT, Condition.OFF_TOPIC])
def test_a_language_that_lacks_a_class_is_left_out(gone: Condition) -> None:
    english = [row for row in separable("en") if row.condition is not gone]
    assert fit_weights([*separable(), *english]).keys() == {"ar"}
    assert fit_weights(english) == fit_weights([]) == {}


def test_each_language_is_fitted_by_itself() -> None:
    turned = [
        replace(row, features=replace(row.features, best_sentence_match=-row.features.best_sentence_match))
        for row in separable("en")
    ]
    assert fit_weights([*separable(), *turned])["ar"] == fit_weights(separable())["ar"]


def test_a_match_never_speaks_against_an_answer() -> None:
    turned = [
        replace(row, features=replace(row.features, best_sentence_match=-row.features.best_sentence_match))
        for row in separable()
    ]
    ((_, answered),) = fit_weights(turned).values()
    assert weight("best_sentence_match", answered) == 0.0


def test_the_calibration_and_the_thresholds_are_those_of_the_questions_as_they_are_asked() -> None:
    rows = separable()
    ((_, fitted),) = fit_confidence(rows).items()

    def confidence(row: Sample) -> float:
        probability = logistic(row.features, fitted.topicality) * logistic(row.features, fitted.answerability)
        slope, intercept = fitted.calibration
        return float(1 / (1 + exp(-(slope * log(probability / (1 - probability)) + intercept))))

    confidences = {row.condition: confidence(row) for row in rows}
    assert confidences[Condition.ANSWERABLE] > 0.5 > confidences[Condition.OFF_TOPIC]
    assert confidences[Condition.OFF_TOPIC] < fitted.answer_threshold
    assert 0.0 < fitted.related_threshold < 1.0


def test_collections_alone_are_calibrated_over_all_of_their_questions() -> None:
    ((_, collections),) = fit_confidence([replace(row, is_hand_written=False) for row in separable()]).items()
    ((_, own),) = fit_confidence(separable()).items()
    # Those without their passages count too, so the slope from them to the answerable ones is another one.
    assert collections.topicality == own.topicality
    assert collections.calibration != own.calibration


def test_a_language_without_an_answer_that_is_right_is_not_calibrated() -> None:
    assert fit_confidence([replace(row, is_answered=False) for row in separable()]) == {}
