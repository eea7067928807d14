"""`python -m evals claims`."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dalil.bootstrap import build_verifier
from dalil.errors import InvalidInput
from dalil.settings import load_settings
from evals.commands.options import Half, JsonOption
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.datasets.claims import CLAIMS, load_claims
from evals.datasets.model_sentences import MODEL_SENTENCES, load_model_sentences
from evals.datasets.paths import SEEDS
from evals.measures.claims import check_claims
from evals.reports.answer_tables import claims_table
from evals.reports.to_json import claims_to_json


class ClaimSet(StrEnum):
    """The labelled claims of the project: written by hand, or by a language model."""

    OWN = "own"
    MODEL = "model"


def claims(
    *,
    own: Annotated[ClaimSet, typer.Option("--set", help="Written by hand, or by a language model.")] = ClaimSet.OWN,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Claims of your own instead: JSONL.")
    ] = None,
    articles: Annotated[Path, typer.Option(help="The folder of articles that your claims quote.")] = SEEDS,
    half: Annotated[Half, typer.Option(help="Which claims.")] = Half.ALL,
    as_json: JsonOption = False,
) -> None:
    """Measure how often the verifier errs, on sentences that their quotes support, in part, or not.

    A line of a file: `{"id", "lang", "sentence", "quotes", "label": "supported", "partial" or "unsupported", "kind"}`;
    a quote is text, or `{"article", "start", "end"}`.

    Examples: `python -m evals claims --half test`, `python -m evals claims --set model --half test`
    """
    with errors_in_one_line():
        if file is None and own is ClaimSet.MODEL:
            name, labelled = MODEL_SENTENCES, load_model_sentences()
        else:
            name = file or CLAIMS
            labelled = load_claims(name, articles)
        selected = [claim for claim in labelled if half is Half.ALL or claim.half == half.value]
        if not selected:
            raise InvalidInput(f"{name}: no claim is of the half {half.value!r}")
        verifier = build_verifier(load_settings(), say)
        results = check_claims(selected, verifier.check)
    if as_json:
        typer.echo(json.dumps(claims_to_json(results), ensure_ascii=False))
    else:
        open_console().print(claims_table(results, f"{len(results)} claims"))
