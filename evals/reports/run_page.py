"""A run as one page of HTML that needs no network: `report.html.jinja` draws what is gathered here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.measures import citations
from evals.measures.latencies import PERCENTILES, percentiles
from evals.measures.statistics import Interval
from evals.reports.render import render
from evals.runs.comparison import Comparison, changed_facts, compare
from evals.runs.records import EvalRun, Row
from evals.runs.summaries import EVERYTHING, MEASURES, SLICERS, Slicer, Summary, grouped, headline, sliced, summarise

RANKING = "nDCG@10"
DRAWN = (RANKING, citations.CITATION_RECALL)
"""The measures drawn as bars and maps."""

WORST = 20
MOST_SURE = 10
FIRST_SHOWN = 3
"""Passages of a ranking shown at once; the rest unfolds."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: the share it fills, its interval, and where an earlier run stood."""

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
        """How dark the cell is, in per cent: the palest is the map's lowest mean."""
        return round(6 + 58 * (mean - self.low) / (self.high - self.low)) if self.high > self.low else 35


def page(run: EvalRun, against: EvalRun | None = None) -> str:
    """The page; raises `InvalidInput` where `against` asked other questions."""
    compared = compare(against, run) if against else []
    groups = headline(run.rows)
    return render(
        "report.html.jinja",
        run=run,
        against=against,
        changes=changed_facts(against, run) if against else [],
        groups=groups,
        measures=[name for name in MEASURES if any(name in summary.measures for summary in groups.values())],
        whole=next(iter(groups.values())),
        verdicts=_verdicts(compared, groups),
        charts=_charts(run.rows, against.rows if against else ()),
        maps=_maps(run.rows),
        refusals=_refusals(run.rows),
        latencies={stage: percentiles(list(times.values())) for stage, times in run.latencies.items()},
        percentiles=PERCENTILES,
        worst=worst(run.rows),
        unproved=answered_without_evidence(run.rows),
        first_shown=FIRST_SHOWN,
    )


def worst(rows: Sequence[Row]) -> list[Row]:
    """The twenty needs whose evidence is ranked worst, each in its worst form; ties by what else is known, then id."""
    asked = sorted((row for row in rows if RANKING in row.measures), key=_badness)
    return _first_of_each_need(asked)[:WORST]


def answered_without_evidence(rows: Sequence[Row]) -> list[Row]:
    """The ten needs without evidence that were answered most confidently, each in its most confident form."""
    wrong = [row for row in rows if row.answer and row.answer.citations and not row.expected]
    wrong.sort(key=lambda row: (-row.answer.confidence if row.answer else 0.0, row.key))
    return _first_of_each_need(wrong)[:MOST_SURE]


def _first_of_each_need(rows: Sequence[Row]) -> list[Row]:
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        first.setdefault((row.set, row.need), row)
    return list(first.values())


def _badness(row: Row) -> tuple[object, ...]:
    ranking = ("nDCG@10", "recall@10", "recall@100", citations.CITATION_RECALL)
    return (*(row.measures.get(name, 0.0) for name in ranking), row.key)


def _verdicts(compared: Sequence[Comparison], groups: Mapping[str, Summary]) -> dict[tuple[str, str], Comparison]:
    """(Group, measure) → how it changed."""
    only = next(iter(groups))
    found = {(one.slice, one.measure): one for one in compared if one.cut in {"questions", "set"}}
    whole = {(only, measure): one for (name, measure), one in found.items() if name == EVERYTHING}
    return whole | found


def _charts(rows: Sequence[Row], before: Sequence[Row]) -> list[list[Chart]]:
    """For each cut with more than one slice, a chart of each measure there is."""
    charts = []
    for cut, slicer in SLICERS.items():
        slices, old = sliced(rows, slicer), sliced(before, slicer)
        row = [_chart(cut, measure, slices, old) for measure in DRAWN] if len(slices) > 1 else []
        if drawn := [chart for chart in row if chart.bars]:
            charts.append(drawn)
    return charts


def _chart(cut: str, measure: str, slices: Mapping[str, Summary], before: Mapping[str, Summary]) -> Chart:
    def old(name: str) -> float | None:
        found = before[name].measures.get(measure) if name in before else None
        return found.mean if found else None

    values = {name: summary.measures.get(measure) for name, summary in slices.items()}
    return Chart(cut, measure, tuple(Bar(name, own.questions, own, old(name)) for name, own in values.items() if own))


def _maps(rows: Sequence[Row]) -> list[HeatMap]:
    cuts = (SLICERS["kind"], SLICERS["half"])
    maps = (_map(rows, measure, columns) for measure in (*DRAWN, citations.REFUSAL_RECALL) for columns in cuts)
    return [one for one in maps if one is not None]


def _map(rows: Sequence[Row], measure: str, columns: Slicer) -> HeatMap | None:
    having = [row for row in rows if measure in row.measures]
    names = tuple(grouped(having, columns))
    cells = {}
    for form, own in grouped(having, SLICERS["form"]).items():
        inside = grouped(own, columns)
        found = [summarise(inside[name]).measures.get(measure) if name in inside else None for name in names]
        cells[form] = tuple(found)
    means = [cell.mean for row in cells.values() for cell in row if cell]
    if len(means) < 2:
        return None
    return HeatMap(measure, names, cells, min(means), max(means))


def _refusals(rows: Sequence[Row]) -> list[tuple[str, int, int, int, int]]:
    """Form, then how many of its answerable questions there are and were refused, and of its unanswerable ones."""
    asked = [row for row in rows if row.answer is not None]
    found = []
    for form, own in {EVERYTHING: asked, **grouped(asked, SLICERS["form"])}.items():
        refused = [row for row in own if row.answer and not row.answer.citations]
        answerable, fairly = sum(bool(row.expected) for row in own), sum(not row.expected for row in refused)
        found.append((form, answerable, len(refused) - fairly, len(own) - answerable, fairly))
    return found if asked else []
