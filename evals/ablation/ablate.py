"""The worth of each part of the engine: every variant gets the same questions as the default engine, in one run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean, median
from typing import TypeAlias

from dalil.bootstrap import Progress
from dalil.engine import Engine
from dalil.errors import InvalidInput, StoreUnavailable, Unavailable
from dalil.settings import Settings
from dalil.statistics import Difference, Interval, difference, interval
from evals.ablation.index_parts import IndexPart, bytes_by_part
from evals.ablation.opensearch_baseline import OpenSearchBaseline, opensearch_baseline
from evals.ablation.turns import search_in_turns
from evals.ablation.variants import DEFAULT_ENGINE, IndexVariant, Variant
from evals.datasets.questions import EvalQuestion, QuestionSet, sample_questions
from evals.measures.judgements import Judge
from evals.measures.ranking import score_rankings
from evals.runs.records import SetFacts
from evals.systems.search import RankedPassage, Search
from evals.systems.temporary_index import OPENSEARCH_INDEX, temporary_index

MEASURE = "nDCG@10"

SECOND_INDEX = f"{OPENSEARCH_INDEX}-variant"
"""The name of a second index that exists beside the index of the default engine."""

ValueByQuestion: TypeAlias = Mapping[str, float]
"""Question id → a number."""


@dataclass(frozen=True, slots=True)
class AblationTask:
    """A set of questions, and the judge of the rankings."""

    question_set: QuestionSet
    judge: Judge


@dataclass(frozen=True, slots=True)
class AblationRow:
    """One variant on the questions of one set in one language.

    `milliseconds` is the median of a question, and `times` its ratio to the median of the default engine in the same
    turns. Other load on the machine affects the ratio less. `bytes_a_passage` is None if the variant stores the same as
    the default engine. `missing` says why there are no numbers; all other values are then None. `difference` is None in
    the row of the default engine too.
    """

    variant: str
    changes: str
    set: str
    language: str
    score: Interval | None = None
    difference: Difference | None = None
    milliseconds: float | None = None
    times: float | None = None
    bytes_a_passage: float | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Ablation:
    """The table by set and language, the default engine first in each; and what was measured."""

    store: str
    model: str
    runtime: str
    sets: tuple[SetFacts, ...]
    rows: tuple[AblationRow, ...]


@dataclass(frozen=True, slots=True)
class _VariantResult:
    """The measurements of a variant, or the reason for having none.

    `default_milliseconds` are those of the default engine in the same turns.
    """

    scores: ValueByQuestion = field(default_factory=dict)
    milliseconds: ValueByQuestion = field(default_factory=dict)
    default_milliseconds: ValueByQuestion = field(default_factory=dict)
    bytes_a_passage: float | None = None
    missing: str | None = None


def ablate(
    tasks: Sequence[AblationTask],
    variants: Sequence[Variant],
    settings: Settings,
    progress: Progress,
    limit: int | None = None,
) -> Iterator[Ablation]:
    """Measure every variant on the answerable questions of every set, at most `limit` questions a set.

    Yields the table so far after each set; the last one is complete. Raises `InvalidInput` if no set has an answerable
    question.
    """
    tasks = [replace(task, question_set=_select_answerable(task.question_set, limit)) for task in tasks]
    tasks = [task for task in tasks if task.question_set.questions]
    if not tasks:
        raise InvalidInput("there are no questions to ask: none of the sets has one with labelled evidence")
    sets: tuple[SetFacts, ...] = ()
    rows: tuple[AblationRow, ...] = ()
    for task in tasks:
        table = _ablate_set(task, variants, settings, progress)
        sets, rows = sets + table.sets, rows + table.rows
        yield replace(table, sets=sets, rows=rows)


def _select_answerable(question_set: QuestionSet, limit: int | None) -> QuestionSet:
    answerable = [question for question in question_set.questions if question.labels]
    return replace(question_set, questions=sample_questions(answerable, limit))


def _ablate_set(task: AblationTask, variants: Sequence[Variant], settings: Settings, progress: Progress) -> Ablation:
    question_set = task.question_set
    name, questions, articles = question_set.name, question_set.questions, question_set.articles
    with temporary_index(name, articles, settings, progress) as index:
        engine = index.engine
        facts = SetFacts(name, len(questions), index.articles, index.distractors, index.passages, index.corpus)
        table = Ablation(settings.store.kind, engine.embedder.model, engine.embedder.runtime, (facts,), ())
        same_index = [DEFAULT_ENGINE, *(variant for variant in variants if variant.index_variant is None)]
        default_search = DEFAULT_ENGINE.search_factory(engine)
        results = _measure(task, same_index, engine, settings, progress, default_search=default_search)
        baseline = results[DEFAULT_ENGINE.name]
        if baseline.missing is not None:
            raise StoreUnavailable(baseline.missing)
        for variant in variants:
            if variant.index_variant is None:
                continue
            if reason := variant.index_variant.reason_to_skip(table.runtime, articles):
                results[variant.name] = _VariantResult(missing=reason)
            else:
                results[variant.name] = _measure_on_second_index(
                    task, variant, variant.index_variant, settings, progress, default_search=default_search
                )
    languages = dict.fromkeys(question.language for question in questions)
    rows = [
        _to_row(variant, results[variant.name], baseline, question_set, language)
        for language in languages
        for variant in (DEFAULT_ENGINE, *variants)
    ]
    return replace(table, rows=tuple(rows))


def _measure(
    task: AblationTask,
    variants: Sequence[Variant],
    engine: Engine,
    settings: Settings,
    progress: Progress,
    *,
    default_search: Search,
) -> dict[str, _VariantResult]:
    """Name → the result of each variant on the index of `engine`; `default_search` takes turns with them."""
    searches = {variant.name: variant.search_factory(engine) for variant in variants if not variant.hybrid_weights}
    searches[DEFAULT_ENGINE.name] = default_search
    weights = {variant.name: variant.hybrid_weights for variant in variants if variant.hybrid_weights}
    failures: dict[str, str] = {}
    sizes: dict[str, float] = {}
    with ExitStack() as stack:
        if weights:
            try:
                opensearch = stack.enter_context(_open_baseline(engine, task, settings, progress))
            except StoreUnavailable as error:
                failures = dict.fromkeys(weights, str(error))
            else:
                searches |= {name: partial(opensearch.search, weights=one) for name, one in weights.items()}
                sizes = dict.fromkeys(weights, opensearch.bytes_a_passage)
        timed = search_in_turns(task.question_set.questions, searches, progress)
    failures |= {name: result.failure for name, result in timed.items() if result.failure is not None}
    for name, reason in failures.items():
        progress(f"{name} is missing: {reason}")
    part_sizes = bytes_by_part(engine.store, task.question_set.articles)
    for variant in variants:
        if variant.parts:
            sizes[variant.name] = sum(part_sizes[part] for part in IndexPart if part in variant.parts)
    return {
        variant.name: _VariantResult(missing=failures[variant.name])
        if variant.name in failures
        else _VariantResult(
            _score(task, timed[variant.name].rankings),
            timed[variant.name].milliseconds,
            timed[DEFAULT_ENGINE.name].milliseconds,
            sizes.get(variant.name),
        )
        for variant in variants
    }


def _open_baseline(
    engine: Engine, task: AblationTask, settings: Settings, progress: Progress
) -> AbstractContextManager[OpenSearchBaseline]:
    articles = task.question_set.articles
    passages = [stored for article in articles for stored in engine.store.article_passages(article.id)]
    progress(f"indexing {len(passages):,} passages in OpenSearch at {settings.opensearch.url[0]}")
    return opensearch_baseline(settings.opensearch, passages, engine.embedder.embed_query)


def _measure_on_second_index(
    task: AblationTask,
    variant: Variant,
    index_variant: IndexVariant,
    settings: Settings,
    progress: Progress,
    *,
    default_search: Search,
) -> _VariantResult:
    question_set = task.question_set
    articles = tuple(index_variant.articles(question_set.articles))
    changed_task = AblationTask(replace(question_set, articles=articles), task.judge)
    changed_settings = index_variant.settings(settings)
    progress(f"{variant.name}: {variant.changes}")
    try:
        with temporary_index(
            question_set.name, articles, changed_settings, progress, opensearch_index=SECOND_INDEX
        ) as index:
            results = _measure(changed_task, [variant], index.engine, settings, progress, default_search=default_search)
    except Unavailable as error:
        progress(f"{variant.name} is missing: {error}")
        return _VariantResult(missing=str(error))
    result = results[variant.name]
    if result.missing is None:
        progress(f"{variant.name} is done: {MEASURE} {fmean(result.scores.values()):.4f}")
    return result


def _score(task: AblationTask, rankings: Mapping[str, Sequence[RankedPassage]]) -> ValueByQuestion:
    judged = {
        question.id: task.judge(question, rankings.get(question.id, ())) for question in task.question_set.questions
    }
    values = score_rankings(
        {key: one.qrels for key, one in judged.items()}, {key: one.documents for key, one in judged.items()}
    )
    return {key: measures[MEASURE] for key, measures in values.items()}


def _to_row(
    variant: Variant, result: _VariantResult, baseline: _VariantResult, question_set: QuestionSet, language: str
) -> AblationRow:
    row = AblationRow(variant.name, variant.changes, question_set.name, language, missing=result.missing)
    if result.missing is not None:
        return row
    questions = [question for question in question_set.questions if question.language == language]
    clusters = [question.cluster for question in questions]
    scores, default_scores = ([one.scores[question.id] for question in questions] for one in (result, baseline))
    milliseconds = _median(result.milliseconds, questions)
    default_milliseconds = _median(result.default_milliseconds, questions)
    return replace(
        row,
        score=interval(scores, clusters),
        difference=None if variant is DEFAULT_ENGINE else difference(default_scores, scores, clusters),
        milliseconds=milliseconds,
        times=milliseconds / default_milliseconds if milliseconds and default_milliseconds else None,
        bytes_a_passage=result.bytes_a_passage,
    )


def _median(milliseconds: ValueByQuestion, questions: Sequence[EvalQuestion]) -> float | None:
    times = [milliseconds[question.id] for question in questions if question.id in milliseconds]
    return median(times) if times else None
