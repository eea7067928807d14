"""A scatter plot worked out: its axes, their ticks, and places for labels that do not lie over each other.

Lengths are in the units of the drawing, counted from its upper left corner.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, log, log10, radians, sin

from evals.measures.statistics import Interval

WIDTH, HEIGHT = 480, 340
LEFT, RIGHT, TOP, BOTTOM = 44, 472, 12, 290
"""The drawing, and the edges of what its axes enclose."""

DEEPEST = 0.25
"""An axis of scores reaches this far below the best at most: one bad variant would press all others together."""

BELOW = 16
"""How far above the end of its axis a point stands that lies below it: room for an arrow."""

MARGIN = 0.06
"""Share of an axis that stays free at each of its ends."""

TICKS = 8
"""At most, on an axis in equal steps."""

MARK = 6.0
"""From the middle of a point to its edge."""

LINE, LETTER, GAP = 14.0, 6.6, 5.0
"""How high a label is, how wide each of its letters, and the space that sets it off from the next."""

DISTANCES = range(1, 200, 8)
"""How far from its point a label is tried."""

ANGLES = (0, 180, 270, 90, 315, 45, 225, 135, 337.5, 22.5, 202.5, 157.5, 292.5, 67.5, 247.5, 112.5)
"""Where beside its point a label is tried, in degrees clockwise from the right."""


@dataclass(frozen=True, slots=True)
class Point:
    """A score and what it costs, more than 0; it is labelled `full` where there is room for it beside it."""

    short: str
    full: str
    kind: str
    cost: float
    score: Interval


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        """Whether they share more than an edge."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )

    def edge(self, across: float, down: float) -> tuple[float, float]:
        """Where a line from the middle in this direction leaves it."""
        share = 1 / max(abs(across) / (self.width / 2), abs(down) / (self.height / 2))
        return self.x + share * across, self.y + share * down

    def inside(self) -> bool:
        """Whether it lies within the axes."""
        across, down = self.width / 2, self.height / 2
        return LEFT + across <= self.x <= RIGHT - across and TOP + down <= self.y <= BOTTOM - down


@dataclass(frozen=True, slots=True)
class Label:
    """What is written beside a point; `leader` is where a line from the point meets a label that is not next to it."""

    text: str
    box: Box
    leader: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A number on an axis, and where."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A point as it is drawn, its whisker from `low` to `high`; one that lies `below` the axis stands at its end."""

    point: Point
    x: float
    y: float
    low: float
    high: float
    below: bool
    label: Label


@dataclass(frozen=True, slots=True)
class Plot:
    """Costs from left to right, by their ratios; scores upwards."""

    costs: tuple[Tick, ...]
    scores: tuple[Tick, ...]
    marks: tuple[Mark, ...]


def plot(points: Sequence[Point]) -> Plot | None:
    """The plot of the points; None where there are none."""
    if not points:
        return None
    costs = [point.cost for point in points]
    best = max(point.score.mean for point in points)
    deepest = best - DEEPEST
    lowest = min(max(point.score.low, deepest) for point in points if point.score.mean >= deepest)
    across, left, right = _logarithmic(min(costs), max(costs))
    up, bottom, top = _linear(lowest, max(point.score.high for point in points))
    below = [point.score.mean < bottom for point in points]
    places = [
        (across(point.cost), BOTTOM - BELOW if hidden else up(point.score.mean))
        for point, hidden in zip(points, below, strict=True)
    ]
    found = labels(places, [point.short for point in points], [point.full for point in points])
    return Plot(
        costs=tuple(Tick(text, across(value)) for value, text in cost_ticks(left, right)),
        scores=tuple(Tick(text, up(value)) for value, text in ticks(bottom, top)),
        marks=tuple(
            Mark(
                point=point,
                x=x,
                y=y,
                low=min(BOTTOM, up(point.score.low)),
                high=min(BOTTOM, up(point.score.high)),
                below=hidden,
                label=label,
            )
            for point, (x, y), hidden, label in zip(points, places, below, found, strict=True)
        ),
    )


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Up to eight values in equal steps of 1, 2 or 5 times a power of ten, and how they are written."""
    rough = (high - low) / TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough * (1 - 1e-9))
    decimals = max(0, -floor(log10(step) + 1e-9))
    values = [number * step for number in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
    return [(value, f"{value:,.{decimals}f}") for value in values]


def cost_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """1, 2 and 5 times powers of ten; equal steps where fewer than three of those lie between the ends."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    values = [size * 10.0**power for power in powers for size in (1, 2, 5)]
    within = [(value, f"{value:,.10g}") for value in values if low <= value <= high]
    return within if len(within) >= 3 else ticks(low, high)


def labels(places: Sequence[tuple[float, float]], short: Sequence[str], full: Sequence[str]) -> list[Label]:
    """A label for each point that covers no point and no other label: the full one where it fits close by.

    The short ones are placed first, each as near as may be; where nothing is free, a label lies over others.
    """
    points = [Box(x, y, 2 * MARK, 2 * MARK) for x, y in places]
    found: list[Label] = []
    for point, text in zip(points, short, strict=True):
        near = list(_around(point, text, DISTANCES))
        free = (label for label in near if _is_free(label.box, points, found))
        found.append(next(free, near[0]))
    for number, (point, text) in enumerate(zip(points, full, strict=True)):
        others = found[:number] + found[number + 1 :]
        free = (label for label in _around(point, text, DISTANCES[:1]) if _is_free(label.box, points, others))
        found[number] = next(free, found[number])
    return found


def _around(point: Box, text: str, distances: Iterable[int]) -> Iterator[Label]:
    width = LETTER * len(text) + GAP
    for distance in distances:
        for angle in map(radians, ANGLES):
            across = cos(angle) * (MARK + distance + width / 2)
            down = sin(angle) * (MARK + distance + LINE / 2)
            box = Box(point.x + across, point.y + down, width, LINE)
            yield Label(text, box, box.edge(-across, -down) if distance > DISTANCES[0] else None)


def _is_free(box: Box, points: Sequence[Box], others: Sequence[Label]) -> bool:
    return box.inside() and not any(map(box.meets, points)) and not any(box.meets(other.box) for other in others)


def _linear(low: float, high: float) -> tuple[Callable[[float], float], float, float]:
    """A value → its height, and the ends of the axis."""
    margin = MARGIN * (high - low) or 0.01
    bottom, top = low - margin, high + margin
    return lambda value: BOTTOM - (BOTTOM - TOP) * (value - bottom) / (top - bottom), bottom, top


def _logarithmic(low: float, high: float) -> tuple[Callable[[float], float], float, float]:
    """A value → how far to the right, and the ends of the axis."""
    margin = (high / low) ** MARGIN if high > low else 1.1
    left, right = low / margin, high * margin
    return lambda value: LEFT + (RIGHT - LEFT) * log(value / left) / log(right / left), left, right
