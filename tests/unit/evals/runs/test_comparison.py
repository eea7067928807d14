from dataclasses import replace

import pytest

from dalil.errors import InvalidInput
from evals.runs.comparison import Outcome, changed_facts, compare
from evals.runs.records import EvalRun
from tests.unit.evals.factories import make_row, make_run


def run(loss: float = 0.0, *, wrong: float = 0.0) -> EvalRun:
    return make_run(
        [
            make_row(f"a{i:03}.ar", {"nDCG@10": 0.9 - loss * (i % 2), "near misses answered": wrong}, half=half)
            for half, numbers in (("dev", range(20)), ("test", range(20, 40)))
            for i in numbers
        ]
    )


def outcomes(before: EvalRun, after: EvalRun) -> dict[tuple[str, str], Outcome]:
    return {(one.slice, one.measure): one.outcome for one in compare(before, after)}


def test_a_worse_run_is_detected_whole_and_by_half() -> None:
    found = outcomes(run(), run(0.1))
    assert found["all", "nDCG@10"] is Outcome.WORSE
    assert found["seeds test", "nDCG@10"] is Outcome.WORSE
    assert outcomes(run(0.1), run())["all", "nDCG@10"] is Outcome.BETTER


def test_an_equal_run_has_not_changed() -> None:
    assert set(outcomes(run(), run()).values()) == {Outcome.UNCHANGED}


def test_what_went_up_here_and_down_there_is_undecided_though_its_mean_is_the_same() -> None:
    rows = run().rows
    moved = [replace(row, measures={"nDCG@10": 0.8 if index % 2 else 1.0}) for index, row in enumerate(rows)]
    before = [replace(row, measures={"nDCG@10": 0.9}) for row in rows]
    assert outcomes(make_run(before), make_run(moved))["all", "nDCG@10"] is Outcome.UNDECIDED


def test_more_near_misses_answered_are_worse() -> None:
    assert outcomes(run(), run(wrong=1.0))["all", "near misses answered"] is Outcome.WORSE


def test_runs_over_other_questions_are_refused_and_what_differs_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"only the first has seeds a000\.ar"):
        compare(run(), replace(run(), rows=run().rows[1:]))
    rows = run().rows
    with pytest.raises(InvalidInput, match=r"text or labels differ in seeds a001\.ar"):
        compare(run(), replace(run(), rows=(rows[0], replace(rows[1], text="متى؟"), *rows[2:])))


def test_facts_that_differ_are_listed() -> None:
    assert changed_facts(run(), make_run(run().rows, mode="lexical")) == ["mode: hybrid → lexical"]
