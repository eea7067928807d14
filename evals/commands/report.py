"""`python -m evals report`."""

from pathlib import Path
from typing import Annotated

import typer

from dalil.wire.quality import SUFFIX
from evals.commands.options import RunArgument
from evals.commands.terminal import errors_in_one_line
from evals.reports.quality_summary import summarise_quality
from evals.reports.run_page import run_page
from evals.runs.files import read_run


def report(
    run: RunArgument,
    against: Annotated[Path | None, typer.Option(help="An earlier run over the same questions.")] = None,
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="The page. Default: RUN with .html")] = None,
) -> None:
    """Draw a run as one page of HTML that needs no network, and write beside it what the service's page /quality shows.

    Example: `python -m evals report .dalil/evals/seeds.json --output seeds.html`
    """
    with errors_in_one_line():
        own = read_run(run)
        html = run_page(own, read_run(against) if against else None)
        path = output or run.with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8")
        path.with_suffix(SUFFIX).write_text(summarise_quality(own).model_dump_json(), encoding="utf-8")
    typer.echo(path)
