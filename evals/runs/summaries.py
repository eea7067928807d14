"""Rows of a run turned into means with their intervals, whole and by slice."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evals.measures import citations
from evals.measures import ranking as measures
from evals.measures.statistics import Interval, interval
from evals.runs.records import Row

RETRIEVAL = tuple(measures.MEASURES)
ANSWERS = citations.MEASURES
MEASURES = (*RETRIEVAL, *ANSWERS)
"""Every measure, in the order shown."""

LESS_IS_BETTER = frozenset({citations.OVER_ABSTENTION})

EVERYTHING = "all"

Slicer: TypeAlias = Callable[[Row], Iterable[str]]
"""The slices a question belongs to: one mostly, none or several where it is by traits."""

SLICERS: Mapping[str, Slicer] = {
    "language pair": lambda row: (row.pair,),
    "form": lambda row: (row.form,),
    "kind": lambda row: (row.kind,),
    "half": lambda row: (row.half,),
    "trait": lambda row: row.traits,
}
"""Name of a cut → how it slices."""

SETS: Slicer = lambda row: (f"{row.set} {row.half}",)  # noqa: E731
"""What is reported apart always: each set, and its two halves."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Measure → mean and interval over the questions it applies to; `questions` counts all."""

    questions: int
    measures: Mapping[str, Interval]


def summarise(rows: Sequence[Row]) -> Summary:
    """The means over all the rows; a measure that applies to none is left out."""
    found = {}
    for name in MEASURES:
        having = [row for row in rows if name in row.measures]
        if having:
            found[name] = interval([row.measures[name] for row in having], [row.cluster for row in having])
    return Summary(len(rows), found)


def sliced(rows: Sequence[Row], slicer: Slicer) -> dict[str, Summary]:
    """Slice → its summary, in the order the slices turn up."""
    return {name: summarise(inside) for name, inside in grouped(rows, slicer).items()}


def headline(rows: Sequence[Row]) -> dict[str, Summary]:
    """All questions together first, unless there is but one group, then each set's halves."""
    groups = sliced(rows, SETS)
    return ({EVERYTHING: summarise(rows)} if len(groups) != 1 else {}) | groups


def grouped(rows: Iterable[Row], slicer: Slicer) -> dict[str, list[Row]]:
    """Slice → its rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for name in slicer(row):
            groups.setdefault(name, []).append(row)
    return groups
