"""The numbers of a benchmark, by hand arithmetic, in the table and on the page."""

import pytest
from rich.console import Console

from benchmarks.measurements import questions_needed, summarise
from benchmarks.records import (
    Benchmark,
    IndexingResult,
    Latencies,
    Machine,
    SearchResult,
    SystemName,
    SystemResult,
)
from benchmarks.reports.measures import MEASURES, embedding_ratio, notes, ratio
from benchmarks.reports.page import benchmark_page
from benchmarks.reports.table import benchmark_table


def latencies(clients: int, p50: float, p95: float) -> Latencies:
    return Latencies(clients=clients, searches=100, p50=p50, p95=p95, searches_per_second=10.0)


def result(system: SystemName, *, seconds: float, times: float, embedding_seconds: float | None) -> SystemResult:
    return SystemResult(
        system=system,
        indexing=IndexingResult(
            embedded=100, passages=400, seconds=seconds, embedding_seconds=embedding_seconds, bytes_on_disk=4_000_000
        ),
        search=SearchResult(
            opening_ms=900.0,
            first_ms=70 * times,
            one_client=latencies(1, 20 * times, 40 * times),
            eight_clients=latencies(8, 110 * times, 300 * times),
            cpu_ms=25 * times,
            peak_bytes=int(500e6 * times),
        ),
    )


@pytest.fixture
def run() -> Benchmark:
    return Benchmark(
        machine=Machine(
            processor="Some Processor", cores=2, memory_bytes=2**34, system="Linux", load=0.1, versions={"lancedb": "1"}
        ),
        model="multilingual-e5-small",
        passages=400,
        embedded=100,
        questions=100,
        results=(
            result(SystemName.DALIL, seconds=4.0, times=1.0, embedding_seconds=None),
            result(SystemName.LANCEDB, seconds=10.0, times=2.0, embedding_seconds=8.0),
            SystemResult(system=SystemName.OPENSEARCH, missing="no node <here>"),
        ),
    )


def test_percentiles_are_interpolated_and_the_pace_counts_all_searches() -> None:
    found = summarise([10.0, 20.0, 30.0, 40.0, 50.0], clients=8, seconds=0.1)
    # p95 of five values is at position 0.95 * 4 = 3.8: 40 + 0.8 * 10.
    assert (found.p50, found.p95) == pytest.approx((30.0, 48.0))
    assert found.searches_per_second == pytest.approx(50.0)


def test_no_question_is_asked_twice() -> None:
    assert questions_needed(100) == 1 + 8 + 100 + 100


def test_a_ratio_is_dalils_value_by_the_others_and_says_which_is_better(run: Benchmark) -> None:
    dalil, lancedb, opensearch = run.results
    ratios = {measure.name: ratio(measure, dalil, lancedb) for measure in MEASURES}
    pace, p50, disk = ratios["indexing"], ratios["p50, 1 client"], ratios["disk a passage"]
    # 100 passages in 4 s are 25 a second, in 10 s 10 a second.
    assert pace is not None
    assert (pace.value, pace.better) == (2.5, True)
    assert p50 is not None
    assert (p50.value, p50.better) == (0.5, True)
    assert disk is not None
    assert (disk.value, disk.better) == (1.0, False)
    assert ratio(MEASURES[0], dalil, opensearch) is None


def test_the_whole_indexing_is_compared_with_the_embedding_alone(run: Benchmark) -> None:
    # 100 passages in 8 s are 12.5 a second; 25 / 12.5 = 2.
    assert embedding_ratio(run) == (12.5, 2.0)
    assert embedding_ratio(run.model_copy(update={"results": run.results[:1]})) is None


def test_the_table_and_the_page_have_every_system_and_the_reason_of_a_missing_one(run: Benchmark) -> None:
    console = Console(width=300, record=True)
    console.print(benchmark_table(run))
    text, html = console.export_text(), benchmark_page(run)
    for output in (text, html):
        assert "Some Processor, 2 cores, 16 GB" in output
        assert "100 passages are real, 300 are made of their parts" in output
        assert "× 2.50" in output
        assert "10,000" in output  # 4,000,000 bytes for 400 passages
    assert "no node <here>" in text
    assert "no node &lt;here&gt;" in html
    assert any("no node <here>" in line for line in notes(run))
