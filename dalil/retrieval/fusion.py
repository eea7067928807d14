"""Fusing the scores of several legs into one."""

from collections.abc import Mapping


def min_max(scores: Mapping[str, float], floor: float | None = None) -> dict[str, float]:
    """Passage id → its score's place between the lowest (0) and the highest (1).

    `floor` is the lowest score the leg can give, where it is known (BM25: 0); a leg whose scores are all equal then
    gives 1 to each. Without it, equal scores are told apart by nothing and each becomes 1; no scores give none.
    """
    if not scores:
        return {}
    low, high = (min(scores.values()) if floor is None else floor), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {passage_id: (score - low) / (high - low) for passage_id, score in scores.items()}


def weighted_sum(legs: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> dict[str, float]:
    """Passage id → the sum over the legs of weight × normalised score; a passage a leg lacks gets 0 from it.

    Every leg needs a weight. Neither the order of the legs nor that of their passages matters.
    """
    fused: dict[str, float] = {}
    for leg in sorted(legs):
        for passage_id, score in legs[leg].items():
            fused[passage_id] = fused.get(passage_id, 0.0) + weights[leg] * score
    return fused
