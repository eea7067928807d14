from dataclasses import replace

import pytest

from dalil.domain import (
    Answer,
    AnswerSentence,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    ShortAnswer,
    Span,
    Verdict,
)
from evals.datasets.questions import EvalQuestion, Label
from evals.measures.answers import ANSWER_MEASURES, AnswerRecord, CitedSpan, record_answer, score_answer, word_f1
from tests.unit.evals.factories import make_question

LABELS = (Label("a", Span(10, 20), 3), Label("b", Span(0, 5), 3), Label("a", Span(40, 50), 1))
EVIDENCE, OTHER = CitedSpan("a", 19, 30), CitedSpan("b", 5, 9)
TEXT = "بلغت الكلفة 78 مليون ريال، ثم 80 مليون ريال."
STRETCH = Span(12, 25)
ARTICLES = {"a": Article("a", "", TEXT)}


def question(labels: tuple[Label, ...] = LABELS, kind: str = "fact", *, alternatives: bool = False) -> EvalQuestion:
    return replace(make_question("q1"), labels=labels, kind=kind, alternatives=alternatives)


def answered(
    *sentences: tuple[CitedSpan, ...], related: tuple[CitedSpan, ...] = (), short_answer: CitedSpan | None = None
) -> AnswerRecord:
    citations = tuple(dict.fromkeys(span for own in sentences for span in own))
    cited = tuple(tuple(citations.index(span) for span in own) for own in sentences)
    return AnswerRecord("answered", 0.9, citations, cited, related, short_answer)


def related(*quotes: CitedSpan) -> AnswerRecord:
    return AnswerRecord("related_evidence", 0.3, related=quotes)


REFUSED = AnswerRecord("insufficient_evidence", 0.1)


def score(asked: EvalQuestion, answer: AnswerRecord) -> dict[str, float]:
    return score_answer(asked, answer, ARTICLES)


def test_an_answer_is_measured_by_its_first_sentence_its_citations_and_its_length() -> None:
    # Of three citations the first touches a label of grade 3, the second one of grade 1, the third none.
    values = score(question(), answered((OTHER,), (EVIDENCE, CitedSpan("a", 45, 46))))
    assert values == {
        "precision of answered": 1.0,
        "sentences": 2.0,
        "answered": 1.0,
        "first sentence": 0.0,
        "evidence cited": 1.0,
        "evidence shown": 1.0,
        "citation precision": pytest.approx(2 / 3),
        "citation recall": 1 / 2,
    }
    assert score(question(), answered((EVIDENCE,), (OTHER,)))["first sentence"] == 1.0


def test_of_alternatives_one_is_enough() -> None:
    answer = answered((EVIDENCE,))
    assert score(question(), answer)["citation recall"] == 1 / 2
    assert score(question(alternatives=True), answer)["citation recall"] == 1.0


def test_the_same_offsets_in_another_article_are_no_evidence() -> None:
    assert score(question(LABELS[:1]), answered((CitedSpan("c", 10, 20),)))["evidence shown"] == 0.0


def test_evidence_in_the_fourth_sentence_is_cited_and_no_right_answer() -> None:
    values = score(question(), answered((OTHER,), (OTHER,), (OTHER,), (EVIDENCE,)))
    assert (values["evidence cited"], values["precision of answered"], values["sentences"]) == (1.0, 0.0, 4.0)


def test_related_quotes_show_the_evidence_and_cite_nothing() -> None:
    assert score(question(), related(EVIDENCE, OTHER)) == {
        "answered": 0.0,
        "first sentence": 1.0,
        "evidence cited": 0.0,
        "evidence shown": 1.0,
        "citation recall": 0.0,
    }
    assert score(question(), related(OTHER, EVIDENCE))["first sentence"] == 0.0
    assert score(question(), answered((OTHER,), related=(EVIDENCE,)))["evidence shown"] == 1.0


def test_a_refusal_of_an_answerable_question_shows_nothing() -> None:
    values = score(question(), REFUSED)
    assert values == dict.fromkeys(values, 0.0)
    assert values.keys() == {"answered", "first sentence", "evidence cited", "evidence shown", "citation recall"}
    assert score(question(), record_answer(None)) == values


def test_a_near_miss_presented_as_answered_is_a_wrong_answer_and_related_quotes_are_none() -> None:
    miss = question((), "near-miss")
    wrong = {"near misses answered": 1.0, "precision of answered": 0.0, "sentences": 1.0}
    assert score(miss, answered((EVIDENCE,))) == wrong
    assert score(miss, related(EVIDENCE)) == score(miss, REFUSED) == {"near misses answered": 0.0}
    assert score(question((), "unanswerable"), answered((EVIDENCE,))) == wrong


def test_an_off_topic_question_is_answered_or_gets_related_quotes_or_neither() -> None:
    asked = question((), "off-topic")
    assert score(asked, answered((OTHER,)))["off topic answered"] == 1.0
    assert score(asked, related(OTHER)) == {"off topic answered": 0.0, "off topic related": 1.0}
    assert score(asked, REFUSED) == {"off topic answered": 0.0, "off topic related": 0.0}


def test_a_short_answer_is_compared_with_the_shortest_stretch_by_its_words() -> None:
    asked = question((Label("a", STRETCH, 3, Span(0, 25)),))
    assert STRETCH.of(TEXT) == "78 مليون ريال"
    quote = CitedSpan("a", 0, len(TEXT))
    exact = score(asked, answered((quote,), short_answer=CitedSpan("a", 12, 26)))
    assert [exact[f"short answer {name}"] for name in ("given", "exact", "F1")] == [1.0, 1.0, 1.0]
    # Two of its two words are among the three of the stretch: 2 × 2 ÷ (2 + 3).
    partial = score(asked, answered((quote,), short_answer=CitedSpan("a", 12, 20)))
    assert [partial[f"short answer {name}"] for name in ("exact", "F1")] == [0.0, pytest.approx(4 / 5)]
    missing = score(asked, answered((quote,)))
    assert {name: value for name, value in missing.items() if name.startswith("short")} == {"short answer given": 0.0}


def test_a_short_answer_has_no_value_where_the_evidence_is_longer_than_an_answer_or_nothing_is_answered() -> None:
    long = question((Label("a", STRETCH, 3),))
    short = CitedSpan("a", 12, 25)
    assert not [name for name in score(long, answered((short,), short_answer=short)) if name.startswith("short")]
    stretch = question((Label("a", STRETCH, 3, Span(0, 25)),))
    assert not [name for name in score(stretch, related(short)) if name.startswith("short")]


@pytest.mark.parametrize(
    ("given", "expected", "value"),
    [
        pytest.param("٧٨ مليون", "78 مليون", 1.0, id="digits of another script"),
        pytest.param("أحمد مهدى", "احمد مهدي،", 1.0, id="spelling and punctuation"),
        pytest.param("3.66 مليارات", "66 مليارات", 0.5, id="a decimal number is one word"),
        pytest.param("علي علي", "علي", 2 / 3, id="each word as often as it occurs"),
        pytest.param("اليمن", "مصر", 0.0, id="nothing shared"),
        pytest.param("…", "!", 1.0, id="no words"),
    ],
)
def test_words_are_compared_as_squad_does(given: str, expected: str, value: float) -> None:
    assert word_f1(given, expected) == pytest.approx(value)


def test_the_record_of_an_answer_has_its_places_and_none_of_its_texts() -> None:
    quotes = [
        Citation(number, ArticleSummary(article, ""), Span(start, end).of(TEXT), start, end)
        for number, article, start, end in ((3, "a", 0, 25), (7, "b", 1, 9), (8, "c", 2, 4))
    ]
    answer = Answer(
        question="كم؟",
        language="ar",
        status=AnswerStatus.ANSWERED,
        confidence=0.7,
        sentences=(
            AnswerSentence("أ", (7,), 1.0, Verdict.SUPPORTED),
            AnswerSentence("ب", (3, 7), 1.0, Verdict.SUPPORTED),
        ),
        citations=tuple(quotes[:2]),
        related=(quotes[2],),
        short_answer=ShortAnswer("78", 3, 12, 14),
        generator="extractive",
    )
    record = record_answer(answer)
    assert record == AnswerRecord(
        status="answered",
        confidence=0.7,
        citations=(CitedSpan("a", 0, 25), CitedSpan("b", 1, 9)),
        sentences=((1,), (0, 1)),
        related=(CitedSpan("c", 2, 4),),
        short_answer=CitedSpan("a", 12, 14),
    )
    assert record.first_quotes == (CitedSpan("b", 1, 9),)


def test_every_measure_has_its_place_in_the_tables() -> None:
    answers = [answered((EVIDENCE,), short_answer=CitedSpan("a", 12, 20)), related(OTHER), REFUSED]
    asked = [
        question((Label("a", STRETCH, 3, Span(0, 25)),)),
        question((), "near-miss"),
        question((), "off-topic"),
    ]
    found = {name for one in asked for answer in answers for name in score(one, answer)}
    assert found == set(ANSWER_MEASURES)
