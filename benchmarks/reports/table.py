"""A benchmark as a table for a terminal."""

from rich.table import Table
from rich.text import Text

from benchmarks.records import Benchmark
from benchmarks.reports.measures import MEASURES, dalil_of, machine_line, notes, ratio


def benchmark_table(benchmark: Benchmark) -> Table:
    """A row for each system, then Dalil's value divided by that of each other system."""
    title = f"{benchmark.passages:,} passages, {benchmark.model}: {machine_line(benchmark)}"
    table = Table(title=Text(title), title_justify="left")
    table.add_column("")
    for measure in MEASURES:
        table.add_column(f"{measure.name}\n{measure.unit}", justify="right")
    for result in benchmark.results:
        table.add_row(Text(result.system.label), *(measure.text(result) for measure in MEASURES))
    if dalil := dalil_of(benchmark):
        others = [result for result in benchmark.results if result.search and result is not dalil]
        if others:
            table.add_section()
        for result in others:
            found = (ratio(measure, dalil, result) for measure in MEASURES)
            cells = (Text(f"× {one.value:.2f}", style="green" if one.better else "red") if one else "" for one in found)
            table.add_row(Text(f"Dalil ÷ {result.system.label}"), *cells)
    table.caption, table.caption_justify = Text("\n".join(notes(benchmark))), "left"
    return table
