"""Fusing the scores of several legs into one."""

from collections.abc import Mapping, Sequence


def min_max(scores: Sequence[float], floor: float | None = None) -> list[float]:
    """Each score's place between the lowest (0) and the highest (1); in the order given.

    `floor` is the lowest score the leg can give, where it is known (BM25: 0); a leg whose scores are all equal then
    gives 1 to each. Without it, equal scores are told apart by nothing and each becomes 1; no scores give none.
    """
    if not scores:
        return []
    low, high = (min(scores) if floor is None else floor), max(scores)
    if high <= low:
        return [1.0] * len(scores)
    return [(score - low) / (high - low) for score in scores]


def weighted_sum(legs: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]) -> dict[str, float]:
    """Passage id → the sum over the legs of weight × normalised score; a passage a leg lacks gets 0 from it.

    Every leg needs a weight. Neither the order of the legs nor that of their passages matters.
    """
    fused: dict[str, float] = {}
    for leg in sorted(legs):
        for passage_id, score in legs[leg].items():
            fused[passage_id] = fused.get(passage_id, 0.0) + weights[leg] * score
    return fused
