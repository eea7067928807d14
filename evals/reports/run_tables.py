"""Runs and their comparisons as tables for a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from evals.measures.answers import EVIDENCE_SHOWN, FIRST_SENTENCE, NEAR_MISSES_ANSWERED, PRECISION_OF_ANSWERED
from evals.measures.latencies import PERCENTILES, percentiles
from evals.reports.formatting import COLOURS, format_difference, format_interval
from evals.runs.comparison import RunComparison
from evals.runs.records import EvalRun, QuestionResult
from evals.runs.summaries import MEASURES, SLICERS, Summary, summarise_calibration, summarise_headline, summarise_slices

SLICE_MEASURES = (NEAR_MISSES_ANSWERED, PRECISION_OF_ANSWERED, FIRST_SENTENCE, EVIDENCE_SHOWN, "nDCG@10", "success@1")
"""The measures in the tables of slices."""


def headline_table(run: EvalRun) -> Table:
    """Every measure, for all questions and for the halves of each set."""
    facts = run.facts
    title = f"{facts.name}: {len(run.rows):,} questions, {facts.mode}, {facts.store}, {facts.model} ({facts.runtime})"
    return summaries_table(title, summarise_headline(run.rows), MEASURES)


def summaries_table(title: str, groups: Mapping[str, Summary], measures: Sequence[str]) -> Table:
    """A column for each group, and a row for each measure that has a value."""
    table = Table("mean [95 % interval]", title=Text(title), title_justify="left")
    for name, summary in groups.items():
        table.add_column(Text(f"{name}\n{summary.questions:,} questions"), no_wrap=True)
    for measure in measures:
        if any(measure in summary.measures for summary in groups.values()):
            table.add_row(measure, *(format_interval(summary.measures.get(measure)) for summary in groups.values()))
    return table


def slice_tables(run: EvalRun) -> Iterable[Table]:
    """One table for each cut of the questions into more than one slice."""
    for cut, slicer in SLICERS.items():
        slices = summarise_slices(run.rows, slicer)
        if len(slices) > 1:
            yield _slice_table(cut, slices)


def calibration_table(rows: Sequence[QuestionResult]) -> Table | None:
    """The calibration of the confidence by half and language; None for a run without answers."""
    table = Table(
        "confidence", "questions", "calibration error [95 % interval]", "ROC area", "near misses refused at 8 % lost"
    )
    for half, languages in summarise_calibration(rows).items():
        for language, own in languages.items():
            figures = (Text("" if one is None else f"{one:.3f}") for one in (own.roc_area, own.refused_at_max_lost))
            table.add_row(Text(f"{half}, {language}"), f"{own.questions:,}", format_interval(own.error), *figures)
    return table if table.row_count else None


def latency_table(run: EvalRun) -> Table | None:
    """Percentiles of each stage in milliseconds; None if the run has no latencies."""
    if not run.latencies:
        return None
    table = Table("milliseconds", *(f"p{percent}" for percent in PERCENTILES), "questions")
    for stage, times in run.latencies.items():
        values = percentiles(list(times.values()))
        table.add_row(stage, *(f"{value:.1f}" for value in values.values()), str(len(times)))
    return table


def comparison_table(comparisons: Sequence[RunComparison], title: str) -> Table:
    """Differences, after minus before."""
    table = Table("", "measure", "before", "after", "difference [95 % interval]", "p", "", title=Text(title))
    table.title_justify = "left"
    for one in comparisons:
        found, colour = one.difference, COLOURS[one.outcome]
        difference = format_difference(found.interval)
        cells = (one.slice, one.measure, f"{found.before:.4f}", f"{found.after:.4f}", difference)
        table.add_row(*map(Text, cells), Text(f"{found.p:.4f}"), Text(one.outcome.value, style=colour))
    return table


def _slice_table(cut: str, slices: Mapping[str, Summary]) -> Table:
    measures = [name for name in SLICE_MEASURES if any(name in summary.measures for summary in slices.values())]
    table = Table(f"by {cut}", "questions", *measures)
    for name, summary in slices.items():
        cells = (format_interval(summary.measures.get(measure)) for measure in measures)
        table.add_row(Text(name), f"{summary.questions:,}", *cells)
    return table
