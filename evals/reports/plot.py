"""The plots of the reports, by matplotlib, as inline SVG.

An ablation has the score of each variant beside its costs. Every variant has its own line, so that no label can cover
another. A run has reliability diagrams of its confidence. Colours are the CSS variables of the page, so that one
drawing serves the light and the dark theme.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

from markupsafe import Markup

from dalil.statistics import Interval
from evals.measures.calibration import Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 1_016
"""Units of the drawing, which are CSS pixels at the full width of the page."""

LINE_HEIGHT, FRAME_HEIGHT = 21, 58
PANEL_WIDTH, PANEL_HEIGHT = 250, 250
"""Units of one reliability diagram."""

UNITS_PER_INCH = 72
FONT_SIZE = 12

MAX_DEPTH = 0.25
"""How far below the best score the axis reaches. One bad variant would otherwise press all others together."""

MIN_MARGIN = 0.002
"""Of an axis of scores, at each end."""

NUMBER_COLUMN = 1.35
"""The width of a panel of costs over its longest bar: the numbers have their own column at the right."""

COLOURS = {"--ink": "#000001", "--soft": "#000002", "--line": "#000003", "--accent": "#000004", "--earlier": "#000005"}
"""CSS variable → the colour that stands for it in matplotlib's output."""


class System(StrEnum):
    """The kinds of systems in an ablation."""

    ENGINE = "engine"
    VARIANT = "variant"
    BASELINE = "baseline"


MARKERS = {
    System.ENGINE: ("D", "--accent"),
    System.VARIANT: ("o", "--ink"),
    System.BASELINE: ("s", "--earlier"),
}
"""System → its marker and its colour."""


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One line of the plot; a cost that is None has no bar."""

    name: str
    system: System
    score: Interval
    milliseconds: float | None
    bytes_a_passage: float | None


def plot_ablation(rows: Sequence[PlotRow], measure: str, title: str) -> Markup:
    """Draw a dot with its interval for each score, and a bar for each cost; a vertical line marks the default engine.

    A score more than `MAX_DEPTH` below the best is an arrow at the edge of the axis with its value. Screen readers read
    the title. Drawings with different titles have different ids, so that a page can hold several.
    """
    # Loading matplotlib takes half a second, which the commands that draw nothing do not pay.
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415

    height = FRAME_HEIGHT + LINE_HEIGHT * len(rows)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.size": FONT_SIZE}):
        layout = ConstrainedLayoutEngine(wspace=0.05)
        figure = Figure(figsize=(WIDTH / UNITS_PER_INCH, height / UNITS_PER_INCH), layout=layout)
        scores, times, sizes = figure.subplots(1, 3, sharey=True, width_ratios=(1.5, 1, 1))
        for axes in (scores, times, sizes):
            _style(axes)
        _draw_scores(scores, rows)
        _draw_bars(times, rows, lambda row: row.milliseconds)
        _draw_bars(sizes, rows, lambda row: row.bytes_a_passage)
        scores.set_title(f"{measure}, with 95 % interval", loc="left", fontsize=FONT_SIZE, color=COLOURS["--soft"])
        times.set_title("milliseconds a question, median", loc="left", fontsize=FONT_SIZE, color=COLOURS["--soft"])
        sizes.set_title("bytes a passage", loc="left", fontsize=FONT_SIZE, color=COLOURS["--soft"])
        scores.set_yticks(range(len(rows)), [row.name for row in rows])
        for row, label in zip(rows, scores.get_yticklabels(), strict=True):
            label.set_color(COLOURS[MARKERS[row.system][1]])
        scores.tick_params(axis="y", pad=10)
        scores.set_ylim(len(rows) - 0.4, -0.6)
        output = StringIO()
        figure.savefig(output, format="svg", transparent=True, metadata={"Date": None})
    return _to_inline_svg(output.getvalue(), f"{title}: {measure}, time and size of each variant")


def plot_reliability(languages: Mapping[str, Calibration], title: str) -> Markup:
    """Draw a reliability diagram for each language: the accuracy of each bin over its mean confidence.

    A point below the diagonal is a bin of answers with too high a confidence.
    """
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    size = (PANEL_WIDTH * len(languages) / UNITS_PER_INCH, PANEL_HEIGHT / UNITS_PER_INCH)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.size": FONT_SIZE}):
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, len(languages), sharey=True, squeeze=False)[0]
        for axes, (language, calibration) in zip(panels, languages.items(), strict=True):
            _draw_reliability(axes, calibration)
            axes.set_title(language, loc="left", fontsize=FONT_SIZE, color=COLOURS["--ink"])
        panels[0].set_ylabel("first sentence is evidence", color=COLOURS["--soft"])
        output = StringIO()
        figure.savefig(output, format="svg", transparent=True, metadata={"Date": None})
    return _to_inline_svg(output.getvalue(), f"{title}: accuracy over confidence")


def _draw_reliability(axes: "Axes", calibration: Calibration) -> None:
    _style(axes)
    axes.grid(axis="x", color=COLOURS["--line"], linewidth=0.6)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xticks((0, 0.5, 1))
    axes.set_yticks((0, 0.5, 1))
    axes.set_aspect("equal")
    axes.plot((0, 1), (0, 1), color=COLOURS["--soft"], linewidth=1, linestyle=(0, (3, 3)))
    confidences = [one.confidence for one in calibration.bins]
    accuracies = [one.accuracy for one in calibration.bins]
    axes.plot(confidences, accuracies, "o-", color=COLOURS["--accent"], linewidth=1.4, markersize=6)
    axes.set_xlabel("confidence", color=COLOURS["--soft"])


def _style(axes: "Axes") -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, colors=COLOURS["--soft"])
    axes.set_axisbelow(True)
    axes.grid(axis="y", color=COLOURS["--line"], linewidth=0.6)


def _draw_scores(axes: "Axes", rows: Sequence[PlotRow]) -> None:
    best = max(row.score.mean for row in rows)
    visible = [row for row in rows if row.score.mean >= best - MAX_DEPTH]
    low = max(best - MAX_DEPTH, min(row.score.low for row in visible))
    high = max(row.score.high for row in visible)
    margin = max(MIN_MARGIN, 0.05 * (high - low))
    axes.set_xlim(low - margin, high + margin)
    axes.grid(axis="x", color=COLOURS["--line"], linewidth=0.6)
    _mark_engine(axes, rows, lambda row: row.score.mean)
    for line, row in enumerate(rows):
        marker, variable = MARKERS[row.system]
        colour, score = COLOURS[variable], row.score
        if row in visible:
            axes.hlines(line, max(score.low, low - margin), score.high, color=colour, linewidth=1.4)
            axes.plot(score.mean, line, marker, color=colour, markersize=6)
        else:
            axes.plot(low - margin, line, "<", color=colour, markersize=6, clip_on=False)
            axes.annotate(
                f"{score.mean:.3f}", (low - margin, line), (8, 0), textcoords="offset points", va="center", color=colour
            )


def _draw_bars(axes: "Axes", rows: Sequence[PlotRow], cost: Callable[[PlotRow], float | None]) -> None:
    costs = [cost(row) for row in rows]
    axes.set_xlim(0, NUMBER_COLUMN * max((value for value in costs if value is not None), default=1.0))
    axes.set_xticks([])
    _mark_engine(axes, rows, cost)
    for line, (row, value) in enumerate(zip(rows, costs, strict=True)):
        if value is not None:
            colour = COLOURS[MARKERS[row.system][1]]
            axes.barh(line, value, height=0.56, color=colour, alpha=0.35)
            text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
            axes.text(axes.get_xlim()[1], line, text, ha="right", va="center", color=colour)


def _mark_engine(axes: "Axes", rows: Sequence[PlotRow], value_of: Callable[[PlotRow], float | None]) -> None:
    for row in rows:
        if row.system is System.ENGINE and (value := value_of(row)) is not None:
            axes.axvline(value, color=COLOURS["--accent"], linewidth=1, linestyle=(0, (3, 3)))


def _to_inline_svg(svg: str, label: str) -> Markup:
    """The drawing for a page of HTML: without the XML prolog, metadata and ids, and in the colours of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # "figure_1" and the like repeat from drawing to drawing. The ids of shared shapes are hashes, and stay.
    referenced = set(re.findall(r"#([\w-]+)[\")]", svg))
    svg = re.sub(r' id="([\w-]+)"', lambda match: match[0] if match[1] in referenced else "", svg)
    for variable, colour in COLOURS.items():
        svg = svg.replace(colour, f"var({variable})")
    view_box = re.findall(r'viewBox="([^"]*)"', svg)[0]
    opening = f'<svg viewBox="{view_box}" class="plot" role="img" aria-label="{escape(label)}">'
    return Markup(opening + svg[svg.index(">") + 1 :])  # noqa: S704  matplotlib escapes the texts that it draws
