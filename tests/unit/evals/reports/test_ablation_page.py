from dataclasses import replace

from evals.ablation.ablate import Ablation, Line
from evals.ablation.variants import AS_IT_IS, PEERS
from evals.measures.statistics import Difference, Interval, difference, interval
from evals.reports.ablation_page import page
from evals.runs.records import SetFacts

CLUSTERS = [str(number) for number in range(40)]
PERFECT, WORSE = [1.0] * 40, [0.5] * 40


def line(name: str, scores: list[float], cost: float, own: str = "أخبار") -> Line:
    return Line(
        name,
        f"what {name} changes",
        own,
        "ar",
        score=interval(scores, CLUSTERS),
        difference=difference(PERFECT, scores, CLUSTERS),
        milliseconds=cost,
        times=1.0,
        bytes_a_passage=100 * cost,
    )


LINES = (
    replace(line(AS_IT_IS.name, PERFECT, 40.0), difference=None),
    line(PEERS[0].name, WORSE, 20.0),
    line("rerank_depth 10", PERFECT, 30.0),
    Line("fp32", "not int8", "أخبار", "ar", missing="<no node> answers"),
)


def drawn(*lines: Line) -> str:
    sets = tuple(SetFacts(name, 40, 12, 0, 34, "abc") for name in dict.fromkeys(own.set for own in lines))
    return page(Ablation("lancedb", "a model", "int8", sets, lines))


def test_the_page_needs_no_network_and_no_script_and_escapes_what_it_shows() -> None:
    html = drawn(*LINES)
    assert not any(text in html for text in ("src=", "href=", "url(", "<script", "@import"))
    assert "&lt;no node&gt; answers" in html


def test_what_was_measured_is_said() -> None:
    html = drawn(*LINES)
    assert all(text in html for text in ("lancedb", "a model", "int8", "<bdi>أخبار</bdi>, ar: 40 questions"))


def test_a_variant_is_a_point_in_both_plots_and_a_row_and_one_that_is_missing_a_row_with_the_reason() -> None:
    html = drawn(*LINES)
    for number, own in enumerate(LINES[:3], start=1):
        assert html.count(f"<title>{number} {own.variant}: ") == 2
    assert all(own.changes in html for own in LINES)
    assert "<title>4 fp32" not in html
    assert "missing: <bdi>" in html


def test_a_plot_leaves_out_what_has_no_cost_and_is_none_where_nothing_has() -> None:
    html = drawn(*(replace(own, bytes_a_passage=None) for own in LINES))
    assert html.count("<title>3 rerank_depth 10: ") == 1
    assert html.count('<svg class="plot"') == html.count("Nothing to draw.") == 1


def test_the_engine_and_the_peers_are_told_apart_from_variants() -> None:
    html = drawn(*LINES)
    for kind in ("engine", "peer", "variant"):
        assert html.count(f'class="whisker {kind}"') == 2


def test_a_difference_says_what_it_amounts_to() -> None:
    undecided = replace(LINES[2], difference=Difference(1.0, 1.01, Interval(0.01, -0.1, 0.2, 40, 40), 0.4))
    html = drawn(*LINES, undecided)
    assert '<span class="worse">▼ worse −0.500' in html
    assert '<span class="unchanged">no change</span>' in html
    assert '<span class="undecided"> +0.010' in html


def test_each_set_and_language_has_a_section() -> None:
    english = [replace(own, language="en") for own in LINES]
    other = [replace(own, set="b/news") for own in LINES]
    html = drawn(*LINES, *english, *other)
    assert html.count('<svg class="plot"') == 6
    assert "<bdi>أخبار</bdi>, en: 40 questions" in html
    assert "<bdi>b/news</bdi>, ar: 40 questions" in html
