from evals.measures.answers import AnswerRecord
from evals.runs.summaries import (
    NEAR_MISS_CUT,
    SLICERS,
    summarise,
    summarise_calibration,
    summarise_headline,
    summarise_slices,
)
from tests.unit.evals.factories import make_row

ROWS = [
    make_row("a1.ar", {"nDCG@10": 1.0}),
    make_row("a1.en", {"nDCG@10": 0.5}, form="en", half="test"),
    make_row("a2.ar", {"near misses answered": 1.0}, kind="near-miss", miss="wrong-date"),
]


def test_a_mean_is_over_the_questions_the_measure_applies_to() -> None:
    summary = summarise(ROWS)
    assert summary.questions == 3
    assert {name: found.mean for name, found in summary.measures.items()} == {
        "nDCG@10": 0.75,
        "near misses answered": 1.0,
    }


def test_slices_keep_the_order_they_turn_up_in() -> None:
    assert {name: one.questions for name, one in summarise_slices(ROWS, SLICERS["form"]).items()} == {"ar": 2, "en": 1}
    assert summarise_slices(ROWS, SLICERS["trait"]) == {}
    assert list(summarise_slices(ROWS, SLICERS[NEAR_MISS_CUT])) == ["wrong-date"]


def test_halves_are_reported_apart_and_one_group_is_not_said_twice() -> None:
    assert list(summarise_headline(ROWS)) == ["all", "seeds dev", "seeds test"]
    assert list(summarise_headline(ROWS[:1])) == ["seeds dev"]


def test_a_first_sentence_that_is_evidence_is_right_and_every_other_answer_is_not() -> None:
    sure, unsure = AnswerRecord("answered", 0.9), AnswerRecord("related_evidence", 0.3)
    rows = [
        make_row("a1.ar", {"first sentence": 1.0}, answer=sure),
        make_row("a2.ar", {"first sentence": 0.0}, answer=unsure),
        make_row("n1.ar", {"near misses answered": 1.0}, kind="near-miss", answer=sure),
        make_row("o1.ar", {"off topic answered": 0.0}, kind="off-topic", answer=AnswerRecord("answered", 0.95)),
        make_row("a3.ar", {"first sentence": 0.0}, answer=AnswerRecord("invalid_query", 0.0)),
        make_row("a4.ar", {"nDCG@10": 1.0}),
    ]
    found = summarise_calibration(rows)["seeds dev"]["ar"]
    assert [(one.confidence, one.accuracy) for one in found.bins] == [(0.3, 0.0), (0.9, 1.0), (0.9, 0.0), (0.95, 0.0)]
    # The near miss is as sure as one answerable question, and surer than the other.
    assert found.roc_area == 1 / 4


def test_a_run_without_answers_has_no_calibration() -> None:
    assert summarise_calibration(ROWS) == {}
