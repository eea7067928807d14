"""The program `python -m evals` with its commands."""

import typer

from evals.commands.ablate import ablate
from evals.commands.answers import answers
from evals.commands.beir import beir
from evals.commands.claims import claims
from evals.commands.compare import compare
from evals.commands.explain import explain
from evals.commands.near_duplicates import near_duplicates
from evals.commands.refusals import refusals
from evals.commands.report import report
from evals.commands.run import run

EXIT_STATUSES = """
Exit status:

0 success.

1 `compare --fail-on-worse`: a listed measure is significantly worse.

2 failure; the message says what helps.
"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Measure Dalil's retrieval and answers. Settings are DALIL_ environment variables.",
    epilog=EXIT_STATUSES,
)

for command in (run, answers, beir, compare, ablate, refusals, claims, near_duplicates, explain, report):
    app.command(epilog=EXIT_STATUSES)(command)
