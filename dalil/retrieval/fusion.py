"""Fusing the scores of several signals into one."""

from collections.abc import Mapping


def min_max(scores: Mapping[str, float], floor: float | None = None) -> dict[str, float]:
    """Passage id → its score's place between the lowest (0) and the highest (1).

    `floor` is the lowest score that the signal can give, where it is known (BM25: 0). A signal whose scores are all
    equal gives 1 to each. No scores give an empty result.
    """
    if not scores:
        return {}
    low, high = (min(scores.values()) if floor is None else floor), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {passage_id: (score - low) / (high - low) for passage_id, score in scores.items()}


def weighted_sum(signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> dict[str, float]:
    """Passage id → the sum over the signals of weight × normalised score; a passage a signal lacks gets 0 from it.

    Every signal needs a weight. Neither the order of the signals nor that of their passages matters.
    """
    fused: dict[str, float] = {}
    for signal in sorted(signals):
        for passage_id, score in signals[signal].items():
            fused[passage_id] = fused.get(passage_id, 0.0) + weights[signal] * score
    return fused
