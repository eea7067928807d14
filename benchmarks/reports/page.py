"""A benchmark as one page of HTML; `benchmark.html.jinja` lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.records import Benchmark, SystemName, SystemResult
from benchmarks.reports.measures import MEASURES, Measure, Ratio, dalil_of, machine_line, notes, ratio
from evals.reports.render import render

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Bar:
    """One system in the drawing of one measure; `share` is its part of the longest bar, 0 to 1."""

    system: SystemName
    text: str
    share: float
    ratio: Ratio | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """One measure of all systems that have it."""

    measure: Measure
    bars: tuple[Bar, ...]


def benchmark_page(benchmark: Benchmark) -> str:
    """Draw the page."""
    return render(
        "benchmark.html.jinja",
        folder=TEMPLATES,
        benchmark=benchmark,
        machine=machine_line(benchmark),
        notes=notes(benchmark),
        drawings=[_draw(measure, benchmark.results, dalil_of(benchmark)) for measure in MEASURES],
    )


def _draw(measure: Measure, results: Sequence[SystemResult], dalil: SystemResult | None) -> Drawing:
    values = {result.system: value for result in results if (value := measure.value(result)) is not None}
    longest = max(values.values(), default=0.0) or 1.0
    return Drawing(
        measure,
        tuple(
            Bar(
                result.system,
                measure.text(result),
                values[result.system] / longest,
                ratio(measure, dalil, result) if dalil and result is not dalil else None,
            )
            for result in results
            if result.system in values
        ),
    )
