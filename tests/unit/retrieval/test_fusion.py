import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.retrieval.fusion import min_max, weighted_sum

SCORES = st.lists(st.floats(-100, 100, allow_nan=False), min_size=2, max_size=20)
LEGS = st.dictionaries(
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from("12345678"), st.floats(0, 1), max_size=8),
    min_size=1,
)
WEIGHTS = {"a": 0.5, "b": 0.25, "c": 0.25}


def test_min_max_by_hand() -> None:
    assert min_max([2.0, 6.0, 4.0]) == [0.0, 1.0, 0.5]


def test_a_known_floor_keeps_the_worst_found_above_nothing() -> None:
    assert min_max([2.0, 8.0, 4.0], floor=0.0) == [0.25, 1.0, 0.5]


def test_equal_scores_all_become_one() -> None:
    assert min_max([3.0, 3.0]) == [1.0, 1.0]
    assert min_max([3.0], floor=0.0) == [1.0]


def test_no_scores_give_none() -> None:
    assert min_max([]) == []


@given(SCORES, st.floats(0.01, 50), st.floats(-50, 50))
def test_min_max_does_not_know_the_scale(scores: list[float], factor: float, shift: float) -> None:
    moved = [factor * score + shift for score in scores]
    if max(scores) - min(scores) > 1e-3:
        assert min_max(moved) == pytest.approx(min_max(scores), abs=1e-6)


@given(SCORES)
def test_min_max_keeps_the_order(scores: list[float]) -> None:
    placed = min_max(scores)
    assert all(0 <= place <= 1 for place in placed)
    assert sorted(range(len(scores)), key=lambda i: (placed[i], i)) == sorted(
        range(len(scores)), key=lambda i: (placed[i], i)
    )
    assert all(
        (a <= b) or (x >= y) for a, x in zip(scores, placed, strict=True) for b, y in zip(scores, placed, strict=True)
    )


def test_a_weighted_sum_by_hand() -> None:
    fused = weighted_sum({"a": {"x": 1.0, "y": 0.5}, "b": {"y": 1.0}}, {"a": 0.6, "b": 0.4})
    assert fused == pytest.approx({"x": 0.6, "y": 0.7})


@given(LEGS)
def test_the_order_of_legs_and_passages_does_not_matter(legs: dict[str, dict[str, float]]) -> None:
    turned = {leg: dict(reversed(scores.items())) for leg, scores in reversed(legs.items())}
    assert weighted_sum(turned, WEIGHTS) == weighted_sum(legs, WEIGHTS)


def test_a_leg_without_a_weight_is_an_error() -> None:
    with pytest.raises(KeyError):
        weighted_sum({"d": {"x": 1.0}}, WEIGHTS)
