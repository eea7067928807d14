import pytest

from dalil.statistics import difference, interval

VALUES = [0.1 * (number % 11) for number in range(120)]
CLUSTERS = [f"c{number // 4}" for number in range(120)]


def test_the_mean_is_over_questions_and_equal_input_gives_equal_numbers() -> None:
    found = interval(VALUES, CLUSTERS)
    assert found.mean == pytest.approx(sum(VALUES) / 120)
    assert found.low < found.mean < found.high
    assert (found.questions, found.clusters) == (120, 30)
    assert interval(VALUES, CLUSTERS) == found


def test_two_clusters_by_hand() -> None:
    # Drawn twice from {0 0} and {1}: nothing but 0, 1 and 1/3 can come out, 0 and 1 in a quarter of the draws each.
    found = interval([0.0, 0.0, 1.0], ["a", "a", "b"])
    assert found.mean == pytest.approx(1 / 3)
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_order_of_the_questions_does_not_matter() -> None:
    assert interval(VALUES[::-1], CLUSTERS[::-1]) == interval(VALUES, CLUSTERS)


def test_questions_that_stand_and_fall_together_make_a_wider_interval() -> None:
    values = [float(number // 4 % 2) for number in range(120)]
    together, apart = interval(values, CLUSTERS), interval(values, [str(number) for number in range(120)])
    assert together.high - together.low > 1.7 * (apart.high - apart.low)  # by the square root of 4, were it exact


def test_one_cluster_tells_no_more_than_its_range() -> None:
    found = interval([0.2, 0.6], ["a", "a"])
    assert (found.low, found.high) == (0.2, 0.6)


def test_no_values_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        interval([], [])


def test_equal_runs_differ_by_nothing() -> None:
    found = difference(VALUES, VALUES, CLUSTERS)
    assert found is not None
    assert (found.interval.mean, found.interval.low, found.interval.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_a_small_steady_loss_is_told_from_chance_and_noise_is_not() -> None:
    steady = difference(VALUES, [value - 0.02 for value in VALUES], CLUSTERS)
    noise = difference(
        VALUES, [value + (0.02 if number % 2 else -0.02) for number, value in enumerate(VALUES)], CLUSTERS
    )
    assert steady is not None
    assert noise is not None
    assert steady.interval.high < 0
    assert steady.p == 1 / 10_001
    assert noise.p > 0.5


def test_three_clusters_can_never_be_significant() -> None:
    # All three fell: of 2 ** 3 exchanges two are as extreme.
    found = difference([1.0, 1.0, 1.0], [0.5, 0.5, 0.5], ["a", "b", "c"])
    assert found is not None
    assert found.p == pytest.approx(2 / 8, abs=0.02)


def test_a_value_may_be_missing_on_one_side() -> None:
    # Before: the mean of 1 and 0; after: 1 alone.
    found = difference([1.0, 0.0, None], [1.0, None, None], ["a", "b", "c"])
    assert found is not None
    assert (found.before, found.after, found.interval.mean) == (0.5, 1.0, 0.5)
    assert found.interval.questions == 2
    assert difference([1.0], [None], ["a"]) is None
