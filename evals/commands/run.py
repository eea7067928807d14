"""`python -m evals run`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dalil.domain import Mode
from dalil.errors import InvalidInput
from dalil.settings import load_settings
from evals.commands.options import Half, JsonOption, ModeOption, OutputOption, OwnSet, SlicesOption
from evals.commands.sets import EXTERNAL_SETS, load_own_sets, run_and_save
from evals.commands.terminal import errors_in_one_line, print_run
from evals.datasets.custom_set import load_questions
from evals.datasets.questions import select_half
from evals.reports.to_json import facts_to_json, run_to_json
from evals.runs.experiment import Plan


def run(
    *,
    own: Annotated[OwnSet, typer.Option("--set", help="Which of the project's own sets.")] = OwnSet.ALL,
    questions: Annotated[Path | None, typer.Option(help="Your own questions instead: JSONL; needs --articles.")] = None,
    articles: Annotated[Path | None, typer.Option(help="The folder of articles for your questions.")] = None,
    half: Annotated[Half, typer.Option(help="Which questions. Each half has its own figures.")] = Half.ALL,
    mode: ModeOption = Mode.HYBRID,
    output: OutputOption = None,
    as_json: JsonOption = False,
    slices: SlicesOption = False,
    no_answers: Annotated[bool, typer.Option("--no-answers", help="Measure retrieval only.")] = False,
    no_latency: Annotated[bool, typer.Option("--no-latency", help="Measure no latencies.")] = False,
    slim: Annotated[
        bool, typer.Option("--slim", help="Write no passages: enough for `compare`, as a baseline.")
    ] = False,
) -> None:
    """Measure retrieval and answers over the project's own questions, or yours.

    Examples: `python -m evals run`, `python -m evals run --questions mine.jsonl --articles folder/`
    """
    with errors_in_one_line():
        if (questions is None) != (articles is None):
            raise InvalidInput("--questions FILE and --articles FOLDER go together")
        sets = [load_questions(questions, articles)] if questions and articles else load_own_sets(own)
        if half is not Half.ALL:
            sets = [select_half(one, half.value) for one in sets]
        plan = Plan(
            name="-".join(one.name for one in sets),
            mode=mode,
            with_answers=not no_answers,
            with_latencies=not no_latency,
            withheld=frozenset() if questions else frozenset(name.value for name in EXTERNAL_SETS),
        )
        result = run_and_save(sets, load_settings(), plan, output, slim=slim)
    if as_json:
        typer.echo(json.dumps(facts_to_json(result) | run_to_json(result), ensure_ascii=False))
    else:
        print_run(result, slices=slices)
