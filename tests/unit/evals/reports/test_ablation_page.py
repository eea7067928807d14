import re
from dataclasses import replace

from dalil.statistics import Difference, Interval, difference, interval
from evals.ablation.ablate import Ablation, AblationRow
from evals.ablation.variants import DEFAULT_ENGINE, OPENSEARCH
from evals.reports.ablation_page import ablation_page
from evals.runs.records import SetFacts

CLUSTERS = [str(number) for number in range(40)]
PERFECT, WORSE = [1.0] * 40, [0.5] * 40


def row(name: str, scores: list[float], cost: float, set_name: str = "أخبار") -> AblationRow:
    return AblationRow(
        name,
        f"what {name} changes",
        set_name,
        "ar",
        score=interval(scores, CLUSTERS),
        difference=difference(PERFECT, scores, CLUSTERS),
        milliseconds=cost,
        times=1.0,
        bytes_a_passage=100 * cost,
    )


ROWS = (
    replace(row(DEFAULT_ENGINE.name, PERFECT, 40.0), difference=None),
    row(OPENSEARCH[0].name, WORSE, 20.0),
    row("rerank_depth 10", PERFECT, 30.0),
    AblationRow("fp32", "not int8", "أخبار", "ar", missing="<no node> answers"),
)


def draw(*rows: AblationRow) -> str:
    sets = tuple(SetFacts(name, 40, 12, 0, 34, "abc") for name in dict.fromkeys(one.set for one in rows))
    return ablation_page(Ablation("lancedb", "a model", "int8", sets, rows))


def test_the_page_needs_no_network_and_no_script_and_escapes_its_values() -> None:
    html = draw(*ROWS)
    assert not any(text in html for text in ("src=", "<script", "@import", "http:", "https:"))
    # A drawing refers to its own shapes alone.
    assert all(target.startswith("#") for target in re.findall(r'(?:href="|url\()([^")]*)', html))
    assert "&lt;no node&gt; answers" in html


def test_the_page_names_the_store_the_model_and_the_set() -> None:
    html = draw(*ROWS)
    assert all(text in html for text in ("lancedb", "a model", "int8", "<bdi>أخبار</bdi>, ar: 40 questions"))


def test_a_variant_is_in_the_plot_and_in_the_table_and_one_that_is_missing_has_its_reason() -> None:
    html = draw(*ROWS)
    (plot,) = re.findall(r'<svg [^>]*class="plot".*?</svg>', html, flags=re.DOTALL)
    for one in ROWS[:3]:
        assert f">{one.variant}</text>" in plot
    assert "fp32" not in plot
    assert all(one.changes in html for one in ROWS)
    assert "missing: <bdi>" in html


def test_the_engine_and_the_baselines_differ_from_the_variants() -> None:
    table = draw(*ROWS).split("<tbody>")[-1]
    for system, count in (("engine", 1), ("baseline", 1), ("variant", 2)):
        assert table.count(f'class="{system}"') == count


def test_a_section_without_a_score_has_no_plot() -> None:
    html = draw(ROWS[3])
    assert "No variant has a score." in html
    assert 'class="plot"' not in html


def test_a_difference_has_its_outcome() -> None:
    undecided = replace(ROWS[2], difference=Difference(1.0, 1.01, Interval(0.01, -0.1, 0.2, 40, 40), 0.4))
    html = draw(*ROWS, undecided)
    assert '<span class="worse">▼ worse −0.500' in html
    assert '<span class="unchanged">no change</span>' in html
    assert '<span class="undecided"> +0.010' in html


def test_each_set_and_language_has_a_section() -> None:
    english = [replace(one, language="en") for one in ROWS]
    other = [replace(one, set="b/news") for one in ROWS]
    html = draw(*ROWS, *english, *other)
    assert html.count('class="plot"') == 3
    assert "<bdi>أخبار</bdi>, en: 40 questions" in html
    assert "<bdi>b/news</bdi>, ar: 40 questions" in html
