"""Runs and comparisons as tables for a terminal."""

from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table
from rich.text import Text

from dalil.domain import Verdict as Answer
from evals.ablation.ablate import MEASURE, Ablation, Line
from evals.measures import citations
from evals.measures.claims import Checked, error_rates
from evals.measures.latencies import PERCENTILES, percentiles
from evals.measures.refusals import Asked, Sample, refused
from evals.measures.statistics import Interval
from evals.runs.comparison import Comparison, Verdict, verdict
from evals.runs.records import EvalRun
from evals.runs.summaries import MEASURES, SLICERS, Summary, headline, sliced

IN_SLICES = ("nDCG@10", "recall@10", "success@1", citations.CITATION_RECALL, citations.REFUSAL_RECALL)
"""The measures that slices are shown by."""

COLOURS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.UNDECIDED: "dim", Verdict.UNCHANGED: "dim"}


def headline_table(run: EvalRun) -> Table:
    """Every measure, for all questions and for each set's halves."""
    facts = run.facts
    title = f"{facts.name}: {len(run.rows):,} questions, {facts.mode}, {facts.store}, {facts.model} ({facts.runtime})"
    groups = headline(run.rows)
    table = Table("mean [95 % interval]", title=Text(title), title_justify="left")
    for name, summary in groups.items():
        table.add_column(Text(f"{name}\n{summary.questions:,} questions"), no_wrap=True)
    for measure in MEASURES:
        if any(measure in summary.measures for summary in groups.values()):
            table.add_row(measure, *(shown(summary.measures.get(measure)) for summary in groups.values()))
    return table


def slice_tables(run: EvalRun) -> Iterable[Table]:
    """One table for each way to cut the questions that gives more than one slice."""
    for cut, slicer in SLICERS.items():
        slices = sliced(run.rows, slicer)
        if len(slices) > 1:
            yield _slices(cut, slices)


def latency_table(run: EvalRun) -> Table | None:
    """Percentiles of each stage in milliseconds; None where nothing was timed."""
    if not run.latencies:
        return None
    table = Table("milliseconds", *(f"p{percent}" for percent in PERCENTILES), "questions")
    for stage, times in run.latencies.items():
        figures = percentiles(list(times.values()))
        table.add_row(stage, *(f"{figure:.1f}" for figure in figures.values()), str(len(times)))
    return table


def comparison_table(comparisons: Sequence[Comparison], title: str) -> Table:
    """Differences, after minus before."""
    table = Table("", "measure", "before", "after", "difference [95 % interval]", "p", "", title=Text(title))
    table.title_justify = "left"
    for one in comparisons:
        found, colour = one.difference, COLOURS[one.verdict]
        cells = (one.slice, one.measure, f"{found.before:.4f}", f"{found.after:.4f}", signed(found.interval))
        table.add_row(*map(Text, cells), Text(f"{found.p:.4f}"), Text(one.verdict.value, style=colour))
    return table


def ablation_table(done: Ablation) -> Table:
    """A section for each set and language, the engine as it is first in each; below it why a row is missing."""
    title = f"{MEASURE} of variants, and less the engine as it is: {done.store}, {done.model} ({done.runtime})"
    headings = ("", f"{MEASURE} [95 % interval]", "difference [95 % interval]", "p", "ms p50", "×", "bytes a passage")
    table = Table(*headings, title=Text(title), title_justify="left")
    for column in table.columns[3:]:
        column.justify = "right"
    place = None
    for line in done.lines:
        if place != (line.set, line.language):
            place = (line.set, line.language)
            questions = line.score.questions if line.score else 0
            table.add_section()
            table.add_row(Text(f"{line.set}, {line.language}: {questions:,} questions", style="bold"))
        table.add_row(*_ablation_cells(line))
    missing = dict.fromkeys(f"{line.set}, {line.variant}: {line.missing}" for line in done.lines if line.missing)
    table.caption, table.caption_justify = Text("\n".join(missing)), "left"
    return table


def claims_table(rows: Sequence[Checked], title: str) -> Table:
    """How many claims of each kind got each verdict, and the error rates of each language and of all."""
    table = Table("claims", *(verdict.value for verdict in Answer), "right ones dropped", "wrong ones passed")
    table.title, table.title_justify = Text(title), "left"
    kinds = {f"{row.claim.language}, {row.claim.kind}": row.claim for row in rows}
    for name, own in kinds.items():
        alike = [row for row in rows if (row.claim.language, row.claim.kind) == (own.language, own.kind)]
        table.add_row(Text(name), *(str(count) for count in error_rates(alike).counts.values()), "", "")
    table.add_section()
    for language in (*dict.fromkeys(row.claim.language for row in rows), None):
        alike = [row for row in rows if language in {None, row.claim.language}]
        found = error_rates(alike)
        counts = (str(count) for count in found.counts.values())
        table.add_row(Text(language or "all"), *counts, shown(found.dropped), shown(found.passed))
    return table


def refusals_table(rows: Sequence[Sample], threshold: float) -> Table:
    """What is refused at the threshold, for each set, half and language; and what could be, at 8 % lost."""
    title = f"share refused below {threshold} [95 % interval]"
    headings = ("", *(asked.value for asked in Asked), "all that cannot be answered", "at 8 % lost", "ROC area")
    table = Table(*headings, title=Text(title), title_justify="left")
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for row in rows:
        groups.setdefault((row.set, row.half, row.language), []).append(row)
    for place, own in groups.items():
        found = refused(own, threshold)
        shares = (
            f"{shown(found.shares[asked])} of {found.counts[asked]:,}" if asked in found.shares else ""
            for asked in Asked
        )
        last = (shown(found.unanswerable), _number(found.at_most_lost), _number(found.ranked))
        table.add_row(Text(", ".join(filter(None, place))), *map(Text, shares), *last)
    return table


def _number(value: float | None) -> Text:
    return Text("" if value is None else f"{value:.3f}")


def shown(found: Interval | None) -> Text:
    """`mean [low, high]`, or a dash."""
    return Text(f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]" if found else "–")


def signed(found: Interval) -> str:
    """`+mean [+low, +high]`."""
    return f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"


def _ablation_cells(line: Line) -> Iterable[Text]:
    if line.missing is not None:
        return Text(line.variant), Text("missing", style="dim")
    found = line.difference
    figures = (
        (line.milliseconds, ".1f"),
        (line.times, ".2f"),
        (line.bytes_a_passage, ",.0f"),
    )
    return (
        Text(line.variant),
        shown(line.score),
        Text(signed(found.interval), style=COLOURS[verdict(MEASURE, found)]) if found else Text(""),
        Text(f"{found.p:.4f}" if found else ""),
        *(Text("" if figure is None else format(figure, shape)) for figure, shape in figures),
    )


def _slices(cut: str, slices: Mapping[str, Summary]) -> Table:
    measures = [name for name in IN_SLICES if any(name in own.measures for own in slices.values())]
    table = Table(f"by {cut}", "questions", *measures)
    for name, summary in slices.items():
        cells = (shown(summary.measures.get(measure)) for measure in measures)
        table.add_row(Text(name), f"{summary.questions:,}", *cells)
    return table
