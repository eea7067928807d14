"""The errors of the verifier, and the refusals of the engine, as tables for a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from dalil.domain import Verdict
from evals.measures.claims import ClaimResult, error_rates
from evals.measures.refusals import Condition, Sample, refusal_rates
from evals.reports.formatting import format_interval

AT_MAX_LOST = ("at 8 % lost", "near-miss at 8 % lost")
"""The headings of the shares refused where 8 % of the answerable questions are refused."""


def claims_table(results: Sequence[ClaimResult], title: str) -> Table:
    """The number of claims of each kind with each verdict, and the error rates of each language and of all."""
    table = Table("claims", *(verdict.value for verdict in Verdict), "supported but dropped", "unsupported but passed")
    table.title, table.title_justify = Text(title), "left"
    kinds: dict[tuple[str, str], list[ClaimResult]] = {}
    for result in results:
        kinds.setdefault((result.claim.language, result.claim.kind), []).append(result)
    for (language, kind), group in kinds.items():
        table.add_row(Text(f"{language}, {kind}"), *map(str, error_rates(group).counts.values()), "", "")
    table.add_section()
    for name in (*dict.fromkeys(result.claim.language for result in results), None):
        rates = error_rates([result for result in results if name in {None, result.claim.language}])
        counts = map(str, rates.counts.values())
        table.add_row(Text(name or "all"), *counts, format_interval(rates.dropped), format_interval(rates.passed))
    return table


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


def _format(value: float | None) -> Text:
    return Text("" if value is None else f"{value:.3f}")
