"""Counting the articles that a search considered."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from dalil.domain import FacetCount, FacetFields, Filters


def sources(fields: Iterable[FacetFields]) -> tuple[FacetCount[str], ...]:
    """Distinct articles by source, most first, then by name; one without a source is in none."""
    known = {article.article_id: article.source for article in fields if article.source is not None}
    counts = Counter(known.values())
    return tuple(FacetCount(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name)))


def years(fields: Iterable[FacetFields]) -> tuple[FacetCount[int], ...]:
    """Distinct articles by year of publication, latest first; one without a date is in none."""
    known = {article.article_id: article.published_at.year for article in fields if article.published_at is not None}
    counts = Counter(known.values())
    return tuple(FacetCount(year, counts[year]) for year in sorted(counts, reverse=True))


def without_sources(filters: Filters) -> Filters:
    """What the sources are counted under, so that choosing one leaves the others to choose from."""
    return replace(filters, sources=())


def without_dates(filters: Filters) -> Filters:
    """What the years are counted under."""
    return replace(filters, published_from=None, published_to=None)
