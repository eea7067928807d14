"""`python -m evals near-duplicates`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from evals.commands.options import Half, JsonOption
from evals.commands.terminal import errors_in_one_line, open_console
from evals.datasets.near_duplicates import load_pairs
from evals.datasets.paths import NEWS
from evals.measures.near_duplicates import check_pairs
from evals.reports.answer_tables import near_duplicates_table
from evals.reports.to_json import near_duplicates_to_json


def near_duplicates(
    *,
    news_folder: Annotated[Path, typer.Option("--news", help="The folder of the zips with news articles.")] = NEWS,
    half: Annotated[Half, typer.Option(help="Which pairs.")] = Half.ALL,
    as_json: JsonOption = False,
) -> None:
    """Measure how well near-duplicate articles are recognised, on pairs of newspaper articles labelled by reading.

    Example: `python -m evals near-duplicates --half test`
    """
    with errors_in_one_line():
        pairs = [pair for pair in load_pairs(folder=news_folder) if half is Half.ALL or pair.half == half.value]
        results = check_pairs(pairs)
    if as_json:
        typer.echo(json.dumps(near_duplicates_to_json(results)))
    else:
        open_console().print(near_duplicates_table(results))
