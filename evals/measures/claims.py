"""How often the verifier errs on labelled claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dalil.answering.attribution.verifier import Attribution
from dalil.domain import Verdict
from evals.datasets.claims import Claim
from evals.measures.statistics import Interval, interval

Check = Callable[[str, Sequence[str]], Attribution]
"""Checks a sentence against the quotes it cites."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim with the support and the verdict that the verifier gave it."""

    claim: Claim
    support: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """The number of claims with each verdict, and the rates of the two kinds of error.

    `dropped` is the share of supported claims with the verdict unsupported. `passed` is the share of unsupported claims
    with the verdict supported. Each is None if there is no such claim.
    """

    counts: dict[Verdict, int]
    dropped: Interval | None
    passed: Interval | None


def check_claims(claims: Sequence[Claim], check: Check) -> list[ClaimResult]:
    """Check each claim against its quotes; the results keep the order."""
    found = ((claim, check(claim.sentence, claim.quotes)) for claim in claims)
    return [ClaimResult(claim, attribution.support, attribution.verdict) for claim, attribution in found]


def error_rates(results: Sequence[ClaimResult]) -> ErrorRates:
    """The error rates over some claims."""
    supported = [result for result in results if result.claim.supported]
    unsupported = [result for result in results if not result.claim.supported]
    return ErrorRates(
        {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict},
        _share(supported, Verdict.UNSUPPORTED),
        _share(unsupported, Verdict.SUPPORTED),
    )


def _share(results: Sequence[ClaimResult], verdict: Verdict) -> Interval | None:
    values = [float(result.verdict is verdict) for result in results]
    return interval(values, [result.claim.article for result in results]) if values else None
