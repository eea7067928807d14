"""`python -m evals run`."""

import json
from typing import Annotated

import typer

from dalil.domain import Mode
from dalil.settings import load_settings
from evals.commands.options import (
    ArticlesOption,
    Half,
    HalfOption,
    JsonOption,
    ModeOption,
    OutputOption,
    OwnSet,
    QuestionsOption,
    SetOption,
    SlicesOption,
)
from evals.commands.sets import EXTERNAL_SETS, run_and_save, select_sets
from evals.commands.terminal import errors_in_one_line, print_run
from evals.reports.to_json import facts_to_json, run_to_json
from evals.runs.experiment import Plan


def run(
    *,
    own: SetOption = OwnSet.ALL,
    questions: QuestionsOption = None,
    articles: ArticlesOption = None,
    half: HalfOption = Half.ALL,
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
        sets = select_sets(own, questions, articles, half)
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
