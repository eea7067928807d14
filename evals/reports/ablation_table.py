"""An ablation as a table for a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from evals.ablation.ablate import MEASURE, Ablation, AblationRow
from evals.reports.formatting import COLOURS, format_difference, format_interval
from evals.runs.comparison import decide


def ablation_table(ablation: Ablation) -> Table:
    """A section for each set and language, the default engine first; the reasons for missing rows are the caption."""
    engine = f"{ablation.store}, {ablation.model} ({ablation.runtime})"
    title = f"{MEASURE} of each variant, and its difference from the default engine: {engine}"
    headings = ("", f"{MEASURE} [95 % interval]", "difference [95 % interval]", "p", "ms p50", "×", "bytes a passage")
    table = Table(*headings, title=Text(title), title_justify="left")
    for column in table.columns[3:]:
        column.justify = "right"
    section = None
    for row in ablation.rows:
        if section != (row.set, row.language):
            section = (row.set, row.language)
            questions = row.score.questions if row.score else 0
            table.add_section()
            table.add_row(Text(f"{row.set}, {row.language}: {questions:,} questions", style="bold"))
        table.add_row(*_cells(row))
    missing = dict.fromkeys(f"{row.set}, {row.variant}: {row.missing}" for row in ablation.rows if row.missing)
    table.caption, table.caption_justify = Text("\n".join(missing)), "left"
    return table


def _cells(row: AblationRow) -> Iterable[Text]:
    if row.missing is not None:
        return Text(row.variant), Text("missing", style="dim")
    found = row.difference
    numbers = ((row.milliseconds, ".1f"), (row.times, ".2f"), (row.bytes_a_passage, ",.0f"))
    return (
        Text(row.variant),
        format_interval(row.score),
        Text(format_difference(found.interval), style=COLOURS[decide(MEASURE, found)]) if found else Text(""),
        Text(f"{found.p:.4f}" if found else ""),
        *(Text("" if number is None else format(number, spec)) for number, spec in numbers),
    )
