"""What each part of the engine is worth: every variant asked the same questions as the engine as it is, in one run."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import fmean, median
from time import perf_counter
from typing import TypeAlias

from dalil.engine import Engine
from dalil.errors import InvalidInput, InvalidQuery, StoreUnavailable, Unavailable
from dalil.settings import Settings
from evals.ablation import opensearch_baseline as peer
from evals.ablation.variants import AS_IT_IS, Making, Part, Variant, bytes_by_part
from evals.datasets.questions import EvalQuestion, QuestionSet
from evals.measures import ranking as measures
from evals.measures.judgements import Found, Judge
from evals.measures.statistics import Difference, Interval, difference, interval
from evals.runs.records import SetFacts
from evals.runs.runner import SECONDS_BETWEEN_LINES, Search
from evals.systems.temporary_index import OPENSEARCH_INDEX, Progress, indexed

MEASURE = "nDCG@10"

TURN = 10
"""Questions asked of one search before it is the next one's turn."""

SECOND_INDEX = f"{OPENSEARCH_INDEX}-variant"

Values: TypeAlias = Mapping[str, float]
"""Question id → a number."""


@dataclass(frozen=True, slots=True)
class Task:
    """A set of questions and how what is found for them is judged."""

    question_set: QuestionSet
    judge: Judge


@dataclass(frozen=True, slots=True)
class Line:
    """One variant on the questions of one set in one language.

    `milliseconds` is the median a question, `times` its ratio to that of the engine as it is, asked in turn with it:
    what else the machine does moves the first more than the second. `bytes_a_passage` is None where the variant changes
    nothing in what is stored. `missing` says why there are no numbers; all other fields are then None, as `difference`
    is in the line of the engine as it is.
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
    """The table, set by set, language by language, the engine as it is first in each; and what was measured."""

    store: str
    model: str
    runtime: str
    sets: tuple[SetFacts, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of a variant, or why nothing did.

    `before_milliseconds` are those of the engine as it is, asked in turn with the variant.
    """

    scores: Values = field(default_factory=dict)
    milliseconds: Values = field(default_factory=dict)
    before_milliseconds: Values = field(default_factory=dict)
    bytes_a_passage: float | None = None
    missing: str | None = None


def ablate(
    tasks: Sequence[Task],
    variants: Sequence[Variant],
    settings: Settings,
    progress: Progress,
    limit: int | None = None,
) -> Iterator[Ablation]:
    """Ask everything of everything; only questions that have an answer, and `limit` of a set at most.

    Gives the table so far each time a set is done; the last is the whole. Raises `InvalidInput` where no set has a
    question.
    """
    tasks = [replace(task, question_set=_answerable(task.question_set, limit)) for task in tasks]
    tasks = [task for task in tasks if task.question_set.questions]
    if not tasks:
        raise InvalidInput("there are no questions to ask: none of the sets has one with labelled evidence")
    sets: tuple[SetFacts, ...] = ()
    lines: tuple[Line, ...] = ()
    for task in tasks:
        part = _ablate(task, variants, settings, progress)
        sets, lines = sets + part.sets, lines + part.lines
        yield replace(part, sets=sets, lines=lines)


def spread(questions: Sequence[EvalQuestion], limit: int | None) -> tuple[EvalQuestion, ...]:
    """At most `limit` of the questions, the same ones each time, in their order: by a hash, so that all forms occur."""
    hashes = {
        question.id: hashlib.sha256(question.id.encode("utf-8", "surrogatepass")).digest() for question in questions
    }
    chosen = set(sorted(hashes, key=lambda key: hashes[key])[:limit])
    return tuple(question for question in questions if question.id in chosen)


def ask(
    questions: Sequence[EvalQuestion], searches: Mapping[str, Search], progress: Progress
) -> tuple[dict[str, dict[str, Sequence[Found]]], dict[str, dict[str, float]], dict[str, str]]:
    """Name → question id → passages; the same → milliseconds; the name of a search that failed → why.

    A few questions are asked of each search in turn, then the next few, each time beginning with another search: what
    else the machine does meets all alike, and two runtimes do not stand in each other's way at every question. A
    refused question finds nothing and has no time. `Unavailable` ends one search.
    """
    found: dict[str, dict[str, Sequence[Found]]] = {name: {} for name in searches}
    times: dict[str, dict[str, float]] = {name: {} for name in searches}
    failed: dict[str, str] = {}
    next_line = perf_counter() + SECONDS_BETWEEN_LINES
    names = list(searches)
    turns = [questions[start : start + TURN] for start in range(0, len(questions), TURN)]
    for number, few in enumerate([questions[:1], *turns]):  # the first is asked once more, when everything is warm
        first = number % len(names)
        for name in names[first:] + names[:first]:
            for question in few:
                if name in failed:
                    break
                started = perf_counter()
                try:
                    found[name][question.id] = searches[name](question.text)
                    times[name][question.id] = (perf_counter() - started) * 1_000
                except InvalidQuery:
                    found[name][question.id] = ()
                except Unavailable as error:
                    failed[name] = str(error)
            if perf_counter() >= next_line:
                next_line = perf_counter() + SECONDS_BETWEEN_LINES
                asked = sum(map(len, found.values()))
                progress(f"{asked:,} of {len(questions) * len(names):,} questions asked, in {len(names)} ways")
    return found, times, failed


def _answerable(question_set: QuestionSet, limit: int | None) -> QuestionSet:
    return replace(question_set, questions=spread([own for own in question_set.questions if own.labels], limit))


def _ablate(task: Task, variants: Sequence[Variant], settings: Settings, progress: Progress) -> Ablation:
    own = task.question_set
    with indexed(own.name, own.articles, settings, progress) as index:
        engine = index.engine
        facts = SetFacts(own.name, len(own.questions), index.articles, index.distractors, index.passages, index.corpus)
        table = Ablation(settings.store.kind, engine.embedder.model, engine.embedder.runtime, (facts,), ())
        here = [AS_IT_IS, *(variant for variant in variants if variant.making is None)]
        before = AS_IT_IS.way(engine)
        asked = _ask_here(task, here, engine, settings, progress, before=before)
        base = asked[AS_IT_IS.name]
        if base.missing is not None:
            raise StoreUnavailable(base.missing)
        for variant in variants:
            if variant.making is not None:
                why = variant.making.pointless(table.runtime, own.articles)
                asked[variant.name] = (
                    _Asked(missing=why)
                    if why
                    else _ask_elsewhere(task, variant, variant.making, settings, progress, before=before)
                )
    languages = dict.fromkeys(question.language for question in own.questions)
    lines = [
        _line(variant, asked[variant.name], base, task.question_set, language)
        for language in languages
        for variant in (AS_IT_IS, *variants)
    ]
    return replace(table, lines=tuple(lines))


def _ask_here(
    task: Task, variants: Sequence[Variant], engine: Engine, settings: Settings, progress: Progress, *, before: Search
) -> dict[str, _Asked]:
    """Name → what came of each variant that is asked of the engine's index; `before` is asked beside them."""
    searches = {variant.name: variant.way(engine) for variant in variants if variant.blend is None}
    searches[AS_IT_IS.name] = before
    blends = {variant.name: variant.blend for variant in variants if variant.blend is not None}
    failed: dict[str, str] = {}
    sizes: dict[str, float] = {}
    with ExitStack() as stack:
        if blends:
            try:
                beside = stack.enter_context(_peer(engine, task, settings, progress))
            except StoreUnavailable as error:
                failed = dict.fromkeys(blends, str(error))
            else:
                searches |= {name: partial(beside.search, blend=blend) for name, blend in blends.items()}
                sizes = dict.fromkeys(blends, beside.bytes_a_passage)
        rankings, times, ended = ask(task.question_set.questions, searches, progress)
    failed |= ended
    for name, why in failed.items():
        progress(f"{name} is missing: {why}")
    parts = bytes_by_part(engine.store, task.question_set.articles)
    sizes |= {own.name: sum(parts[part] for part in Part if part in own.keeps) for own in variants if own.keeps}
    return {
        variant.name: _Asked(missing=failed[variant.name])
        if variant.name in failed
        else _Asked(
            _scores(task, rankings[variant.name]),
            times[variant.name],
            times[AS_IT_IS.name],
            sizes.get(variant.name),
        )
        for variant in variants
    }


def _peer(engine: Engine, task: Task, settings: Settings, progress: Progress) -> AbstractContextManager[peer.Peer]:
    articles = task.question_set.articles
    passages = [stored for article in articles for stored in engine.store.article_passages(article.id)]
    progress(f"giving {len(passages):,} passages to OpenSearch at {settings.opensearch.url}")
    return peer.opened(settings.opensearch, passages, engine.embedder.embed_query)


def _ask_elsewhere(
    task: Task, variant: Variant, making: Making, settings: Settings, progress: Progress, *, before: Search
) -> _Asked:
    """What came of a variant with an index of its own."""
    own = task.question_set
    articles = tuple(making.articles(own.articles))
    progress(f"{variant.name}: {variant.changes}")
    try:
        with indexed(own.name, articles, making.settings(settings), progress, opensearch_index=SECOND_INDEX) as index:
            there = Task(replace(own, articles=articles), task.judge)
            found = _ask_here(there, [variant], index.engine, settings, progress, before=before)[variant.name]
    except Unavailable as error:
        progress(f"{variant.name} is missing: {error}")
        return _Asked(missing=str(error))
    if found.missing is None:
        progress(f"{variant.name} is done: {MEASURE} {fmean(found.scores.values()):.4f}")
    return found


def _scores(task: Task, rankings: Mapping[str, Sequence[Found]]) -> Values:
    judged = {own.id: task.judge(own, rankings.get(own.id, ())) for own in task.question_set.questions}
    found = measures.per_question(
        {key: own.qrels for key, own in judged.items()}, {key: own.documents for key, own in judged.items()}
    )
    return {key: values[MEASURE] for key, values in found.items()}


def _line(variant: Variant, asked: _Asked, base: _Asked, own: QuestionSet, language: str) -> Line:
    line = Line(variant.name, variant.changes, own.name, language, missing=asked.missing)
    if asked.missing is not None:
        return line
    questions = [question for question in own.questions if question.language == language]
    clusters = [question.cluster for question in questions]
    scores, before = ([one.scores[question.id] for question in questions] for one in (asked, base))
    took, before_took = (_median(times, questions) for times in (asked.milliseconds, asked.before_milliseconds))
    return replace(
        line,
        score=interval(scores, clusters),
        difference=None if variant is AS_IT_IS else difference(before, scores, clusters),
        milliseconds=took,
        times=took / before_took if took and before_took else None,
        bytes_a_passage=asked.bytes_a_passage,
    )


def _median(milliseconds: Values, questions: Sequence[EvalQuestion]) -> float | None:
    times = [milliseconds[question.id] for question in questions if question.id in milliseconds]
    return median(times) if times else None
