from itertools import combinations

import pytest

from evals.measures.statistics import Interval
from evals.reports.plot import BOTTOM, LEFT, MARK, RIGHT, TOP, Box, Label, Point, cost_ticks, labels, plot, ticks


def point(number: int, cost: float, mean: float, spread: float = 0.01) -> Point:
    return Point(str(number), f"{number} name", "variant", cost, Interval(mean, mean - spread, mean + spread, 100, 50))


def free_of_each_other(found: list[Label], places: list[tuple[float, float]]) -> bool:
    boxes = [label.box for label in found]
    points = [Box(x, y, 2 * MARK, 2 * MARK) for x, y in places]
    return not any(one.meets(other) for one, other in combinations(boxes, 2)) and not any(
        box.meets(point) for box in boxes for point in points
    )


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (0.52, 0.94, ["0.6", "0.7", "0.8", "0.9"]),  # .42 / 8 = .053, so steps of .1
        (0.912, 0.938, ["0.915", "0.920", "0.925", "0.930", "0.935"]),
        (0.0, 1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (900.0, 2_100.0, ["1,000", "1,200", "1,400", "1,600", "1,800", "2,000"]),
    ],
    ids=["tenths", "thousandths", "from end to end", "thousands"],
)
def test_scores_are_marked_in_equal_round_steps_within_the_axis(low: float, high: float, written: list[str]) -> None:
    assert [text for _, text in ticks(low, high)] == written
    assert all(low - 1e-9 <= value <= high + 1e-9 for value, _ in ticks(low, high))


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [
        (1_400.0, 29_000.0, ["2,000", "5,000", "10,000", "20,000"]),
        (28.0, 145.0, ["40", "60", "80", "100", "120", "140"]),  # of 1, 2 and 5 only 50 and 100 lie between
        (0.4, 2.5, ["0.5", "1", "2"]),
    ],
    ids=["bytes", "a narrow range", "below one"],
)
def test_costs_are_marked_at_one_two_and_five_or_where_those_are_few_in_equal_steps(
    low: float, high: float, written: list[str]
) -> None:
    assert [text for _, text in cost_ticks(low, high)] == written


def test_twice_the_cost_lies_as_far_to_the_right_wherever_it_is() -> None:
    drawn = plot([point(1, 10, 0.5), point(2, 20, 0.5), point(3, 40, 0.5)])
    assert drawn
    first, second, third = (mark.x for mark in drawn.marks)
    assert second - first == pytest.approx(third - second)
    assert LEFT < first < second < third < RIGHT


def test_scores_rise_and_their_whiskers_lie_within_the_axis() -> None:
    drawn = plot([point(1, 10, 0.5, 0.05), point(2, 20, 0.6, 0.1)])
    assert drawn
    low, high = drawn.marks
    assert low.y > high.y
    # .45 to .70 with .06 of that at each end: the whole is 1.12 times as long, of 278 units.
    assert low.y - high.y == pytest.approx(0.1 / (0.25 * 1.12) * (BOTTOM - TOP))
    assert high.low - high.high == pytest.approx(2 * (low.y - high.y))
    assert TOP < high.high < low.low < BOTTOM


def test_a_score_far_below_the_others_is_drawn_at_the_end_of_an_axis_that_is_theirs() -> None:
    drawn = plot([point(1, 10, 0.93), point(2, 10, 0.87), point(3, 10, 0.4)])
    assert drawn
    assert [mark.below for mark in drawn.marks] == [False, False, True]
    assert drawn.marks[2].y < drawn.marks[2].low == drawn.marks[2].high == BOTTOM
    assert drawn.scores[0].text == "0.86"


def test_a_single_point_without_a_spread_has_axes_around_it() -> None:
    drawn = plot([point(1, 10, 0.5, 0.0)])
    assert drawn
    (mark,) = drawn.marks
    assert (mark.x, mark.y) == pytest.approx(((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2))
    assert drawn.costs
    assert drawn.scores


def test_without_a_point_there_is_no_plot() -> None:
    assert plot([]) is None


def test_labels_of_a_crowd_cover_neither_points_nor_each_other() -> None:
    places = [(250.0 + number % 5, 60.0 + number % 3) for number in range(25)]
    found = labels(places, [str(number) for number in range(25)], [f"{number} a name" for number in range(25)])
    assert free_of_each_other(found, places)
    assert all(label.box.inside() for label in found)
    assert any(label.leader for label in found)


def test_a_name_stands_beside_its_point_where_it_has_room_and_else_its_number() -> None:
    places = [(100.0, 50.0), (300.0, 200.0), (302.0, 201.0), (300.0, 204.0), (304.0, 203.0)]
    names = [f"{number} a name of some length" for number in range(5)]
    found = labels(places, [str(number) for number in range(5)], names)
    assert free_of_each_other(found, places)
    assert found[0].text == names[0]
    assert found[0].leader is None
    assert found[0].box.x - found[0].box.width / 2 == pytest.approx(100 + MARK + 1)
    assert any(label.text not in names for label in found[1:])


def test_a_line_to_a_label_ends_at_its_edge() -> None:
    box = Box(10.0, 10.0, 8.0, 4.0)
    assert box.edge(-20.0, 0.0) == (6.0, 10.0)
    assert box.edge(1.0, 2.0) == (11.0, 12.0)
