"""`python -m evals ablate`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dalil.errors import InvalidInput
from dalil.settings import load_settings
from evals.ablation.ablate import AblationTask
from evals.ablation.ablate import ablate as ablate_sets
from evals.ablation.variants import VARIANTS, Variant
from evals.commands.options import BeirOption, Half, JsonOption
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.datasets.beir import load_collections, question_set
from evals.datasets.own_sets import load_seeds
from evals.datasets.questions import select_half
from evals.measures.judgements import judge_by_article, judge_by_label
from evals.reports.ablation_page import ablation_page
from evals.reports.ablation_table import ablation_table
from evals.reports.to_json import ablation_to_json


def ablate(
    *,
    folders: BeirOption = None,
    own: Annotated[
        bool, typer.Option("--own", help="The development half of the own set too; it is the default without --beir.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Only variants with this text in their name; repeatable.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Questions of a set at most, for a quick look.")] = None,
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the table as JSON to this file too.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", dir_okay=False, help="Draw it to this file as HTML too.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the worth of each part of retrieval: variants of the engine, and OpenSearch's own hybrid search.

    OpenSearch needs a node at DALIL_OPENSEARCH__URL; without a node its rows say so. Files are written after each set.

    Example: `python -m evals ablate --own --beir ../shared/data/beir/xquad_corpus-ar_query-en --limit 100`
    """
    with errors_in_one_line():
        variants = _select_variants(only or ())
        for ablation in ablate_sets(_load_tasks(folders or (), own=own), variants, load_settings(), say, limit):
            if output:
                _write(output, json.dumps(ablation_to_json(ablation), ensure_ascii=False, indent=1))
            if page:
                _write(page, ablation_page(ablation))
    if as_json:
        typer.echo(json.dumps(ablation_to_json(ablation), ensure_ascii=False))
    else:
        open_console().print(ablation_table(ablation))


def _load_tasks(folders: Sequence[Path], *, own: bool) -> list[AblationTask]:
    tasks = [AblationTask(question_set(collection), judge_by_article) for collection in load_collections(folders)]
    if own or not tasks:
        tasks.insert(0, AblationTask(select_half(load_seeds(), Half.DEV.value), judge_by_label))
    return tasks


def _select_variants(only: Sequence[str]) -> list[Variant]:
    selected = [variant for variant in VARIANTS if not only or any(text in variant.name for text in only)]
    if not selected:
        names = ", ".join(variant.name for variant in VARIANTS)
        raise InvalidInput(f"--only: no name of a variant contains {' or '.join(map(repr, only))}; they are {names}")
    return selected


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
