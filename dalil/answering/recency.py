"""The newest of the evidence that answers alike comes first: a later figure replaces an earlier one."""

from collections.abc import Iterable, Sequence

from dalil.answering.answer_type import expected_answer
from dalil.answering.counted import counted_numbers
from dalil.answering.evidence import Evidence
from dalil.answering.short_answer import looks_back
from dalil.chronology import sort_newest_first
from dalil.domain import TimeEffect, TimeExpression
from dalil.retrieval.query import AnalyzedQuery

ALIKE_DROP = 0.7
"""How far below the best sentence another one may rank, in units of log odds, and still answer alike."""

CURRENT_DROP = 3.0
"""How far below a sentence that looks back one of the article's own time may rank and still come before it."""

LATEST_DROP = 1.5
"""The same in a question for the latest, where an older answer is a wrong one."""


def put_current_first(evidence: Sequence[Evidence], question: AnalyzedQuery) -> list[Evidence]:
    """The evidence, best first; if its best sentence looks back, the best number of its own time is put before it.

    Asked for the dead of an earthquake, an article answers with its own toll, and compares it with that of 1960. Only a
    question for a number is concerned, and only a sentence of the same article that is not far below.
    """
    expected = expected_answer(question.text)
    if not evidence or expected is None or expected.kind != "number" or not _looks_back(question, evidence[0]):
        return list(evidence)
    best = evidence[0]
    current = next(
        (
            item
            for item in evidence
            if item.article.id == best.article.id
            and item.states_expected
            and best.rank_score - item.rank_score <= CURRENT_DROP
            and not _looks_back(question, item)
        ),
        None,
    )
    return [current, *(item for item in evidence if item is not current)] if current else list(evidence)


def _looks_back(question: AnalyzedQuery, item: Evidence) -> bool:
    return looks_back(question, item.text, item.article.published_at)


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
