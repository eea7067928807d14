from math import log2

import pytest

from evals.measures.ranking import RANKING_MEASURES, score_rankings

QRELS = {"q1": {"a": 1, "b": 1}, "q2": {"c": 1}}


def test_measures_by_hand() -> None:
    values = score_rankings(QRELS, {"q1": ["x", "a", "b"], "q2": ["c", "y"]})
    # q1: a at 2, b at 3 of its two; the ideal has them at 1 and 2.
    assert values["q1"] == pytest.approx(
        {
            "nDCG@10": (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3)),
            "recall@10": 1.0,
            "recall@100": 1.0,
            "MRR@10": 1 / 2,
            "success@1": 0.0,
            "success@3": 1.0,
            "judged@10": 2 / 3,
        }
    )
    assert values["q2"] == pytest.approx(dict.fromkeys(RANKING_MEASURES, 1.0) | {"judged@10": 1 / 2})


def test_gains_are_the_grades() -> None:
    values = score_rankings({"q": {"best": 3, "some": 1}}, {"q": ["some", "best"]})
    assert values["q"]["nDCG@10"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))


@pytest.mark.parametrize("run", [{}, {"q1": [], "q2": []}], ids=["not there", "empty"])
def test_a_query_without_hits_counts_as_zero_everywhere(run: dict[str, list[str]]) -> None:
    assert score_rankings(QRELS, run) == dict.fromkeys(QRELS, dict.fromkeys(RANKING_MEASURES, 0.0))


def test_what_is_beyond_the_cutoff_does_not_count() -> None:
    values = score_rankings({"q": {"c": 1}}, {"q": [f"x{i}" for i in range(10)] + ["c"]})["q"]
    assert (values["nDCG@10"], values["recall@10"], values["recall@100"]) == (0.0, 0.0, 1.0)


def test_a_query_without_judgements_has_no_values() -> None:
    assert score_rankings({"q": {}}, {"q": ["a"]}) == {}
