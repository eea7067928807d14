"""`python -m evals beir`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from dalil.domain import Mode
from dalil.settings import load_settings
from evals.commands.options import JsonOption, ModeOption, OutputOption, SlicesOption
from evals.commands.sets import run_and_save
from evals.commands.terminal import errors_in_one_line, print_run
from evals.datasets.beir import load_beir, question_set
from evals.datasets.news import load_news
from evals.datasets.paths import NEWS
from evals.measures.judgements import judge_by_article
from evals.reports.to_json import Json, facts_to_json, slices_to_json, summary_to_json
from evals.runs.experiment import Plan
from evals.runs.records import EvalRun
from evals.runs.summaries import summarise
from evals.systems.temporary_index import NO_DISTRACTORS, Distractors


def beir(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv.")],
    *,
    mode: ModeOption = Mode.HYBRID,
    distractors: Annotated[int, typer.Option(min=0, help="Passages of news articles to add as distractors.")] = 0,
    news_folder: Annotated[Path, typer.Option("--news", help="The folder of the zips with news articles.")] = NEWS,
    output: OutputOption = None,
    as_json: JsonOption = False,
    slices: SlicesOption = False,
) -> None:
    """Index a collection in BEIR's layout in a temporary index, and measure the ranking.

    Example: `python -m evals beir ../shared/data/beir/xquad_corpus-ar_query-en --json`
    """
    with errors_in_one_line():
        collection = load_beir(folder)
        added = Distractors(load_news(news_folder), distractors) if distractors else NO_DISTRACTORS
        plan = Plan(collection.name, mode, judge_by_article, with_answers=False, distractors=added)
        run = run_and_save([question_set(collection)], load_settings(), plan, output)
    if as_json:
        typer.echo(json.dumps(_to_json(run), ensure_ascii=False))
    else:
        print_run(run, slices=slices)


def _to_json(run: EvalRun) -> Json:
    (facts,) = run.facts.sets
    return (
        {"collection": facts.name}
        | facts_to_json(run)
        | {"documents": facts.articles, "queries": facts.questions, "passages": facts.passages}
        | {"distractors": facts.distractors}
        | summary_to_json(summarise(run.rows))
        | {"slices": slices_to_json(run)}
    )
