from evals.runs.summaries import SLICERS, summarise, summarise_headline, summarise_slices
from tests.unit.evals.factories import make_row

ROWS = [
    make_row("a1.ar", {"nDCG@10": 1.0}),
    make_row("a1.en", {"nDCG@10": 0.5}, form="en", half="test"),
    make_row("a2.ar", {"refusal recall": 1.0}, kind="near-miss"),
]


def test_a_mean_is_over_the_questions_the_measure_applies_to() -> None:
    summary = summarise(ROWS)
    assert summary.questions == 3
    assert {name: found.mean for name, found in summary.measures.items()} == {"nDCG@10": 0.75, "refusal recall": 1.0}


def test_slices_keep_the_order_they_turn_up_in() -> None:
    assert {name: one.questions for name, one in summarise_slices(ROWS, SLICERS["form"]).items()} == {"ar": 2, "en": 1}
    assert summarise_slices(ROWS, SLICERS["trait"]) == {}


def test_halves_are_reported_apart_and_one_group_is_not_said_twice() -> None:
    assert list(summarise_headline(ROWS)) == ["all", "seeds dev", "seeds test"]
    assert list(summarise_headline(ROWS[:1])) == ["seeds dev"]
