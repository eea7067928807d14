"""Means with their intervals, over all questions of a run and over slices of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evals.measures.citations import ANSWER_MEASURES, OVER_ABSTENTION
from evals.measures.ranking import RANKING_MEASURES
from evals.measures.statistics import Interval, interval
from evals.runs.records import QuestionResult

MEASURES = (*RANKING_MEASURES, *ANSWER_MEASURES)
"""Every measure, in the order of the tables."""

LESS_IS_BETTER = frozenset({OVER_ABSTENTION})

ALL = "all"
"""The name of the slice with all questions."""

Slicer: TypeAlias = Callable[[QuestionResult], Iterable[str]]
"""The slices of a question: mostly one; none or several by traits."""

SLICERS: Mapping[str, Slicer] = {
    "language pair": lambda row: (row.pair,),
    "form": lambda row: (row.form,),
    "kind": lambda row: (row.kind,),
    "half": lambda row: (row.half,),
    "trait": lambda row: row.traits,
}
"""Name of a cut → its slicer."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Measure → mean and interval over the questions with a value; `questions` counts all."""

    questions: int
    measures: Mapping[str, Interval]


def slice_by_half(row: QuestionResult) -> Iterable[str]:
    """The set and the half of a question, which every report shows apart."""
    return (f"{row.set} {row.half}",)


def summarise(rows: Sequence[QuestionResult]) -> Summary:
    """The means over all rows; a measure without a value is left out."""
    means = {}
    for name in MEASURES:
        with_value = [row for row in rows if name in row.measures]
        if with_value:
            means[name] = interval([row.measures[name] for row in with_value], [row.cluster for row in with_value])
    return Summary(len(rows), means)


def summarise_slices(rows: Sequence[QuestionResult], slicer: Slicer) -> dict[str, Summary]:
    """Slice → its summary, in the order of first occurrence."""
    return {name: summarise(group) for name, group in group_rows(rows, slicer).items()}


def summarise_headline(rows: Sequence[QuestionResult]) -> dict[str, Summary]:
    """The halves of each set, and before them all questions together unless there is one group alone."""
    groups = summarise_slices(rows, slice_by_half)
    return ({ALL: summarise(rows)} if len(groups) != 1 else {}) | groups


def group_rows(rows: Iterable[QuestionResult], slicer: Slicer) -> dict[str, list[QuestionResult]]:
    """Slice → its rows."""
    groups: dict[str, list[QuestionResult]] = {}
    for row in rows:
        for name in slicer(row):
            groups.setdefault(name, []).append(row)
    return groups
