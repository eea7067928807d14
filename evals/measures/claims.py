"""How often the verifier errs on labelled claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dalil.answering.attribution.verifier import Attribution
from dalil.domain import Verdict
from dalil.statistics import Interval, interval
from evals.datasets.claims import Claim

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
    """The number of claims with each verdict, and of each label the share with each verdict.

    A label without claims has no shares.
    """

    counts: Mapping[Verdict, int]
    shares: Mapping[Verdict, Mapping[Verdict, Interval]]

    def share(self, label: Verdict, verdict: Verdict) -> Interval | None:
        """The share of the claims with this label that got this verdict; None without such claims."""
        return self.shares.get(label, {}).get(verdict)


def check_claims(claims: Sequence[Claim], check: Check) -> list[ClaimResult]:
    """Check each claim against its quotes; the results keep the order."""
    found = ((claim, check(claim.sentence, claim.quotes)) for claim in claims)
    return [ClaimResult(claim, attribution.support, attribution.verdict) for claim, attribution in found]


def error_rates(results: Sequence[ClaimResult]) -> ErrorRates:
    """The error rates over some claims; intervals draw whole articles."""
    shares: dict[Verdict, dict[Verdict, Interval]] = {}
    for label in Verdict:
        own = [result for result in results if result.claim.label is label]
        articles = [result.claim.article for result in own]
        if own:
            shares[label] = {
                verdict: interval([float(result.verdict is verdict) for result in own], articles) for verdict in Verdict
            }
    return ErrorRates({verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}, shares)
