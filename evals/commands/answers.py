"""`python -m evals answers`."""

import json
from typing import Annotated
from urllib.parse import urlsplit

import typer

from dalil.errors import InvalidInput
from dalil.settings import GeneratorSettings, Settings, load_settings
from evals.commands.options import (
    ArticlesOption,
    Half,
    HalfOption,
    JsonOption,
    OwnSet,
    QuestionsOption,
    SetOption,
)
from evals.commands.sets import select_sets
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.reports.answer_tables import answers_tables
from evals.reports.to_json import answers_to_json
from evals.runs.answers import run_answers


def answers(
    *,
    own: SetOption = OwnSet.ALL,
    questions: QuestionsOption = None,
    articles: ArticlesOption = None,
    half: HalfOption = Half.ALL,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Questions of a set at most, the same ones each time.")
    ] = None,
    generator: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The endpoint of a language model to compare with, such as http://127.0.0.1:8080/v1."
            " Default: the one of the settings, if any.",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="The name of the model at that endpoint.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the whole way from a question to its answer: extractive, and beside it a language model.

    Both answer the same questions over the same index, and differences are paired by question. A model writes a few
    dozen tokens a second on a small machine: begin with --limit.

    Examples: `python -m evals answers --set news --half test`,
    `python -m evals answers --set seeds --limit 60 --generator http://127.0.0.1:8080/v1`
    """
    with errors_in_one_line():
        settings = _with_generator(load_settings(), generator, model)
        runs = run_answers(select_sets(own, questions, articles, half), settings, say, limit)
    if as_json:
        typer.echo(json.dumps(answers_to_json(runs), ensure_ascii=False))
        return
    console = open_console()
    for table in answers_tables(runs):
        console.print(table)


def _with_generator(settings: Settings, url: str | None, model: str | None) -> Settings:
    if url is None and model is None:
        return settings
    if url is not None and not _is_address(url):
        raise InvalidInput(f"--generator: {url!r} is not an address such as http://127.0.0.1:8080/v1")
    own: GeneratorSettings = settings.generator.model_copy(
        update={"base_url": url or settings.generator.base_url, "model": model or settings.generator.model}
    )
    if own.base_url is None:
        raise InvalidInput("--model names a model of an endpoint, and there is none: add --generator URL")
    return settings.model_copy(update={"generator": own})


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    try:
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        return False
