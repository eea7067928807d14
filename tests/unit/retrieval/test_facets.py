from datetime import date

from dalil.domain import FacetCount, FacetFields, Filters
from dalil.retrieval.facets import days, sources, without_dates, without_sources, years

EARLY, LATE = date(2023, 12, 31), date(2024, 1, 1)
ORIGINS = [
    FacetFields("a", "وكالة", EARLY),
    FacetFields("a", "وكالة", EARLY),
    FacetFields("b", "صحيفة", LATE),
    FacetFields("c", "صحيفة", LATE),
    FacetFields("d", "إذاعة", None),
    FacetFields("e", None, LATE),
]
"""Six passages of five articles."""


def test_articles_are_counted_once_and_the_most_come_first_then_by_name() -> None:
    assert sources(ORIGINS) == (FacetCount("صحيفة", 2), FacetCount("إذاعة", 1), FacetCount("وكالة", 1))


def test_years_come_latest_first() -> None:
    assert years(ORIGINS) == (FacetCount(2024, 3), FacetCount(2023, 1))


def test_days_come_latest_first() -> None:
    assert days(ORIGINS) == (FacetCount(LATE, 3), FacetCount(EARLY, 1))


def test_what_has_no_source_or_no_date_is_counted_nowhere() -> None:
    assert sources([FacetFields("e", None, LATE)]) == ()
    assert years([FacetFields("d", "إذاعة", None)]) == ()
    assert days([FacetFields("d", "إذاعة", None)]) == ()
    assert (sources([]), years([]), days([])) == ((), (), ())


def test_a_facet_passes_over_its_own_filter_alone() -> None:
    filters = Filters(("a",), ("وكالة",), EARLY, LATE)
    assert without_sources(filters) == Filters(("a",), (), EARLY, LATE)
    assert without_dates(filters) == Filters(("a",), ("وكالة",))
