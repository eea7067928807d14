"""How often the engine errs on pairs of articles that are labelled as near-duplicates or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.retrieval.near_duplicates import near_duplicates
from dalil.statistics import Interval, interval
from dalil.text.minhash import similarities
from evals.datasets.near_duplicates import LabelledPair, sign


@dataclass(frozen=True, slots=True)
class PairResult:
    """A pair, its estimated similarity, and whether a search of a store would group it."""

    pair: LabelledPair
    similarity: float
    found: bool


@dataclass(frozen=True, slots=True)
class DetectionRates:
    """The precision of the pairs found, and the recall of the near-duplicates; None of no pairs."""

    precision: Interval | None
    recall: Interval | None


def check_pairs(pairs: Sequence[LabelledPair]) -> list[PairResult]:
    """Sign both articles of each pair as the index does, and compare them; the results keep the order."""
    return [_check(pair) for pair in pairs]


def detection_rates(results: Sequence[PairResult]) -> DetectionRates:
    """Precision and recall with their intervals. The pairs are independent: each is its own cluster."""
    found = [float(result.pair.near_duplicates) for result in results if result.found]
    true = [float(result.found) for result in results if result.pair.near_duplicates]
    return DetectionRates(*(interval(own, list(map(str, range(len(own))))) if own else None for own in (found, true)))


def _check(pair: LabelledPair) -> PairResult:
    first, second = sign(pair.first), sign(pair.second)
    return PairResult(
        pair,
        similarity=float(similarities(first.signature, [second.signature])[0]),
        found=bool(near_duplicates(first, [second])),
    )
