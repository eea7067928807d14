"""Means with their intervals, over all questions of a run and over slices of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dalil.statistics import Interval, interval
from evals.measures.answers import (
    ANSWER_MEASURES,
    FIRST_SENTENCE,
    INVALID_QUERY,
    NEAR_MISSES_ANSWERED,
    OFF_TOPIC,
    OFF_TOPIC_ANSWERED,
    OFF_TOPIC_RELATED,
    SENTENCES,
    AnswerRecord,
)
from evals.measures.calibration import Calibration, ConfidenceSample, measure_calibration
from evals.measures.ranking import RANKING_MEASURES
from evals.runs.records import QuestionResult

MEASURES = (*ANSWER_MEASURES, *RANKING_MEASURES)
"""Every measure, in the order of the tables."""

LESS_IS_BETTER = frozenset({NEAR_MISSES_ANSWERED, OFF_TOPIC_ANSWERED, OFF_TOPIC_RELATED, SENTENCES})

ALL = "all"
"""The name of the slice with all questions."""

NEAR_MISS_CUT = "kind of near miss"

Slicer: TypeAlias = Callable[[QuestionResult], Iterable[str]]
"""The slices of a question: mostly one, several or none by traits, none by near miss for another question."""

SLICERS: Mapping[str, Slicer] = {
    "language pair": lambda row: (row.pair,),
    "form": lambda row: (row.form,),
    "kind": lambda row: (row.kind,),
    NEAR_MISS_CUT: lambda row: (row.miss,) if row.miss else (),
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


def summarise_calibration(rows: Sequence[QuestionResult]) -> dict[str, dict[str, Calibration]]:
    """Half of a set → language → the calibration over its questions; empty for a run without answers."""
    answered = [row for row in rows if row.answer and row.answer.status != INVALID_QUERY]
    return {
        half: {
            language: measure_calibration([_to_sample(row, row.answer) for row in group if row.answer])
            for language, group in group_rows(own, lambda row: (row.language,)).items()
        }
        for half, own in group_rows(answered, slice_by_half).items()
    }


def group_rows(rows: Iterable[QuestionResult], slicer: Slicer) -> dict[str, list[QuestionResult]]:
    """Slice → its rows."""
    groups: dict[str, list[QuestionResult]] = {}
    for row in rows:
        for name in slicer(row):
            groups.setdefault(name, []).append(row)
    return groups


def _to_sample(row: QuestionResult, answer: AnswerRecord) -> ConfidenceSample:
    return ConfidenceSample(
        confidence=answer.confidence,
        is_right=row.measures.get(FIRST_SENTENCE) == 1.0,
        is_answerable=bool(row.expected),
        is_near_miss=not row.expected and row.kind != OFF_TOPIC,
        cluster=row.cluster,
    )
