"""From the scores of several signals to a ranking: pure functions over passage ids."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dalil.domain import Contribution
from dalil.retrieval.fusion import min_max, weighted_sum
from dalil.retrieval.signals import LEXICAL, PERIOD, RECENCY, SignalWeights

Scores = Mapping[str, float]
"""Passage id → score."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Passages scored by every signal that has a weight; `raw` in the signal's own unit, `normalised` in [0, 1]."""

    weights: SignalWeights
    raw: Mapping[str, Scores]
    normalised: Mapping[str, Scores]
    fused: Scores

    def best_first(self) -> list[str]:
        """The passage ids by falling fused score; ties go to the smaller id."""
        return _best_first(self.fused)

    def with_signals(self, raw: Mapping[str, Scores], weights: SignalWeights | None = None) -> "Ranking":
        """The same passages with more signals; a signal gives 0 to a passage that it does not score.

        `weights` are those of signals that have none yet.
        """
        return rank({**self.raw, **raw}, {**self.weights, **(weights or {})})

    def evenly(self) -> "Ranking":
        """The same passages, with one weight for all signals that score them."""
        return rank(self.raw, dict.fromkeys(self.raw, 1.0))

    def contributions(self, passage_ids: Iterable[str]) -> dict[str, tuple[Contribution, ...]]:
        """Passage id → the share of each signal in its fused score."""
        ranks = {
            signal: {passage_id: rank for rank, passage_id in enumerate(_best_first(scores), start=1)}
            for signal, scores in self.raw.items()
        }
        return {
            passage_id: tuple(
                Contribution(
                    signal=signal,
                    rank=ranks[signal].get(passage_id),
                    raw_score=self.raw[signal].get(passage_id, 0.0),
                    normalised_score=self.normalised[signal].get(passage_id, 0.0),
                    weight=self.weights[signal],
                )
                for signal in self.raw
            )
            for passage_id in passage_ids
        }


def rank(raw: Mapping[str, Scores], weights: SignalWeights) -> Ranking:
    """Rank by the weighted sum of the normalised signals; a signal without a weight is left out."""
    weighted = {signal: scores for signal, scores in raw.items() if signal in weights}
    normalised = {signal: _normalise(signal, scores) for signal, scores in weighted.items()}
    return Ranking(weights, weighted, normalised, weighted_sum(normalised, weights))


def _normalise(signal: str, scores: Scores) -> dict[str, float]:
    # These have a known lowest score, so that a single hit is not worth nothing.
    return min_max(scores, floor=0.0 if signal in {LEXICAL, PERIOD, RECENCY} else None)


def _best_first(scores: Scores) -> list[str]:
    return sorted(scores, key=lambda passage_id: (-scores[passage_id], passage_id))
