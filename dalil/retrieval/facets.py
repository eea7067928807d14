"""Counts of the articles that a search considered."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dalil.domain import FacetCount, FacetFields, Filters


def sources(fields: Iterable[FacetFields]) -> tuple[FacetCount[str], ...]:
    """Counts of distinct articles by source, highest first, then by name; articles without a source are not counted."""
    known = {article.article_id: article.source for article in fields if article.source is not None}
    counts = Counter(known.values())
    return tuple(FacetCount(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name)))


def years(fields: Iterable[FacetFields]) -> tuple[FacetCount[int], ...]:
    """Counts of distinct articles by year of publication, latest first; articles without a date are not counted."""
    known = {article.article_id: article.published_on.year for article in fields if article.published_on is not None}
    counts = Counter(known.values())
    return tuple(FacetCount(year, counts[year]) for year in sorted(counts, reverse=True))


def days(fields: Iterable[FacetFields]) -> tuple[FacetCount[date], ...]:
    """Counts of distinct articles by day of publication, latest first; articles without a date are not counted."""
    known = {article.article_id: article.published_on for article in fields if article.published_on is not None}
    counts = Counter(known.values())
    return tuple(FacetCount(day, counts[day]) for day in sorted(counts, reverse=True))


def without_sources(filters: Filters) -> Filters:
    """The filters for counting sources: a reader who has chosen one can still choose others."""
    return replace(filters, sources=())


def without_dates(filters: Filters) -> Filters:
    """The filters for counting years and days."""
    return replace(filters, published_from=None, published_to=None, include_undated=False)
