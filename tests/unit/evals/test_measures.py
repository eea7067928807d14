from math import log2

import pytest

from evals.datasets import Qrel
from evals.measures import evaluate

QRELS = [Qrel("q1", "a", 1), Qrel("q1", "b", 1), Qrel("q2", "c", 1)]


def test_measures_by_hand() -> None:
    # q1: a at 2, b at 3 of its two; q2: c at 1.
    figures = evaluate(QRELS, {"q1": ["x", "a", "b"], "q2": ["c", "y"]})
    ideal = 1 + 1 / log2(3)
    assert figures["nDCG@10"] == pytest.approx(((1 / log2(3) + 1 / log2(4)) / ideal + 1) / 2)
    assert figures["recall@10"] == 1.0
    assert figures["MRR@10"] == pytest.approx((1 / 2 + 1) / 2)


def test_a_query_without_hits_counts_as_zero() -> None:
    for run in ({"q1": ["a", "b"]}, {"q1": ["a", "b"], "q2": []}):
        assert evaluate(QRELS, run) == pytest.approx(dict.fromkeys(evaluate(QRELS, run), 0.5))


def test_what_is_beyond_the_cutoff_does_not_count() -> None:
    ranking = [f"x{i}" for i in range(10)] + ["c"]
    figures = evaluate(QRELS, {"q1": [], "q2": ranking})
    assert (figures["nDCG@10"], figures["recall@10"], figures["recall@100"]) == (0.0, 0.0, 0.5)
