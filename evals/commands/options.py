"""The options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from dalil.domain import Mode


class Half(StrEnum):
    """The development half, which may be tuned on, the test half, which may only be reported, or both."""

    DEV = "dev"
    TEST = "test"
    ALL = "all"


class OwnSet(StrEnum):
    """The sets written for this project."""

    SEEDS = "seeds"
    REFERENCE = "reference"
    NEWS = "news"
    ALL = "all"


SetOption: TypeAlias = Annotated[OwnSet, typer.Option("--set", help="Which of the project's own sets.")]
QuestionsOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="Your own questions instead: JSONL; needs --articles.")
]
ArticlesOption: TypeAlias = Annotated[Path | None, typer.Option(help="The folder of articles for your questions.")]
HalfOption: TypeAlias = Annotated[Half, typer.Option(help="Which questions. Each half has its own figures.")]
ModeOption: TypeAlias = Annotated[Mode, typer.Option(help="The retrievers that search.")]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OutputOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="Write the run to this file. Default: .dalil/evals/NAME-TIME.json"),
]
SlicesOption: TypeAlias = Annotated[bool, typer.Option("--slices", help="Print every slice as well.")]
RunArgument: TypeAlias = Annotated[Path, typer.Argument(help="A file that `run` or `beir` wrote.")]
BeirOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--beir", metavar="FOLDER", help="A collection in BEIR's layout; may be repeated."),
]
