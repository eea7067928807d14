"""`python -m evals compare`."""

import json
from typing import Annotated

import typer

from dalil.errors import InvalidInput
from evals.commands.options import JsonOption, RunArgument, SlicesOption
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.reports.formatting import format_difference
from evals.reports.run_tables import comparison_table
from evals.reports.to_json import comparison_to_json
from evals.runs.comparison import Outcome, RunComparison, changed_facts
from evals.runs.comparison import compare as compare_runs
from evals.runs.files import read_run
from evals.runs.summaries import ALL


def compare(
    before: RunArgument,
    after: RunArgument,
    *,
    fail_on_worse: Annotated[
        str,
        typer.Option(
            metavar="MEASURE[,MEASURE]",
            help="Exit with 1 if one of these measures is significantly worse, over all questions.",
        ),
    ] = "",
    as_json: JsonOption = False,
    slices: SlicesOption = False,
) -> None:
    """Compare two runs over the same questions: differences with their intervals and p values.

    Example: `python -m evals compare before.json after.json --fail-on-worse "nDCG@10,citation recall"`
    """
    with errors_in_one_line():
        old, new = read_run(before), read_run(after)
        comparisons = compare_runs(old, new)
        changes = changed_facts(old, new)
        guarded = [name.strip() for name in fail_on_worse.split(",") if name.strip()]
        overall = {one.measure: one for one in comparisons if one.slice == ALL}
        if unknown := [name for name in guarded if name not in overall]:
            raise InvalidInput(
                f"--fail-on-worse: the runs have no {', '.join(unknown)}; they have {', '.join(overall)}"
            )
    failed = [name for name in guarded if overall[name].outcome is Outcome.WORSE]
    if as_json:
        typer.echo(json.dumps({"changed": changes, "comparisons": list(map(comparison_to_json, comparisons))}))
    else:
        _print(comparisons, changes, slices=slices)
    for name in failed:
        say(f"worse: {name} {format_difference(overall[name].difference.interval)}")
    raise typer.Exit(1 if failed else 0)


def _print(comparisons: list[RunComparison], changes: list[str], *, slices: bool) -> None:
    console = open_console()
    for line in changes or ["the runs have the same settings, models and articles"]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    overall = [one for one in comparisons if one.slice == ALL]
    console.print(comparison_table(overall, "all questions, after minus before"))
    parts = [one for one in comparisons if one.slice != ALL and (slices or one.cut == "set")]
    console.print(comparison_table(parts, "slices" if slices else "halves of each set (--slices for every slice)"))
    for outcome in Outcome:
        names = [one.measure for one in overall if one.outcome is outcome]
        console.print(f"{outcome.value}: {', '.join(names) or 'nothing'}", highlight=False, soft_wrap=True)
