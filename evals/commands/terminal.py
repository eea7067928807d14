"""What the commands print: messages, errors and tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from dalil.errors import DalilError
from evals.reports.run_tables import calibration_table, headline_table, latency_table, slice_tables
from evals.runs.records import EvalRun

MAX_TABLE_CHARACTERS = 160
"""The width of a table outside a terminal."""


def say(line: str) -> None:
    """Print a line of progress to standard error."""
    typer.echo(line, err=True)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """Print an expected error as one line and exit with status 2."""
    try:
        yield
    except (DalilError, OSError) as error:
        say(f"error: {' '.join(str(error).split())}")
        raise typer.Exit(2) from None


def open_console() -> Console:
    """A console for tables."""
    console = Console()
    return console if console.is_terminal else Console(width=MAX_TABLE_CHARACTERS)


def print_run(run: EvalRun, *, slices: bool) -> None:
    """Print the tables of a run."""
    console = open_console()
    console.print(headline_table(run))
    for table in slice_tables(run) if slices else ():
        console.print(table)
    if calibration := calibration_table(run.rows):
        console.print(calibration)
    if latencies := latency_table(run):
        console.print(latencies)
