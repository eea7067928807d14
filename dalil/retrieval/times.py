"""What the times of a question, and the request for newer articles, do to a search. Pure functions."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from dalil.domain import Filters, StoredPassage, TimeEffect, TimeExpression

REPORT_DELAY = timedelta(days=1)
"""An event of the evening is in the news of the next day."""


def narrow(filters: Filters, times: Iterable[TimeExpression]) -> Filters:
    """The filters, and the days of the times that narrow, from the earliest to the latest; undated articles pass."""
    own = list(_bounds(times, TimeEffect.NARROW))
    if not own:
        return filters
    first, last = min(first for first, _ in own), max(last for _, last in own)
    return replace(filters, published_from=first, published_to=last, include_undated=True)


def preferred(filters: Filters, times: Iterable[TimeExpression]) -> list[Filters]:
    """The filters for the days of each time whose articles come first."""
    return [
        replace(filters, published_from=first, published_to=last, include_undated=False)
        for first, last in _bounds(times, TimeEffect.PREFER)
    ]


def recency(passages: Mapping[str, StoredPassage]) -> dict[str, float]:
    """Passage id → the share of the dated passages that are not newer, in (0, 1]; undated ones are left out.

    A share of ranks needs no half-life, which would differ between a story of a week and an archive of twenty years.
    """
    published = {id_: stored.article.published_at for id_, stored in passages.items() if stored.article.published_at}
    moments = sorted(published.values())
    return {id_: bisect_right(moments, moment) / len(moments) for id_, moment in published.items()}


def _bounds(times: Iterable[TimeExpression], effect: TimeEffect) -> Iterable[tuple[date, date]]:
    for time in times:
        if time.effect is effect and time.published_from and time.published_to:
            yield time.published_from, min(time.published_to, date.max - REPORT_DELAY) + REPORT_DELAY
