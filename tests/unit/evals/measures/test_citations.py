import pytest

from dalil.domain import Span
from evals.datasets.questions import Label
from evals.measures.citations import CitedSpan, score_answer

LABELS = [Label("a", Span(10, 20), 3), Label("b", Span(0, 5), 3), Label("a", Span(40, 50), 1)]


def test_precision_counts_every_label_and_recall_those_of_the_highest_grade() -> None:
    # Of three citations the first touches a label of grade 3, the second one of grade 1, the third none.
    cited = [CitedSpan("a", 19, 30), CitedSpan("a", 45, 46), CitedSpan("b", 5, 9)]
    assert score_answer(LABELS, cited) == {
        "citation precision": pytest.approx(2 / 3),
        "citation recall": 1 / 2,
        "over-abstention": 0.0,
    }


def test_the_same_offsets_in_another_article_are_no_evidence() -> None:
    assert score_answer(LABELS[:1], [CitedSpan("c", 10, 20)])["citation precision"] == 0.0


def test_a_refused_answerable_question_has_no_recall_and_no_precision() -> None:
    assert score_answer(LABELS, []) == {"citation recall": 0.0, "refusal precision": 0.0, "over-abstention": 1.0}


def test_an_unanswerable_question_is_measured_by_its_refusal_alone() -> None:
    assert score_answer([], []) == {"refusal recall": 1.0, "refusal precision": 1.0}
    assert score_answer([], [CitedSpan("a", 0, 1)]) == {"refusal recall": 0.0}
