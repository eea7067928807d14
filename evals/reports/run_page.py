"""A run as one page of HTML, which begins with what is worst; `run.html.jinja` lays it out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from dalil.domain import AnswerStatus
from dalil.statistics import Interval
from evals.measures.answers import (
    ANSWER_MEASURES,
    CITATION_RECALL,
    EVIDENCE_SHOWN,
    FIRST_SENTENCE,
    NEAR_MISSES_ANSWERED,
    OFF_TOPIC,
    PRECISION_OF_ANSWERED,
    SHORT_ANSWER_F1,
)
from evals.measures.calibration import Calibration
from evals.measures.latencies import PERCENTILES, percentiles
from evals.reports.plot import plot_reliability
from evals.reports.render import render
from evals.runs.comparison import RunComparison, changed_facts, compare
from evals.runs.records import EvalRun, QuestionResult
from evals.runs.summaries import (
    ALL,
    MEASURES,
    NEAR_MISS_CUT,
    SLICERS,
    Slicer,
    Summary,
    group_rows,
    summarise,
    summarise_calibration,
    summarise_headline,
    summarise_slices,
)

RANKING_MEASURE = "nDCG@10"
DRAWN_MEASURES = (FIRST_SENTENCE, RANKING_MEASURE)
"""The measures of the bars and the heat maps."""

TILES = (
    NEAR_MISSES_ANSWERED,
    PRECISION_OF_ANSWERED,
    FIRST_SENTENCE,
    SHORT_ANSWER_F1,
    EVIDENCE_SHOWN,
    RANKING_MEASURE,
)
"""The measures at the top of the page."""

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
class StatusCounts:
    """The outcomes of the questions of one form: answered, related quotes alone, and neither."""

    group: str
    form: str
    questions: int
    answered: int
    related: int
    refused: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """The calibration of one half by language, and its drawing."""

    half: str
    languages: Mapping[str, Calibration]
    plot: Markup


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
        tiles=TILES,
        last_answer_measure=ANSWER_MEASURES[-1],
        near_misses=_draw_near_misses(run.rows, against.rows if against else ()),
        answers=_draw_answers(run.rows, against.rows if against else ()),
        statuses=_count_statuses(run.rows),
        reliability=[
            Reliability(half, languages, plot_reliability(languages, half))
            for half, languages in summarise_calibration(run.rows).items()
        ],
        charts=_draw_charts(run.rows, against.rows if against else ()),
        maps=_draw_heat_maps(run.rows),
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
    wrong = [row for row in rows if row.answer and row.answer.is_answered and not row.expected]
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
    for cut in SLICERS:
        row = [_draw_chart(cut, measure, rows, before) for measure in DRAWN_MEASURES]
        if with_bars := [chart for chart in row if len(chart.bars) > 1]:
            charts.append(with_bars)
    return charts


def _draw_answers(rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> list[Chart]:
    """The first sentence and the short answer by kind of question."""
    charts = (_draw_chart("kind", measure, rows, before) for measure in (FIRST_SENTENCE, SHORT_ANSWER_F1))
    return [chart for chart in charts if chart.bars]


def _draw_near_misses(rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> list[Chart]:
    """The near misses presented as answered by their kind and by form, the worst first."""
    charts = (_draw_chart(cut, NEAR_MISSES_ANSWERED, rows, before) for cut in (NEAR_MISS_CUT, "form"))
    return [
        replace(chart, bars=tuple(sorted(chart.bars, key=lambda bar: -bar.value.mean)))
        for chart in charts
        if chart.bars
    ]


def _draw_chart(cut: str, measure: str, rows: Sequence[QuestionResult], before: Sequence[QuestionResult]) -> Chart:
    slices, earlier = (summarise_slices(own, SLICERS[cut]) for own in (rows, before))

    def old_mean(name: str) -> float | None:
        found = earlier[name].measures.get(measure) if name in earlier else None
        return found.mean if found else None

    values = {name: summary.measures.get(measure) for name, summary in slices.items()}
    bars = (Bar(name, value.questions, value, old_mean(name)) for name, value in values.items() if value)
    return Chart(cut, measure, tuple(bars))


def _draw_heat_maps(rows: Sequence[QuestionResult]) -> list[HeatMap]:
    cuts = (SLICERS["kind"], SLICERS["half"])
    cells = [(NEAR_MISSES_ANSWERED, SLICERS[NEAR_MISS_CUT]), (NEAR_MISSES_ANSWERED, SLICERS["half"])]
    cells += [(measure, cut) for measure in DRAWN_MEASURES for cut in cuts]
    maps = (_draw_heat_map(rows, measure, cut) for measure, cut in cells)
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


def _count_statuses(rows: Sequence[QuestionResult]) -> list[StatusCounts]:
    """The counts of each group of questions, over all its forms and by form; empty for a run without answers."""
    asked = [row for row in rows if row.answer is not None]
    counts = []
    for group, own in group_rows(asked, _slice_by_group).items():
        counts += [
            _count(group, form, of_form) for form, of_form in {ALL: own, **group_rows(own, SLICERS["form"])}.items()
        ]
    return counts


def _slice_by_group(row: QuestionResult) -> tuple[str]:
    if row.expected:
        return ("answerable",)
    return ("off topic" if row.kind == OFF_TOPIC else "near misses",)


def _count(group: str, form: str, rows: Sequence[QuestionResult]) -> StatusCounts:
    statuses = Counter(row.answer.status for row in rows if row.answer)
    answered, related = statuses[AnswerStatus.ANSWERED.value], statuses[AnswerStatus.RELATED_EVIDENCE.value]
    return StatusCounts(group, form, len(rows), answered, related, len(rows) - answered - related)
