"""An ablation as one page of HTML: what each variant is worth against what it takes; `ablation.html.jinja` draws it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from evals.ablation.ablate import MEASURE, Ablation, Line
from evals.ablation.variants import AS_IT_IS, PEERS
from evals.measures.statistics import Interval
from evals.reports import plot
from evals.reports.plot import Plot, Point
from evals.reports.render import render
from evals.runs.comparison import Verdict, verdict

PEER_NAMES = frozenset(own.name for own in PEERS)


class Kind(StrEnum):
    """Whose a line is."""

    ENGINE = "engine"
    VARIANT = "variant"
    PEER = "peer"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table under the number that stands for it in the plots, and what its difference amounts to."""

    number: int
    line: Line
    kind: Kind
    verdict: Verdict | None

    def point(self, cost: float, score: Interval) -> Point:
        """The engine as it is always goes by its name."""
        full = f"{self.number} {self.line.variant}"
        return Point(full if self.kind is Kind.ENGINE else str(self.number), full, self.kind, cost, score)


@dataclass(frozen=True, slots=True)
class Section:
    """One set in one language; a plot without a point is None."""

    set: str
    language: str
    questions: int
    rows: tuple[Row, ...]
    by_time: Plot | None
    by_size: Plot | None


def page(done: Ablation) -> str:
    """The page."""
    places = groupby(done.lines, key=lambda line: (line.set, line.language))
    return render(
        "ablation.html.jinja",
        done=done,
        measure=MEASURE,
        sections=[_section(own, language, list(lines)) for (own, language), lines in places],
        frame=plot,
    )


def _section(own: str, language: str, lines: Sequence[Line]) -> Section:
    rows = tuple(_row(number, line) for number, line in enumerate(lines, start=1))
    return Section(
        set=own,
        language=language,
        questions=max(line.score.questions for line in lines if line.score),
        rows=rows,
        by_time=_plot(rows, lambda line: line.milliseconds),
        by_size=_plot(rows, lambda line: line.bytes_a_passage),
    )


def _row(number: int, line: Line) -> Row:
    kind = Kind.ENGINE if line.variant == AS_IT_IS.name else Kind.PEER if line.variant in PEER_NAMES else Kind.VARIANT
    return Row(number, line, kind, verdict(MEASURE, line.difference) if line.difference else None)


def _plot(rows: Sequence[Row], cost_of: Callable[[Line], float | None]) -> Plot | None:
    """What has no score or no cost is left out."""
    return plot.plot(
        [row.point(cost, row.line.score) for row in rows if row.line.score and (cost := cost_of(row.line))]
    )
