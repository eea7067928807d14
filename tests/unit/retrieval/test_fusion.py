import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.retrieval.fusion import min_max, weighted_sum

SCORES = st.dictionaries(st.text(max_size=3), st.floats(-100, 100, allow_nan=False), min_size=2, max_size=20)
LEGS = st.dictionaries(
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from("12345678"), st.floats(0, 1), max_size=8),
    min_size=1,
)
WEIGHTS = {"a": 0.5, "b": 0.25, "c": 0.25}


def test_min_max_by_hand() -> None:
    assert min_max({"a": 2.0, "b": 6.0, "c": 4.0}) == {"a": 0.0, "b": 1.0, "c": 0.5}


def test_a_known_floor_keeps_the_worst_found_above_nothing() -> None:
    assert min_max({"a": 2.0, "b": 8.0, "c": 4.0}, floor=0.0) == {"a": 0.25, "b": 1.0, "c": 0.5}


def test_equal_scores_all_become_one() -> None:
    assert min_max({"a": 3.0, "b": 3.0}) == {"a": 1.0, "b": 1.0}
    assert min_max({"a": 3.0}, floor=0.0) == {"a": 1.0}


def test_no_scores_give_none() -> None:
    assert min_max({}) == {}


@given(SCORES, st.floats(0.01, 50), st.floats(-50, 50))
def test_min_max_does_not_know_the_scale(scores: dict[str, float], factor: float, shift: float) -> None:
    moved = {key: factor * score + shift for key, score in scores.items()}
    if max(scores.values()) - min(scores.values()) > 1e-3:
        assert min_max(moved) == pytest.approx(min_max(scores), abs=1e-6)


@given(SCORES)
def test_min_max_keeps_the_order(scores: dict[str, float]) -> None:
    placed = min_max(scores)
    assert placed.keys() == scores.keys()
    assert all(0 <= place <= 1 for place in placed.values())
    assert all(placed[a] <= placed[b] for a in scores for b in scores if scores[a] <= scores[b])


def test_a_weighted_sum_by_hand() -> None:
    fused = weighted_sum({"a": {"x": 1.0, "y": 0.5}, "b": {"y": 1.0}}, {"a": 0.6, "b": 0.4})
    assert fused == pytest.approx({"x": 0.6, "y": 0.7})


@given(LEGS)
def test_the_order_of_legs_and_passages_does_not_matter(signals: dict[str, dict[str, float]]) -> None:
    turned = {signal: dict(reversed(scores.items())) for signal, scores in reversed(signals.items())}
    assert weighted_sum(turned, WEIGHTS) == weighted_sum(signals, WEIGHTS)


def test_a_leg_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        weighted_sum({"d": {"x": 1.0}}, WEIGHTS)
