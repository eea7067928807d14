from dataclasses import replace

import pytest

from dalil.answering.evidence import Evidence
from dalil.answering.extractive import ExtractiveGenerator
from dalil.domain import ArticleSummary, Span
from dalil.retrieval.query import analyze_query
from dalil.text.aliases import Aliases

BEST = Evidence(ArticleSummary("aid", "مساعدات"), Span(0, 5), "جملة.", rank_score=9.0)
OTHER = ArticleSummary("flood", "سيول")


def drafted(question: str, evidence: list[Evidence]) -> list[int]:
    """The indexes of the evidence that the answer quotes."""
    query = analyze_query(question, Aliases([]))
    return [draft.evidence[0] for draft in ExtractiveGenerator().draft(query, evidence)]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        pytest.param("ما هي الدول التي أرسلت مساعدات إلى المغرب؟", 6, id="which countries"),
        pytest.param("List the countries that sent aid", 6, id="list"),
        pytest.param("من أرسل مساعدات إلى المغرب؟", 3, id="who"),
    ],
)
def test_an_answer_has_three_sentences_and_a_list_six(question: str, count: int) -> None:
    assert drafted(question, [BEST] * 8) == list(range(count))


@pytest.mark.parametrize(
    ("item", "is_quoted"),
    [
        pytest.param(replace(BEST, rank_score=6.31), True, id="2.69 below the best"),
        pytest.param(replace(BEST, rank_score=6.29), False, id="2.71 below the best"),
        pytest.param(replace(BEST, rank_score=7.61, article=OTHER), True, id="1.39 below, in another article"),
        pytest.param(replace(BEST, rank_score=7.59, article=OTHER), False, id="1.41 below, in another article"),
    ],
)
def test_an_answer_ends_where_evidence_falls_off(item: Evidence, is_quoted: bool) -> None:
    # The limit is 2.7, and a sentence of another article counts as 1.3 further below.
    assert drafted("من أرسل مساعدات؟", [BEST, item]) == ([0, 1] if is_quoted else [0])
