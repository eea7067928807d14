"""How sure a mean is, and how sure a difference: bootstrap intervals and paired randomisation tests, by cluster.

Questions over one article stand or fall together, so clusters are drawn and exchanged whole (Efron and Tibshirani,
"An Introduction to the Bootstrap", 1993; Smucker, Allan and Carterette, CIKM 2007). Every seed is fixed and sums are
taken in one order without BLAS: equal input gives equal numbers to the last digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
LEVEL = 0.95
SEED = 2024
BLOCK = 500
"""Resamples drawn at once: bounds the memory, and is part of what the seed fixes."""

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `questions` in `clusters`, and its 95 % interval [low, high]."""

    mean: float
    low: float
    high: float
    questions: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before, over the same questions: the interval of the difference, and the two-sided p value."""

    before: float
    after: float
    interval: Interval
    p: float


def interval(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """The mean and its percentile bootstrap interval over 10,000 resamples of the clusters.

    `clusters[i]` is that of `values[i]`. One cluster alone tells nothing of how clusters differ: its interval is the
    range of the values. Raises `ValueError` for no values.
    """
    if not values:
        raise ValueError("there is no mean of no values")
    sums, counts = _totals(values, clusters, sorted(set(clusters)))
    mean = fsum(values) / len(values)
    if len(sums) == 1:
        return Interval(mean, min(values), max(values), len(values), 1)
    drawn = _drawn(len(sums))
    low, high = _bounds(_dot(drawn, sums) / _dot(drawn, counts))
    return Interval(mean, low, high, len(values), len(sums))


def difference(
    before: Sequence[float | None], after: Sequence[float | None], clusters: Sequence[str]
) -> Difference | None:
    """Compare two measurements of the same questions; None where either has no value at all.

    A value may be missing on one side (the precision of a refusal, where only one side refused): a side's mean is over
    the values it has. The test exchanges the sides of whole clusters, 10,000 times; p = (1 + as extreme) / 10,001.
    """
    rows = [row for row in zip(before, after, clusters, strict=True) if row[0] is not None or row[1] is not None]
    names = sorted({cluster for _, _, cluster in rows})
    old = [(value, cluster) for value, _, cluster in rows if value is not None]
    new = [(value, cluster) for _, value, cluster in rows if value is not None]
    if not old or not new:
        return None
    old_sums, old_counts = _totals([value for value, _ in old], [cluster for _, cluster in old], names)
    new_sums, new_counts = _totals([value for value, _ in new], [cluster for _, cluster in new], names)
    old_mean, new_mean = fsum(value for value, _ in old) / len(old), fsum(value for value, _ in new) / len(new)
    observed = new_mean - old_mean

    drawn = _drawn(len(names))
    old_drawn, new_drawn = _dot(drawn, old_counts), _dot(drawn, new_counts)
    told = (old_drawn > 0) & (new_drawn > 0)
    low, high = _bounds(
        (_dot(drawn, new_sums)[told] / new_drawn[told]) - (_dot(drawn, old_sums)[told] / old_drawn[told])
    )
    if len(names) == 1:
        low = high = observed

    swapped = _swapped(len(names))
    moved_sums, moved_counts = _dot(swapped, new_sums - old_sums), _dot(swapped, new_counts - old_counts)
    old_sizes, new_sizes = old_counts.sum() + moved_counts, new_counts.sum() - moved_counts
    told = (old_sizes > 0) & (new_sizes > 0)
    by_chance = (new_sums.sum() - moved_sums[told]) / new_sizes[told] - (old_sums.sum() + moved_sums[told]) / old_sizes[
        told
    ]
    extreme = int((np.abs(by_chance) >= abs(observed) - 1e-12).sum()) + int((~told).sum())
    found = Interval(observed, low, high, len(rows), len(names))
    return Difference(old_mean, new_mean, found, (1 + extreme) / (1 + RESAMPLES))


def _totals(values: Sequence[float], clusters: Sequence[str], names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The sum and the number of the values of each cluster, in the order of `names`."""
    inside: dict[str, list[float]] = {name: [] for name in names}
    for value, cluster in zip(values, clusters, strict=True):
        inside[cluster].append(value)
    return (
        np.array([fsum(own) for own in inside.values()], dtype=np.float64),
        np.array([len(own) for own in inside.values()], dtype=np.float64),
    )


@lru_cache(maxsize=8)
def _drawn(clusters: int) -> NDArray[np.uint16]:
    """Shape (resamples, clusters): how often each resample drew each cluster."""
    random = np.random.default_rng(SEED)
    blocks = []
    for _ in range(RESAMPLES // BLOCK):
        picks = random.integers(0, clusters, size=(BLOCK, clusters)) + np.arange(BLOCK)[:, None] * clusters
        blocks.append(np.bincount(picks.ravel(), minlength=BLOCK * clusters).reshape(BLOCK, clusters))
    return np.concatenate(blocks).astype(np.uint16)


@lru_cache(maxsize=8)
def _swapped(clusters: int) -> NDArray[np.uint16]:
    """Shape (resamples, clusters): 1 where a cluster's sides are exchanged."""
    return np.random.default_rng(SEED + 1).integers(0, 2, size=(RESAMPLES, clusters), dtype=np.uint16)


def _dot(weights: NDArray[np.uint16], totals: Numbers) -> Numbers:
    products: Numbers = np.einsum("rc,c->r", weights, totals, dtype=np.float64)
    return products


def _bounds(means: Numbers) -> tuple[float, float]:
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)
