"""Answers, the errors of the verifier, and the refusals of the engine, as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from dalil.domain import Verdict
from evals.measures.answers import ANSWER_MEASURES
from evals.measures.claims import ClaimResult, error_rates
from evals.measures.near_duplicates import PairResult, detection_rates
from evals.measures.refusals import Condition, Sample, refusal_rates
from evals.reports.formatting import COLOURS, format_difference, format_interval
from evals.reports.run_tables import calibration_table, summaries_table
from evals.runs.answers import AnswersRun, compare_generators, percentile_seconds
from evals.runs.summaries import NEAR_MISS_CUT, SLICERS, summarise_headline, summarise_slices

AT_MAX_LOST = ("at 8 % lost", "near-miss at 8 % lost")
"""The headings of the shares refused where 8 % of the answerable questions are refused."""


def answers_tables(runs: Sequence[AnswersRun]) -> Iterator[Table]:
    """The measures and the calibration of each generator, the times, and the differences from the first one."""
    for run in runs:
        groups = summarise_headline(run.rows)
        yield summaries_table(run.generator, groups, ANSWER_MEASURES)
        misses = summarise_slices(run.rows, SLICERS[NEAR_MISS_CUT])
        yield summaries_table(f"{run.generator}, by kind of the near miss", misses, ANSWER_MEASURES[:1])
        if calibration := calibration_table(run.rows):
            yield calibration
    yield _seconds_table(runs)
    for run in runs[1:]:
        yield _differences_table(runs[0], run)


_ERRORS = {
    "true, unsupported": (Verdict.SUPPORTED, Verdict.UNSUPPORTED),
    "true, partial": (Verdict.SUPPORTED, Verdict.PARTIAL),
    "partly true, supported": (Verdict.PARTIAL, Verdict.SUPPORTED),
    "false, partial": (Verdict.UNSUPPORTED, Verdict.PARTIAL),
    "false, supported": (Verdict.UNSUPPORTED, Verdict.SUPPORTED),
}
"""Heading → the label of a claim, and the verdict that it should not have."""


def claims_table(results: Sequence[ClaimResult], title: str) -> Table:
    """The verdicts and the shares of errors by kind of claim, by language, and of all claims.

    An error is a true claim without the verdict supported, or a claim that is false in part or whole and has it.
    """
    table = Table("claims", *(verdict.value for verdict in Verdict), *_ERRORS)
    table.title, table.title_justify = Text(title), "left"
    kinds: dict[tuple[str, str], list[ClaimResult]] = {}
    languages: dict[str, list[ClaimResult]] = {}
    for result in results:
        kinds.setdefault((result.claim.language, result.claim.kind), []).append(result)
        languages.setdefault(result.claim.language, []).append(result)
    for (language, kind), group in kinds.items():
        table.add_row(Text(f"{language}, {kind}"), *_claim_cells(group))
    table.add_section()
    for name, group in (*languages.items(), ("all", list(results))):
        table.add_row(Text(name), *_claim_cells(group))
    return table


def near_duplicates_table(results: Sequence[PairResult]) -> Table:
    """Precision and recall by half, and of all pairs."""
    table = Table("pairs", "near-duplicates", "others", "found", "precision", "recall")
    table.title, table.title_justify = Text("near-duplicates"), "left"
    halves = {half: [one for one in results if one.pair.half == half] for half in ("dev", "test")}
    for name, group in (*halves.items(), ("all", list(results))):
        if group:
            rates, true = detection_rates(group), sum(one.pair.near_duplicates for one in group)
            counts = (true, len(group) - true, sum(one.found for one in group))
            cells = (format_interval(rate) for rate in (rates.precision, rates.recall))
            table.add_row(Text(name), *map(str, counts), *cells)
    return table


def _claim_cells(group: Sequence[ClaimResult]) -> list[Text]:
    rates = error_rates(group)
    errors = (rates.share(label, verdict) for label, verdict in _ERRORS.values())
    return [*(Text(str(count)) for count in rates.counts.values()), *map(format_interval, errors)]


def refusals_table(samples: Sequence[Sample], threshold: float | None) -> Table:
    """The shares refused at the threshold for each set, half and language, and at the threshold that loses 8 %."""
    below = "the threshold of its language" if threshold is None else threshold
    title = f"share of questions refused with a confidence below {below} [95 % interval]"
    headings = ("", *(condition.value for condition in Condition), "all unanswerable", *AT_MAX_LOST, "ROC area")
    table = Table(*headings, title=Text(title), title_justify="left")
    groups: dict[tuple[str, str, str], list[Sample]] = {}
    for sample in samples:
        groups.setdefault((sample.set, sample.half, sample.language), []).append(sample)
    for place, group in groups.items():
        rates = refusal_rates(group, threshold)
        shares = (
            f"{format_interval(rates.shares[condition])} of {rates.counts[condition]:,}"
            if condition in rates.shares
            else ""
            for condition in Condition
        )
        figures = map(_format, (rates.at_max_lost, rates.near_misses_at_max_lost, rates.roc_area))
        last = (format_interval(rates.unanswerable), *figures)
        table.add_row(Text(", ".join(filter(None, place))), *map(Text, shares), *last)
    return table


def _seconds_table(runs: Sequence[AnswersRun]) -> Table:
    """Medians and 90th percentiles; a generator that failed has a caption."""
    table = Table("seconds", "first sentence p50", "p90", "whole answer p50", "p90", "questions")
    for run in runs:
        first, whole = percentile_seconds(run)
        figures = (f"{figure:.2f}" if figure is not None else "" for figure in (*first, *whole))
        table.add_row(Text(run.generator), *figures, f"{len(run.timings):,}")
    failed = [f"{run.generator} failed at {run.fallbacks:,} answers: {run.failure}" for run in runs if run.fallbacks]
    table.caption, table.caption_justify = Text("\n".join(failed)), "left"
    return table


def _differences_table(before: AnswersRun, after: AnswersRun) -> Table:
    title = f"{after.generator} minus {before.generator}, paired by question"
    table = Table(
        "measure", before.generator, after.generator, "difference [95 % interval]", "p", "", title=Text(title)
    )
    table.title_justify = "left"
    for one in compare_generators(before, after):
        found = one.difference
        cells = (one.measure, f"{found.before:.3f}", f"{found.after:.3f}", format_difference(found.interval))
        outcome = Text(one.outcome.value, style=COLOURS[one.outcome])
        table.add_row(*map(Text, cells), Text(f"{found.p:.4f}"), outcome)
    return table


def _format(value: float | None) -> Text:
    return Text("" if value is None else f"{value:.3f}")
