from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dalil.answering.evidence import Evidence
from dalil.answering.recency import ALIKE_DROP, CURRENT_DROP, LATEST_DROP, newest_first, put_current_first
from dalil.domain import ArticleSummary, Span, TimeEffect, TimeExpression
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import Aliases

LATEST = TimeExpression("آخر", None, None, TimeEffect.NEWEST_FIRST)
OCTOBER = TimeExpression("October 2023", date(2023, 10, 1), date(2023, 10, 31), TimeEffect.PREFER)
TOLL, CAUSE = "كم عدد القتلى؟", "لماذا انهار السد؟"


def evidence(article: str, text: str, drop: float, day: int | None) -> Evidence:
    """A sentence that ranks so far below the best one, of an article of that day of October, or of none."""
    published = datetime(2023, 10, day, tzinfo=UTC) if day else None
    return Evidence(ArticleSummary(article, "", None, published), Span(0, len(text)), text, rank_score=-drop)


OLD = evidence("old", "بلغ العدد 2000 قتيل.", 0, 1)
NEW = evidence("new", "بلغ العدد 3000 قتيل.", ALIKE_DROP, 9)
UNDATED = evidence("undated", "بلغ العدد 2500 قتيل.", 0.1, None)
FAR = evidence("far", "بلغ العدد 4000 قتيل.", LATEST_DROP, 12)
INJURED = evidence("injured", "بلغ العدد 500 جريح.", 0.1, 12)


@pytest.mark.parametrize(
    ("question", "times", "ranked", "expected"),
    [
        pytest.param(TOLL, (), [OLD, NEW], [NEW, OLD], id="the newest figure leads"),
        pytest.param(TOLL, (), [OLD, FAR], [OLD, FAR], id="what ranks far below does not"),
        pytest.param(TOLL, (LATEST,), [OLD, FAR], [FAR, OLD], id="unless the latest is asked for"),
        pytest.param(TOLL, (OCTOBER,), [OLD, NEW], [OLD, NEW], id="a question that names its days"),
        pytest.param(TOLL, (), [OLD, INJURED], [OLD, INJURED], id="a newer number of something else"),
        pytest.param(TOLL, (), [UNDATED, OLD], [OLD, UNDATED], id="undated ones come after"),
        pytest.param(CAUSE, (), [OLD, NEW], [OLD, NEW], id="no number is asked for"),
        pytest.param(CAUSE, (LATEST,), [OLD, NEW], [NEW, OLD], id="the latest of anything"),
        pytest.param(TOLL, (), [], [], id="nothing"),
    ],
)
def test_the_newest_of_what_answers_alike_leads(
    question: str, times: tuple[TimeExpression, ...], ranked: list[Evidence], expected: list[Evidence]
) -> None:
    assert newest_first(ranked, question, times) == expected


LOOKS_BACK = evidence("quake", "لم يسقط مثل هذا العدد منذ عام 1960 حين قتل 12 ألفا.", 0, 9)
OWN_TOLL = replace(evidence("quake", "بلغ عدد القتلى 2900.", CURRENT_DROP, 9), states_expected=True)
OF_ANOTHER = replace(evidence("another", "بلغ عدد القتلى 3549.", 0.5, 9), states_expected=True)


@pytest.mark.parametrize(
    ("question", "ranked", "expected"),
    [
        pytest.param(TOLL, [LOOKS_BACK, OWN_TOLL], [OWN_TOLL, LOOKS_BACK], id="the article's own number leads"),
        pytest.param(TOLL, [LOOKS_BACK, OF_ANOTHER], [LOOKS_BACK, OF_ANOTHER], id="another article's does not"),
        pytest.param("كم قتل عام 1960؟", [LOOKS_BACK, OWN_TOLL], [LOOKS_BACK, OWN_TOLL], id="that year is asked for"),
        pytest.param(CAUSE, [LOOKS_BACK, OWN_TOLL], [LOOKS_BACK, OWN_TOLL], id="no number is asked for"),
        pytest.param(TOLL, [OWN_TOLL, LOOKS_BACK], [OWN_TOLL, LOOKS_BACK], id="it leads already"),
        pytest.param(TOLL, [], [], id="nothing"),
    ],
)
def test_a_number_of_the_articles_own_time_comes_before_one_that_looks_back(
    question: str, ranked: list[Evidence], expected: list[Evidence]
) -> None:
    assert put_current_first(ranked, analyze_query(question, Aliases.standard())) == expected
