"""How well the confidence of an answer predicts that its first sentence cites the evidence.

The expected calibration error is the mean distance between confidence and accuracy over bins of equally many questions
(Naeini, Cooper and Hauskrecht, AAAI 2015; bins of equal mass as in Nguyen and O'Connor, EMNLP 2015). Its bootstrap
interval keeps the bins. A small sample has a larger error by chance alone: 100 perfectly calibrated questions have some
.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from sklearn.metrics import roc_auc_score

from dalil.statistics import Interval, draw_counts, percentile_bounds, weighted_sums

BINS = 10

MAX_LOST_SHARE = 0.08
"""The share of answerable questions that may be refused."""


@dataclass(frozen=True, slots=True)
class ConfidenceSample:
    """The confidence of one answer, and whether its first sentence cites the evidence.

    `is_near_miss` is false for an off-topic question, which is neither answerable nor a near miss.
    """

    confidence: float
    is_right: bool
    is_answerable: bool
    is_near_miss: bool
    cluster: str


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The questions of one bin: the range and the mean of their confidence, and the share that is right."""

    questions: int
    low: float
    high: float
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibration over some questions.

    `roc_area` is the area under the ROC curve of the confidence, answerable questions against near misses.
    `refused_at_max_lost` is the share of near misses refused at the threshold that refuses `MAX_LOST_SHARE` of the
    answerable questions. Both are None without both kinds.
    """

    questions: int
    error: Interval
    bins: tuple[ReliabilityBin, ...]
    roc_area: float | None
    refused_at_max_lost: float | None


def measure_calibration(samples: Sequence[ConfidenceSample]) -> Calibration:
    """Measure the calibration; raises `ValueError` for no samples."""
    groups = _equal_bins(samples)
    answerable = [one.confidence for one in samples if one.is_answerable]
    near_misses = [one.confidence for one in samples if one.is_near_miss]
    has_both = bool(answerable and near_misses)
    return Calibration(
        questions=len(samples),
        error=_calibration_error(samples, groups),
        bins=tuple(_to_bin([samples[index] for index in group]) for group in groups),
        roc_area=_roc_area(answerable, near_misses) if has_both else None,
        refused_at_max_lost=share_below_quantile(answerable, near_misses) if has_both else None,
    )


def share_below_quantile(answerable: Sequence[float], others: Sequence[float]) -> float:
    """The share of the others that is refused at the threshold that refuses `MAX_LOST_SHARE` of the answerable."""
    least = float(np.quantile(answerable, MAX_LOST_SHARE))
    return sum(confidence < least for confidence in others) / len(others)


def _equal_bins(samples: Sequence[ConfidenceSample]) -> list[list[int]]:
    """The indexes of the samples of each bin, in the order of confidence; fewer bins for fewer samples."""
    if not samples:
        raise ValueError("there is no calibration of no answers")
    order = sorted(range(len(samples)), key=lambda index: samples[index].confidence)
    return [part.tolist() for part in np.array_split(order, min(BINS, len(order)))]


def _to_bin(samples: Sequence[ConfidenceSample]) -> ReliabilityBin:
    size = len(samples)
    return ReliabilityBin(
        questions=size,
        low=samples[0].confidence,
        high=samples[-1].confidence,
        confidence=fsum(one.confidence for one in samples) / size,
        accuracy=sum(one.is_right for one in samples) / size,
    )


def _calibration_error(samples: Sequence[ConfidenceSample], groups: Sequence[Sequence[int]]) -> Interval:
    """Σ over bins |Σ (confidence − right)| ÷ questions, which is the mean of the bins' distances by their size."""
    names = {name: row for row, name in enumerate(sorted({one.cluster for one in samples}))}
    gaps = np.zeros((len(names), len(groups)))
    sizes = np.zeros(len(names))
    for column, group in enumerate(groups):
        for index in group:
            one = samples[index]
            gaps[names[one.cluster], column] += one.confidence - one.is_right
            sizes[names[one.cluster]] += 1
    error = fsum(abs(fsum(gaps[:, column])) for column in range(len(groups))) / len(samples)
    if len(names) == 1:
        return Interval(error, error, error, len(samples), 1)
    draws = draw_counts(len(names))
    distances = [np.abs(weighted_sums(draws, gaps[:, column])) for column in range(len(groups))]
    low, high = percentile_bounds(np.sum(distances, axis=0) / weighted_sums(draws, sizes))
    return Interval(error, low, high, len(samples), len(names))


def _roc_area(answerable: Sequence[float], near_misses: Sequence[float]) -> float:
    classes = [True] * len(answerable) + [False] * len(near_misses)
    return float(roc_auc_score(classes, [*answerable, *near_misses]))
