"""`python -m evals explain`."""

from time import perf_counter
from typing import Annotated

import typer

from dalil.bootstrap import build_engine
from dalil.settings import load_settings
from dalil.wire.answers import AnswerResponse
from evals.commands.options import JsonOption
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.reports.explanation import explanation_tables


def explain(
    question: Annotated[str, typer.Argument(help="A question in English or Arabic.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Explain how a question is answered or refused, over the index that the settings name.

    It prints the analysed query, the hits with the share of each signal, the evidence with its scores, the features and
    weights of the confidence, every sentence, shown or dropped, with its findings, and the outcome: the status, the
    short answer, the related quotes, and the details that were not found.

    Example: `python -m evals explain "what weapons did DPRK send?"`
    """
    with errors_in_one_line(), build_engine(load_settings(), say) as engine:
        started = perf_counter()
        answer = engine.answer(question, explain=True)
        took_ms = round((perf_counter() - started) * 1000, 1)
    if as_json:
        typer.echo(AnswerResponse.from_domain(answer, took_ms=took_ms, base_url="").model_dump_json())
        return
    console = open_console()
    for table in explanation_tables(answer):
        console.print(table)
