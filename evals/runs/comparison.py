"""Two runs over the same questions: what got better, what got worse, and what cannot be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dalil.errors import InvalidInput
from evals.measures.statistics import Difference, difference
from evals.runs.records import EvalRun, Row
from evals.runs.summaries import EVERYTHING, LESS_IS_BETTER, MEASURES, SETS, SLICERS, grouped

SIGNIFICANT = 0.05

NAMED = 5
"""Questions named where two runs differ in theirs."""


class Verdict(StrEnum):
    """What a difference amounts to: better or worse needs both an interval that excludes zero and p < 0.05.

    No change is a difference of exactly 0 whose interval is too.
    """

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    UNCHANGED = "no change"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure over one slice: `cut` names how the questions were sliced."""

    cut: str
    slice: str
    measure: str
    difference: Difference
    verdict: Verdict


def compare(before: EvalRun, after: EvalRun) -> list[Comparison]:
    """Every measure over all questions, each set's halves, and each slice; differences are after minus before.

    Verdicts on slices are not corrected for there being many: of twenty that did not change one will look as if.
    Raises `InvalidInput` when the runs did not ask the same questions with the same labels.
    """
    refuse_other_questions(before, after)
    old, new = {row.key: row for row in before.rows}, list(after.rows)
    cuts = {"questions": lambda _row: (EVERYTHING,), "set": SETS, **SLICERS}
    return [
        Comparison(cut, name, measure, found, verdict(measure, found))
        for cut, slicer in cuts.items()
        for name, rows in grouped(new, slicer).items()
        for measure, found in _differences([old[row.key] for row in rows], rows)
    ]


def verdict(measure: str, found: Difference) -> Verdict:
    """Better, worse, not to be told from chance, or no change at all."""
    if found.interval.mean == found.interval.low == found.interval.high == 0:
        return Verdict.UNCHANGED
    if found.p >= SIGNIFICANT or found.interval.low <= 0 <= found.interval.high:
        return Verdict.UNDECIDED
    return Verdict.BETTER if (found.interval.mean > 0) != (measure in LESS_IS_BETTER) else Verdict.WORSE


def refuse_other_questions(before: EvalRun, after: EvalRun) -> None:
    """Raise `InvalidInput`, naming what differs, unless both runs asked the same of the same labels."""
    old, new = ({row.key: row for row in run.rows} for run in (before, after))
    for one, other, which in ((old, new, "first"), (new, old, "second")):
        if only := sorted(one.keys() - other.keys()):
            raise InvalidInput(f"the runs asked different questions: only the {which} has {_named(only)}")
    changed = sorted(key for key, row in new.items() if _asked(row) != _asked(old[key]))
    if changed:
        raise InvalidInput(f"the runs asked different questions: text or labels differ in {_named(changed)}")
    if not new:
        raise InvalidInput("the runs hold no questions")


def changed_facts(before: EvalRun, after: EvalRun) -> list[str]:
    """One line for each fact or setting that differs, `name: before → after`; measures are read in their light."""
    old, new = _flat(before), _flat(after)
    names = dict.fromkeys([*old, *new])
    return [f"{name}: {old.get(name)} → {new.get(name)}" for name in names if old.get(name) != new.get(name)]


def _differences(before: Sequence[Row], after: Sequence[Row]) -> Iterator[tuple[str, Difference]]:
    clusters = [row.cluster for row in after]
    for measure in MEASURES:
        found = difference(
            [row.measures.get(measure) for row in before], [row.measures.get(measure) for row in after], clusters
        )
        if found is not None:
            yield measure, found


def _asked(row: Row) -> tuple[object, ...]:
    labels = sorted((label.article_id, label.start, label.end, label.grade) for label in row.expected)
    return row.text, row.form, row.kind, row.half, row.cluster, labels


def _named(keys: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(f"{name} {question}" for name, question in keys[:NAMED])
    return f"{names} and {len(keys) - NAMED:,} more" if len(keys) > NAMED else names


def _flat(run: EvalRun) -> dict[str, object]:
    facts = run.facts
    flat: dict[str, object] = {name: getattr(facts, name) for name in ("mode", "store", "model", "runtime")}
    for prefix, group in (("index", facts.index), ("settings", facts.settings)):
        for name, value in group.items():
            inside = value if isinstance(value, dict) else {"": value}
            flat |= {".".join(filter(None, (prefix, name, key))): own for key, own in inside.items()}
    for one in facts.sets:
        flat |= {f"{one.name}.{name}": getattr(one, name) for name in ("articles", "distractors", "passages", "corpus")}
    return flat
