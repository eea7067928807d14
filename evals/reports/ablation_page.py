"""An ablation as one page of HTML; `ablation.html.jinja` lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from evals.ablation.ablate import MEASURE, Ablation, AblationRow
from evals.ablation.variants import DEFAULT_ENGINE, OPENSEARCH
from evals.reports.plot import PlotRow, System, plot_ablation
from evals.reports.render import render
from evals.runs.comparison import Outcome, decide

_BASELINES = frozenset(variant.name for variant in OPENSEARCH)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the table; `outcome` is None without a difference."""

    row: AblationRow
    system: System
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Section:
    """One set in one language; `plot` is None if no variant has a score."""

    set: str
    language: str
    questions: int
    rows: tuple[TableRow, ...]
    plot: Markup | None


def ablation_page(ablation: Ablation) -> str:
    """Draw the page."""
    groups = groupby(ablation.rows, key=lambda row: (row.set, row.language))
    return render(
        "ablation.html.jinja",
        ablation=ablation,
        measure=MEASURE,
        sections=[_to_section(name, language, list(rows)) for (name, language), rows in groups],
    )


def _to_section(set_name: str, language: str, rows: Sequence[AblationRow]) -> Section:
    table = tuple(_to_table_row(row) for row in rows)
    scored = [
        PlotRow(one.row.variant, one.system, one.row.score, one.row.milliseconds, one.row.bytes_a_passage)
        for one in table
        if one.row.score
    ]
    return Section(
        set=set_name,
        language=language,
        questions=max((row.score.questions for row in rows if row.score), default=0),
        rows=table,
        plot=plot_ablation(scored, MEASURE, f"{set_name}, {language}") if scored else None,
    )


def _to_table_row(row: AblationRow) -> TableRow:
    return TableRow(row, _system_of(row.variant), decide(MEASURE, row.difference) if row.difference else None)


def _system_of(variant: str) -> System:
    if variant == DEFAULT_ENGINE.name:
        return System.ENGINE
    return System.BASELINE if variant in _BASELINES else System.VARIANT
