"""The comparison of two runs over the same questions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dalil.errors import InvalidInput
from dalil.statistics import Difference, difference
from evals.runs.records import EvalRun, QuestionResult
from evals.runs.summaries import ALL, LESS_IS_BETTER, MEASURES, SLICERS, Slicer, group_rows, slice_by_half

SIGNIFICANCE_LEVEL = 0.05

MAX_LISTED_QUESTIONS = 5
"""Questions that an error message lists."""


class Outcome(StrEnum):
    """The direction of a difference.

    Better and worse need both an interval that excludes zero and p < 0.05. No change is a difference of exactly 0
    with an interval of exactly 0.
    """

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    UNCHANGED = "no change"


@dataclass(frozen=True, slots=True)
class RunComparison:
    """One measure over one slice; `cut` is the name of the slicer."""

    cut: str
    slice: str
    measure: str
    difference: Difference
    outcome: Outcome


def compare(before: EvalRun, after: EvalRun) -> list[RunComparison]:
    """Compare every measure over all questions, the halves of each set, and each slice; after minus before.

    There is no correction for multiple comparisons: about one unchanged slice of twenty comes out as changed. Raises
    `InvalidInput` if the runs differ in their questions or labels.
    """
    require_same_questions(before, after)
    old, new = {row.key: row for row in before.rows}, list(after.rows)
    cuts: dict[str, Slicer] = {"questions": lambda _row: (ALL,), "set": slice_by_half, **SLICERS}
    return [
        RunComparison(cut, name, measure, found, decide(measure, found))
        for cut, slicer in cuts.items()
        for name, rows in group_rows(new, slicer).items()
        for measure, found in _differences([old[row.key] for row in rows], rows)
    ]


def decide(measure: str, found: Difference) -> Outcome:
    """The outcome of a difference in this measure."""
    if found.interval.mean == found.interval.low == found.interval.high == 0:
        return Outcome.UNCHANGED
    if found.p >= SIGNIFICANCE_LEVEL or found.interval.low <= 0 <= found.interval.high:
        return Outcome.UNDECIDED
    return Outcome.BETTER if (found.interval.mean > 0) != (measure in LESS_IS_BETTER) else Outcome.WORSE


def require_same_questions(before: EvalRun, after: EvalRun) -> None:
    """Raise `InvalidInput` with the questions at fault unless both runs have the same questions and labels."""
    old, new = ({row.key: row for row in run.rows} for run in (before, after))
    for one, other, which in ((old, new, "first"), (new, old, "second")):
        if only := sorted(one.keys() - other.keys()):
            raise InvalidInput(f"the runs asked different questions: only the {which} has {_list_keys(only)}")
    changed = sorted(key for key, row in new.items() if _identity(row) != _identity(old[key]))
    if changed:
        raise InvalidInput(f"the runs asked different questions: text or labels differ in {_list_keys(changed)}")
    if not new:
        raise InvalidInput("the runs hold no questions")


def changed_facts(before: EvalRun, after: EvalRun) -> list[str]:
    """One line for each fact or setting that differs between the runs: `name: before → after`."""
    old, new = _flatten_facts(before), _flatten_facts(after)
    names = dict.fromkeys([*old, *new])
    return [f"{name}: {old.get(name)} → {new.get(name)}" for name in names if old.get(name) != new.get(name)]


def _differences(before: Sequence[QuestionResult], after: Sequence[QuestionResult]) -> Iterator[tuple[str, Difference]]:
    clusters = [row.cluster for row in after]
    for measure in MEASURES:
        found = difference(
            [row.measures.get(measure) for row in before], [row.measures.get(measure) for row in after], clusters
        )
        if found is not None:
            yield measure, found


def _identity(row: QuestionResult) -> tuple[object, ...]:
    """All that must be equal for two results to be of the same question."""
    labels = sorted((label.article_id, label.start, label.end, label.grade) for label in row.expected)
    return row.text, row.form, row.kind, row.half, row.cluster, labels


def _list_keys(keys: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(f"{name} {question}" for name, question in keys[:MAX_LISTED_QUESTIONS])
    more = len(keys) - MAX_LISTED_QUESTIONS
    return f"{names} and {more:,} more" if more > 0 else names


def _flatten_facts(run: EvalRun) -> dict[str, object]:
    facts = run.facts
    flat: dict[str, object] = {name: getattr(facts, name) for name in ("mode", "store", "model", "runtime")}
    for prefix, group in (("index", facts.index), ("settings", facts.settings)):
        for name, value in group.items():
            inner = value if isinstance(value, dict) else {"": value}
            flat |= {".".join(filter(None, (prefix, name, key))): one for key, one in inner.items()}
    for one in facts.sets:
        flat |= {f"{one.name}.{name}": getattr(one, name) for name in ("articles", "distractors", "passages", "corpus")}
    return flat
