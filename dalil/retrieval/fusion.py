"""Fusion of the scores of several signals into one score."""

from collections.abc import Mapping


def min_max(scores: Mapping[str, float], floor: float | None = None) -> dict[str, float]:
    """Passage id → its score, scaled so that the lowest is 0 and the highest 1 (min-max normalisation).

    `floor` is the lowest score that the signal can have, if that is known (BM25: 0); it is then scaled to 0. If all
    scores are equal, each becomes 1. Without scores the result is empty.
    """
    if not scores:
        return {}
    low, high = (min(scores.values()) if floor is None else floor), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {passage_id: (score - low) / (high - low) for passage_id, score in scores.items()}


def weighted_sum(signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> dict[str, float]:
    """Passage id → the sum over the signals of weight × normalised score; a signal adds 0 if it lacks the passage.

    Every signal needs a weight. The order of the signals and of their passages makes no difference.
    """
    fused: dict[str, float] = {}
    for signal in sorted(signals):
        for passage_id, score in signals[signal].items():
            fused[passage_id] = fused.get(passage_id, 0.0) + weights[signal] * score
    return fused
