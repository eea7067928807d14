"""The newest of the evidence that answers alike comes first: a later figure replaces an earlier one."""

from collections.abc import Iterable, Sequence

from dalil.answering.answer_type import expected_answer
from dalil.answering.counted import counted_numbers
from dalil.answering.evidence import Evidence
from dalil.chronology import sort_newest_first
from dalil.domain import TimeEffect, TimeExpression

ALIKE_DROP = 0.7
"""How far below the best sentence another one may rank, in units of log odds, and still answer alike."""

LATEST_DROP = 1.5
"""The same in a question for the latest, where an older answer is a wrong one."""


def newest_first(evidence: Sequence[Evidence], question: str, times: Iterable[TimeExpression]) -> list[Evidence]:
    """The evidence, best first, with the sentences at its top that answer alike by the date of their article.

    Only a question for a number or for the latest has answers that age, and one that names its days wants the figure of
    these. Where a number is asked for, a sentence that answers alike counts the same as the best one. Undated ones come
    after dated ones that are alike, and of one date the better comes first.
    """
    effects = {time.effect for time in times}
    expected = expected_answer(question)
    is_latest = TimeEffect.NEWEST_FIRST in effects
    is_number = expected is not None and expected.kind == "number"
    if not evidence or not (is_latest or (is_number and not effects)):
        return list(evidence)
    best, drop = evidence[0], LATEST_DROP if is_latest else ALIKE_DROP
    counted = _counted(best) if is_number else frozenset()
    alike = [
        item
        for item in evidence
        if item is best
        or (best.rank_score - item.rank_score <= drop and (not is_number or not counted.isdisjoint(_counted(item))))
    ]
    others = [item for item in evidence if item not in alike]
    return sort_newest_first(alike, lambda item: item.article.published_at) + others


def _counted(item: Evidence) -> frozenset[str]:
    """What the numbers of a sentence count."""
    return frozenset(number.counted for number in counted_numbers(item.text) if number.counted)
