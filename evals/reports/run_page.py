"""A run as one page of HTML; `run.html.jinja` lays it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.measures.citations import CITATION_RECALL, REFUSAL_RECALL
from evals.measures.latencies import PERCENTILES, percentiles
from evals.measures.statistics import Interval
from evals.reports.render import render
from evals.runs.comparison import RunComparison, changed_facts, compare
from evals.runs.records import EvalRun, QuestionResult
from evals.runs.summaries import (
    ALL,
    MEASURES,
    SLICERS,
    Slicer,
    Summary,
    group_rows,
    summarise,
    summarise_headline,
    summarise_slices,
)

RANKING_MEASURE = "nDCG@10"
DRAWN_MEASURES = (RANKING_MEASURE, CITATION_RECALL)
"""The measures of the bars and the heat maps."""

WORST_QUESTIONS = 20
MOST_CONFIDENT_ERRORS = 10
UNFOLDED_PASSAGES = 3
"""Passages of a ranking that show at once; the others unfold."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its value with its interval, and the value of an earlier run."""

    label: str
    questions: int
    value: Interval
    before: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of one measure over the slices of one cut."""

    cut: str
    measure: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One measure over two cuts; a cell without questions is None. `low` and `high` are the extremes of the means."""

    measure: str
    columns: tuple[str, ...]
    cells: Mapping[str, tuple[Interval | None, ...]]
    low: float
    high: float

    def shade(self, mean: float) -> int:
        """The strength of the colour in per cent; the lowest mean of the map is the palest."""
        return round(6 + 58 * (mean - self.low) / (self.high - self.low)) if self.high > self.low else 35


@dataclass(frozen=True, slots=True)
class RefusalCounts:
    """The refusals among the questions of one form."""

    form: str
    answerable: int
    wrongly_refused: int
    unanswerable: int
    rightly_refused: int


def run_page(run: EvalRun, against: EvalRun | None = None) -> str:
    """Draw the page; raises `InvalidInput` if `against` has other questions."""
    comparisons = compare(against, run) if against else []
    groups = summarise_headline(run.rows)
    return render(
        "run.html.jinja",
        run=run,
        against=against,
        changes=changed_facts(against, run) if against else [],
        groups=groups,
        measures=[name for name in MEASURES if any(name in summary.measures for summary in groups.values())],
        overall=next(iter(groups.values())),
        comparisons=_index_comparisons(comparisons, groups),
        charts=_draw_charts(run.rows, against.rows if against else ()),
        maps=_draw_heat_maps(run.rows),
        refusals=_count_refusals(run.rows),
        latencies={stage: percentiles(list(times.values())) for stage, times in run.latencies.items()},
        percentiles=PERCENTILES,
        worst=worst_questions(run.rows),
        wrong_answers=answers_without_evidence(run.rows),
        unfolded=UNFOLDED_PASSAGES,
    )


def worst_questions(rows: Sequence[QuestionResult]) -> list[QuestionResult]:
    """The twenty needs with the worst ranking, each in its worst form; ties go by the other measures, then by id."""
    ranked = sorted((row for row in rows if RANKING_MEASURE in row.measures), key=_ranking_quality)
    return _first_of_each_need(ranked)[:WORST_QUESTIONS]


def answers_without_evidence(rows: Sequence[QuestionResult]) -> list[QuestionResult]:
    """The ten unanswerable needs with the most confident answers, each in its most confident form."""
    wrong = [row for row in rows if row.answer and row.answer.citations and not row.expected]
    wrong.sort(key=lambda row: (-row.answer.confidence if row.answer else 0.0, row.key))
    return _first_of_each_need(wrong)[:MOST_CONFIDENT_ERRORS]


def _first_of_each_need(rows: Sequence[QuestionResult]) -> list[QuestionResult]:
    first: dict[tuple[str, str], QuestionResult] = {}
    for row in rows:
        first.setdefault((row.set, row.need), row)
    return list(first.values())


def _ranking_quality(row: QuestionResult) -> tuple[object, ...]:
    measures = ("nDCG@10", "recall@10", "recall@100", CITATION_RECALL)
    return (*(row.measures.get(name, 0.0) for name in measures), row.key)


def _index_comparisons(
    comparisons: Sequence[RunComparison], groups: Mapping[str, Summary]
) -> dict[tuple[str, str], RunComparison]:
    """(Group, measure) → its comparison. A run with one group has its overall comparison under that name."""
    only = next(iter(groups))
    found = {(one.slice, one.measure): one for one in comparisons if one.cut in {"questions", "set"}}
    overall = {(only, measure): one for (name, measure), one in found.items() if name == ALL}
    return overall | found


def _draw_charts(rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> list[list[Chart]]:
    """A row of charts, one for each measure, for every cut with more than one slice."""
    charts = []
    for cut, slicer in SLICERS.items():
        slices, old = summarise_slices(rows, slicer), summarise_slices(before, slicer)
        row = [_draw_chart(cut, measure, slices, old) for measure in DRAWN_MEASURES] if len(slices) > 1 else []
        if with_bars := [chart for chart in row if chart.bars]:
            charts.append(with_bars)
    return charts


def _draw_chart(cut: str, measure: str, slices: Mapping[str, Summary], before: Mapping[str, Summary]) -> Chart:
    def old_mean(name: str) -> float | None:
        found = before[name].measures.get(measure) if name in before else None
        return found.mean if found else None

    values = {name: summary.measures.get(measure) for name, summary in slices.items()}
    bars = (Bar(name, value.questions, value, old_mean(name)) for name, value in values.items() if value)
    return Chart(cut, measure, tuple(bars))


def _draw_heat_maps(rows: Sequence[QuestionResult]) -> list[HeatMap]:
    cuts = (SLICERS["kind"], SLICERS["half"])
    maps = (_draw_heat_map(rows, measure, cut) for measure in (*DRAWN_MEASURES, REFUSAL_RECALL) for cut in cuts)
    return [one for one in maps if one is not None]


def _draw_heat_map(rows: Sequence[QuestionResult], measure: str, columns: Slicer) -> HeatMap | None:
    """The means by form and column; None for fewer than two cells."""
    with_value = [row for row in rows if measure in row.measures]
    names = tuple(group_rows(with_value, columns))
    cells = {}
    for form, of_form in group_rows(with_value, SLICERS["form"]).items():
        groups = group_rows(of_form, columns)
        means = [summarise(groups[name]).measures.get(measure) if name in groups else None for name in names]
        cells[form] = tuple(means)
    values = [cell.mean for row in cells.values() for cell in row if cell]
    if len(values) < 2:
        return None
    return HeatMap(measure, names, cells, min(values), max(values))


def _count_refusals(rows: Sequence[QuestionResult]) -> list[RefusalCounts]:
    """The counts over all questions, then of each form; empty for a run without answers."""
    asked = [row for row in rows if row.answer is not None]
    if not asked:
        return []
    groups = {ALL: asked, **group_rows(asked, SLICERS["form"])}
    return [_count_refusals_of(form, group) for form, group in groups.items()]


def _count_refusals_of(form: str, rows: Sequence[QuestionResult]) -> RefusalCounts:
    refused = [row for row in rows if row.answer and not row.answer.citations]
    answerable = sum(bool(row.expected) for row in rows)
    wrongly_refused = sum(bool(row.expected) for row in refused)
    return RefusalCounts(form, answerable, wrongly_refused, len(rows) - answerable, len(refused) - wrongly_refused)
