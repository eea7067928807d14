"""Intervals as text, for the tables of a terminal."""

from rich.text import Text

from dalil.statistics import Interval
from evals.runs.comparison import Outcome

COLOURS = {Outcome.BETTER: "green", Outcome.WORSE: "red", Outcome.UNDECIDED: "dim", Outcome.UNCHANGED: "dim"}


def format_interval(interval: Interval | None) -> Text:
    """`mean [low, high]`, or a dash."""
    return Text(f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]" if interval else "–")


def format_difference(interval: Interval) -> str:
    """`+mean [+low, +high]`."""
    return f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
