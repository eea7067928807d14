import re
from itertools import pairwise
from xml.etree import ElementTree

from dalil.statistics import Interval
from evals.measures.calibration import ConfidenceSample, measure_calibration
from evals.reports.plot import COLOURS, PlotRow, System, plot_ablation, plot_reliability

SVG = "{http://www.w3.org/2000/svg}"


def row(
    name: str,
    mean: float = 0.5,
    system: System = System.VARIANT,
    milliseconds: float | None = 10.0,
    bytes_a_passage: float | None = 1_000.0,
) -> PlotRow:
    return PlotRow(name, system, Interval(mean, mean - 0.01, mean + 0.01, 100, 50), milliseconds, bytes_a_passage)


def parse(svg: str) -> ElementTree.Element:
    declared = str(svg).replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" xmlns:xlink="http://www.w3.org/1999/xlink" ', 1)
    return ElementTree.fromstring(declared)  # noqa: S314  what matplotlib just drew


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()).strip() for element in parse(svg).iter(f"{SVG}text")]


def test_every_variant_has_its_name_and_its_costs_in_the_drawing() -> None:
    rows = [row("default engine", system=System.ENGINE, milliseconds=43.21), row("without <b> & c", milliseconds=7.0)]
    found = texts(plot_ablation(rows, "nDCG@10", "mine, ar"))
    assert {"default engine", "without <b> & c", "43.2", "7.0", "1,000"} <= set(found)


def test_names_stand_one_under_the_other_without_overlap() -> None:
    names = [f"a variant with number {number}" for number in range(25)]
    drawing = parse(plot_ablation([row(name, mean=0.5) for name in names], "nDCG@10", "mine, ar"))
    heights = [
        float(element.attrib["y"])
        for element in drawing.iter(f"{SVG}text")
        if "".join(element.itertext()).strip() in names
    ]
    assert len(heights) == 25
    assert all(14 < lower - upper < 30 for upper, lower in pairwise(heights))


def test_a_cost_that_is_missing_has_no_bar_and_no_number() -> None:
    rows = [row("a", bytes_a_passage=None), row("b", milliseconds=None, bytes_a_passage=2_000.0)]
    numbers = [text for text in texts(plot_ablation(rows, "nDCG@10", "mine, ar")) if text in {"10.0", "1,000", "2,000"}]
    assert sorted(numbers) == ["10.0", "2,000"]


def test_a_score_far_below_the_others_is_written_and_leaves_the_axis_to_them() -> None:
    found = texts(plot_ablation([row("a", 0.93), row("b", 0.87), row("c", 0.4)], "nDCG@10", "mine, ar"))
    assert "0.400" in found
    ticks = [float(text) for text in found if re.fullmatch(r"0\.\d{1,2}", text)]
    assert min(ticks) > 0.8


def test_a_single_score_without_a_spread_can_be_drawn() -> None:
    assert "a" in texts(
        plot_ablation([PlotRow("a", System.ENGINE, Interval(0, 0, 0, 1, 1), None, None)], "nDCG@10", "mine, ar")
    )


def test_colours_are_variables_of_the_page_and_no_id_repeats_without_a_reference() -> None:
    drawing = plot_ablation(
        [row("default engine", system=System.ENGINE), row("a"), row("b", 0.1)], "nDCG@10", "mine, ar"
    )
    assert "var(--accent)" in drawing
    assert not any(colour in drawing for colour in COLOURS.values())
    assert set(re.findall(r"(?:fill|stroke): (#\w+)", drawing)) == set()
    references = set(re.findall(r'(?:href="|url\()#([\w-]+)', drawing))
    assert set(re.findall(r' id="([\w-]+)"', drawing)) == references


def test_equal_rows_give_equal_drawings() -> None:
    assert plot_ablation([row("a"), row("b")], "nDCG@10", "mine, ar") == plot_ablation(
        [row("a"), row("b")], "nDCG@10", "mine, ar"
    )


def test_a_reliability_diagram_has_a_panel_for_each_language_and_a_point_for_each_bin() -> None:
    samples = [ConfidenceSample(number / 4, number > 2, True, False, str(number)) for number in range(4)]
    svg = plot_reliability({"en": measure_calibration(samples), "ar": measure_calibration(samples[:3])}, "mine test")
    found = texts(svg)
    assert [text for text in found if text in {"en", "ar"}] == ["en", "ar"]
    assert found.count("confidence") == 2
    uses = [element for element in parse(svg).iter(f"{SVG}use") if "--accent" in element.attrib.get("style", "")]
    assert len(uses) == 4 + 3
    assert 'aria-label="mine test: accuracy over confidence"' in svg
