"""The bootstrap interval of a mean, and the paired randomisation test of a difference, both by cluster.

Questions over one article are not independent, so whole clusters are drawn and exchanged (Efron and Tibshirani,
"An Introduction to the Bootstrap", 1993; Smucker, Allan and Carterette, CIKM 2007). Every seed is fixed, and sums have
one order and no BLAS: equal input gives equal numbers to the last digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE_LEVEL = 0.95
SEED = 2024
BLOCK_SIZE = 500
"""Resamples drawn at once. The number bounds the memory, and another number draws other resamples from the seed."""

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

    `clusters[i]` is the cluster of `values[i]`. With a single cluster there is nothing to resample, and the interval is
    the range of the values. Raises `ValueError` for no values.
    """
    if not values:
        raise ValueError("there is no mean of no values")
    sums, counts = _totals(values, clusters, sorted(set(clusters)))
    mean = fsum(values) / len(values)
    if len(sums) == 1:
        return Interval(mean, min(values), max(values), len(values), 1)
    draws = draw_counts(len(sums))
    low, high = percentile_bounds(weighted_sums(draws, sums) / weighted_sums(draws, counts))
    return Interval(mean, low, high, len(values), len(sums))


def difference(
    before: Sequence[float | None], after: Sequence[float | None], clusters: Sequence[str]
) -> Difference | None:
    """Compare two measurements of the same questions; None if either has no value at all.

    One side may lack a value: refusal precision has one only for a refused question. The mean of a side is over its
    values. The test exchanges the sides of whole clusters 10,000 times; p = (1 + number as extreme) / 10,001.
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

    draws = draw_counts(len(names))
    old_weights, new_weights = weighted_sums(draws, old_counts), weighted_sums(draws, new_counts)
    defined = (old_weights > 0) & (new_weights > 0)
    new_means = weighted_sums(draws, new_sums)[defined] / new_weights[defined]
    old_means = weighted_sums(draws, old_sums)[defined] / old_weights[defined]
    low, high = percentile_bounds(new_means - old_means)
    if len(names) == 1:
        low = high = observed

    swaps = _draw_swaps(len(names))
    moved_sums, moved_counts = weighted_sums(swaps, new_sums - old_sums), weighted_sums(swaps, new_counts - old_counts)
    old_sizes, new_sizes = old_counts.sum() + moved_counts, new_counts.sum() - moved_counts
    defined = (old_sizes > 0) & (new_sizes > 0)
    new_means = (new_sums.sum() - moved_sums[defined]) / new_sizes[defined]
    old_means = (old_sums.sum() + moved_sums[defined]) / old_sizes[defined]
    by_chance = new_means - old_means
    extreme = int((np.abs(by_chance) >= abs(observed) - 1e-12).sum()) + int((~defined).sum())
    found = Interval(observed, low, high, len(rows), len(names))
    return Difference(old_mean, new_mean, found, (1 + extreme) / (1 + RESAMPLES))


@lru_cache(maxsize=8)
def draw_counts(clusters: int) -> NDArray[np.uint16]:
    """Shape (resamples, clusters): how often each resample draws each cluster."""
    random = np.random.default_rng(SEED)
    blocks = []
    for _ in range(RESAMPLES // BLOCK_SIZE):
        picks = random.integers(0, clusters, size=(BLOCK_SIZE, clusters)) + np.arange(BLOCK_SIZE)[:, None] * clusters
        blocks.append(np.bincount(picks.ravel(), minlength=BLOCK_SIZE * clusters).reshape(BLOCK_SIZE, clusters))
    return np.concatenate(blocks).astype(np.uint16)


def weighted_sums(weights: NDArray[np.uint16], totals: Numbers) -> Numbers:
    """Shape (resamples,): the sum over clusters of weight × total, in one order on every machine."""
    products: Numbers = np.einsum("rc,c->r", weights, totals, dtype=np.float64)
    return products


def percentile_bounds(means: Numbers) -> tuple[float, float]:
    """The two percentiles that enclose 95 % of the resamples."""
    tail = 50 * (1 - CONFIDENCE_LEVEL)
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def _totals(values: Sequence[float], clusters: Sequence[str], names: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The sum and the count of the values of each cluster, in the order of `names`."""
    inside: dict[str, list[float]] = {name: [] for name in names}
    for value, cluster in zip(values, clusters, strict=True):
        inside[cluster].append(value)
    return (
        np.array([fsum(own) for own in inside.values()], dtype=np.float64),
        np.array([len(own) for own in inside.values()], dtype=np.float64),
    )


@lru_cache(maxsize=8)
def _draw_swaps(clusters: int) -> NDArray[np.uint16]:
    """Shape (resamples, clusters): 1 if the sides of the cluster are exchanged."""
    return np.random.default_rng(SEED + 1).integers(0, 2, size=(RESAMPLES, clusters), dtype=np.uint16)
