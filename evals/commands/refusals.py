"""`python -m evals refusals`."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from dalil.settings import load_settings
from evals.commands.options import BeirOption, Half, JsonOption, OwnSet
from evals.commands.sets import load_own_sets
from evals.commands.terminal import errors_in_one_line, open_console, say
from evals.datasets.beir import load_collections, question_set
from evals.datasets.questions import QuestionSet, select_half
from evals.measures.refusals import Sample, collect_samples, fit_confidence, out_of_domain_questions
from evals.reports.answer_tables import refusals_table
from evals.reports.to_json import refusals_to_json


def refusals(
    *,
    folders: BeirOption = None,
    own: Annotated[bool, typer.Option("--own", help="The own sets too; they are the default without --beir.")] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Print weights fitted to the questions outside the test halves.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure refusals: of questions asked with the articles that answer them, without them, and unanswerable ones.

    Example: `python -m evals refusals --own --beir ../shared/data/beir/xquad_corpus-ar_query-en`
    """
    with errors_in_one_line():
        settings = load_settings()
        collections = [question_set(collection) for collection in load_collections(folders or ())]
        own_sets = load_own_sets(OwnSet.ALL) if own or not collections else []
        # A collection is asked the development halves alone, because its samples are fitted whole.
        dev_halves = [select_half(one, Half.DEV.value) for one in own_sets]
        others: list[tuple[QuestionSet, list[QuestionSet]]] = [
            *((one, collections) for one in own_sets),
            *((one, [*dev_halves, *collections]) for one in collections),
        ]
        samples = [
            sample
            for one, sets in others
            for sample in collect_samples(one, settings, say, out_of_domain_questions(one, sets))
        ]
    threshold = settings.answering.threshold
    if as_json:
        typer.echo(json.dumps(refusals_to_json(samples, threshold), ensure_ascii=False))
    else:
        open_console().print(refusals_table(samples, threshold))
    if fit:
        _print_weights(samples, tested={one.name for one in own_sets})


def _print_weights(samples: Sequence[Sample], *, tested: set[str]) -> None:
    kept = [one for one in samples if one.set not in tested or one.half != Half.TEST.value]
    for language, fitted in fit_confidence(kept).items():
        for name, numbers in (
            ("TOPICALITY_WEIGHTS", fitted.topicality),
            ("ANSWERABILITY_WEIGHTS", fitted.answerability),
            ("CALIBRATION", fitted.calibration),
            ("ANSWER_THRESHOLDS", (fitted.answer_threshold,)),
            ("RELATED_THRESHOLDS", (fitted.related_threshold,)),
        ):
            say(f"{name} {language}: {', '.join(f'{number:.3g}' for number in numbers)}")
