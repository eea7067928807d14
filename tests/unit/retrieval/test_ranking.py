import pytest

from dalil.retrieval.ranking import rank
from dalil.retrieval.signals import LATE, LEXICAL, PASSAGE, SENTENCE

RAW = {LEXICAL: {"a": 4.0, "b": 2.0}, PASSAGE: {"a": 0.5, "b": 0.9, "c": 0.7}}
WEIGHTS = {LEXICAL: 0.4, PASSAGE: 0.6}


def test_the_fused_score_is_the_weighted_sum_of_the_normalised_signals() -> None:
    # BM25 from 0: a = 4/4, b = 2/4. Cosines from .5 to .9: a = 0, b = 1, c = .5.
    ranking = rank(RAW, WEIGHTS)
    assert ranking.fused == pytest.approx({"a": 0.4, "b": 0.4 * 0.5 + 0.6, "c": 0.3})
    assert ranking.best_first() == ["b", "a", "c"]


def test_a_signal_without_a_weight_takes_no_part() -> None:
    assert rank(RAW, {PASSAGE: 1.0}).raw.keys() == {PASSAGE}


def test_evenly_each_signal_counts_as_much() -> None:
    # By the weights b has .8 and a .4.
    assert rank(RAW, WEIGHTS).evenly().fused == pytest.approx({"a": 1.0, "b": 0.5 + 1.0, "c": 0.5})


def test_ties_go_to_the_smaller_id() -> None:
    assert rank({PASSAGE: {"b": 0.1, "a": 0.1}}, {PASSAGE: 1.0}).best_first() == ["a", "b"]


def test_contributions_name_rank_and_scores_and_add_up_to_the_fused_score() -> None:
    ranking = rank(RAW, {**WEIGHTS, LATE: 0.5}).with_signals({LATE: {"a": 0.8, "c": 0.4}, SENTENCE: {"a": 1.0}})
    shares = ranking.contributions(["c"])["c"]
    assert [(share.signal, share.rank, share.raw_score, share.normalised_score, share.weight) for share in shares] == [
        (LEXICAL, None, 0.0, 0.0, 0.4),
        (PASSAGE, 2, 0.7, pytest.approx(0.5), 0.6),
        (LATE, 2, 0.4, 0.0, 0.5),
    ]
    assert sum(share.weight * share.normalised_score for share in shares) == pytest.approx(ranking.fused["c"])
