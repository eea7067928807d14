"""Two indexes side by side: the same questions, which of the two finds more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import TypeAlias

from dalil.statistics import Difference, difference

DEPTH = 10
"""Articles of each ranking that are compared."""

MIN_OVERLAP = 0.5
"""Two indexes of the same articles that share less than half of their first ten articles rank by different things."""

MIN_FOUND = 0.5
"""The share of questions whose article has to be found where there is no index to compare with."""

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, and the article that answers it if that is known."""

    text: str
    article_id: str | None = None


RankArticles: TypeAlias = Callable[[str], Iterable[str]]
"""A question → the ids of the articles of its hits, best first, each as often as it has hits."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figures of two indexes over the same questions; those of the old one are None if it cannot be searched.

    `overlap` is the mean share of the articles among the first `DEPTH` that both have. `found` and `found_before` are
    the shares of labelled questions whose article is among them; `difference` compares the reciprocal ranks.
    """

    questions: int
    overlap: float | None
    found: float | None
    found_before: float | None
    difference: Difference | None

    @property
    def problem(self) -> str | None:
        """Why the new index is worse than the old one, or not good enough by itself; None if it is neither."""
        change = self.difference
        if change is not None and change.interval.mean < 0 and change.p < SIGNIFICANT:
            return f"MRR@{DEPTH} falls from {change.before:.3f} to {change.after:.3f} (p = {change.p:.4f})"
        if change is None and self.found is not None and self.found < MIN_FOUND:
            return (
                f"only {self.found:.0%} of the articles are found by a question for them, of at least {MIN_FOUND:.0%}"
            )
        if change is None and self.overlap is not None and self.overlap < MIN_OVERLAP:
            return f"the two share only {self.overlap:.0%} of the first {DEPTH} articles, of at least {MIN_OVERLAP:.0%}"
        return None


def compare(questions: Sequence[LabelledQuestion], before: RankArticles | None, after: RankArticles) -> Comparison:
    """Ask both the same questions; `before` is None for an index that cannot be searched."""
    new = [_first_articles(after(question.text)) for question in questions]
    old = [_first_articles(before(question.text)) for question in questions] if before else []
    labels = [question.article_id for question in questions]
    labelled = [index for index, label in enumerate(labels) if label is not None]
    ranks = [_reciprocal_rank(new[index], labels[index]) for index in labelled]
    old_ranks = [_reciprocal_rank(old[index], labels[index]) for index in labelled] if before else []
    return Comparison(
        questions=len(questions),
        overlap=fmean(_overlap(*both) for both in zip(old, new, strict=True)) if old else None,
        found=_share_found(ranks),
        found_before=_share_found(old_ranks),
        difference=difference(old_ranks, ranks, [str(labels[index]) for index in labelled]) if old_ranks else None,
    )


def _first_articles(ranked: Iterable[str]) -> list[str]:
    return list(islice(dict.fromkeys(ranked), DEPTH))


def _overlap(first: Sequence[str], second: Sequence[str]) -> float:
    """The share of the articles of the longer list that both have; 1 if both are empty."""
    longest = max(len(first), len(second))
    return len(set(first) & set(second)) / longest if longest else 1.0


def _reciprocal_rank(ranked: Sequence[str], article_id: str | None) -> float:
    return 1 / (1 + ranked.index(article_id)) if article_id in ranked else 0.0


def _share_found(ranks: Sequence[float]) -> float | None:
    return fmean(rank > 0 for rank in ranks) if ranks else None
