from collections.abc import Sequence

import pytest

from evals.measures.calibration import ConfidenceSample, measure_calibration, share_below_quantile


def sample(
    confidence: float, *, right: bool = True, answerable: bool = True, near_miss: bool = False, cluster: str = ""
) -> ConfidenceSample:
    return ConfidenceSample(confidence, right, answerable, near_miss, cluster or f"{confidence}{right}")


def test_the_error_is_the_mean_distance_of_confidence_and_accuracy_over_the_bins() -> None:
    # Twenty answers in ten bins of two. Each of the first five bins has the confidence .2 and the accuracy ½, and each
    # of the others .9 and 1: half of .3 and half of .1.
    samples = [sample(0.2, right=bool(number % 2), cluster=str(number)) for number in range(10)]
    samples += [sample(0.9, cluster=str(number)) for number in range(10, 20)]
    found = measure_calibration(samples)
    assert found.error.mean == pytest.approx(0.5 * 0.3 + 0.5 * 0.1)
    assert (found.error.questions, found.error.clusters) == (20, 20)
    assert found.error.low <= found.error.mean <= found.error.high
    assert [(one.questions, one.accuracy) for one in found.bins] == [*[(2, 0.5)] * 5, *[(2, 1.0)] * 5]
    assert [one.confidence for one in found.bins] == pytest.approx([0.2] * 5 + [0.9] * 5)


def test_a_confident_wrong_answer_is_an_error_of_its_whole_confidence() -> None:
    assert measure_calibration([sample(0.8, right=False)]).error.mean == pytest.approx(0.8)
    found = measure_calibration([sample(1.0), sample(0.0, right=False)])
    assert (found.error.mean, found.error.low, found.error.high) == (0.0, 0.0, 0.0)


def test_fewer_answers_than_bins_have_a_bin_each_in_the_order_of_their_confidence() -> None:
    found = measure_calibration([sample(confidence) for confidence in (0.7, 0.1, 0.4)])
    assert [(one.low, one.high) for one in found.bins] == [(0.1, 0.1), (0.4, 0.4), (0.7, 0.7)]


def test_of_one_cluster_there_is_nothing_to_draw() -> None:
    found = measure_calibration([sample(0.6, cluster="a"), sample(0.8, cluster="a")])
    assert (found.error.low, found.error.high) == (found.error.mean, found.error.mean)


def near_misses(confidences: Sequence[float]) -> list[ConfidenceSample]:
    return [sample(one, right=False, answerable=False, near_miss=True) for one in confidences]


def test_answerable_questions_are_told_from_near_misses_and_off_topic_questions_do_not_count() -> None:
    # Of the four pairs three have the higher confidence at the answerable question.
    samples = [sample(0.9), sample(0.5), *near_misses([0.6, 0.2]), sample(0.99, right=False, answerable=False)]
    assert measure_calibration(samples).roc_area == 3 / 4


def test_without_both_kinds_there_is_no_area_and_no_threshold() -> None:
    for samples in ([sample(0.9)], near_misses([0.4])):
        found = measure_calibration(samples)
        assert (found.roc_area, found.refused_at_max_lost) == (None, None)


def test_the_threshold_loses_eight_in_a_hundred_answerable_questions() -> None:
    answerable = [number / 100 for number in range(101)]
    assert share_below_quantile(answerable, [0.05, 0.079, 0.081, 0.5]) == 2 / 4
    samples = [*map(sample, answerable), *near_misses([0.05, 0.079, 0.081, 0.5])]
    assert measure_calibration(samples).refused_at_max_lost == 2 / 4


def test_no_answers_have_no_calibration() -> None:
    with pytest.raises(ValueError, match="no answers"):
        measure_calibration([])
