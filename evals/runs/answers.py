"""The whole way from a question to an answer, for one generator or for several side by side."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter

from dalil.answering.answerer import Answerer, SentenceReady
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.generator import Generator
from dalil.bootstrap import Progress
from dalil.domain import Answer, RefusalReason
from dalil.errors import GeneratorUnavailable, InvalidInput
from dalil.settings import Settings
from dalil.statistics import Difference, difference
from evals.datasets.questions import QuestionSet, sample_questions
from evals.measures.answers import ANSWER_MEASURES
from evals.measures.judgements import judge_by_label
from evals.measures.latencies import percentiles
from evals.runs.comparison import Outcome, decide
from evals.runs.records import QuestionResult
from evals.runs.results import ask_all, score_questions
from evals.systems.temporary_index import temporary_index

MAX_FAILURES = 3
"""Answers that a model fails to write before it has written any, after which it is not asked again."""


ASKED_MODEL = frozenset({None, RefusalReason.GENERATOR_DECLINED, RefusalReason.NOTHING_SUPPORTED})
"""The reasons of refusals after a model was asked; None is an answer."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds from a question to the first sentence, None without a sentence, and to the whole answer."""

    first_sentence_seconds: float | None
    whole_seconds: float


@dataclass(frozen=True, slots=True)
class AnswersRun:
    """The answers of one generator.

    `timings` is set and question (`set/id`) → times, without questions that the engine refuses to read. `fallbacks`
    counts the answers that the extractive generator wrote because this one failed, and `failure` is the note of one.
    """

    generator: str
    rows: tuple[QuestionResult, ...]
    timings: Mapping[str, Timing]
    fallbacks: int
    failure: str


@dataclass(frozen=True, slots=True)
class GeneratorComparison:
    """One measure of two generators over the same questions; the difference is the second minus the first."""

    measure: str
    difference: Difference
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _TimedAnswer:
    answer: Answer
    timing: Timing


def run_answers(
    sets: Sequence[QuestionSet], settings: Settings, progress: Progress, limit: int | None = None
) -> list[AnswersRun]:
    """Answer the questions of each set with the extractive generator, and with a model if the settings name one.

    `limit` is the number of questions of each set at most. Raises `InvalidInput` without questions, and
    `GeneratorUnavailable` if the model fails at the first `MAX_FAILURES` answers.
    """
    sets = [replace(one, questions=sample_questions(one.questions, limit)) for one in sets if one.questions]
    if not sets:
        raise InvalidInput("there are no questions to ask: --half names a half that the sets have, dev or test")
    parts: dict[str, list[AnswersRun]] = {}
    for question_set in sets:
        with (
            temporary_index(question_set.name, question_set.articles, settings, progress) as index,
            closing(index.engine.answerer.generator),
        ):
            for generator in _generators(index.engine.answerer):
                answerer = replace(index.engine.answerer, generator=generator)
                parts.setdefault(generator.name, []).append(_answer_set(question_set, answerer, progress))
    return [_join(name, runs) for name, runs in parts.items()]


def compare_generators(before: AnswersRun, after: AnswersRun) -> list[GeneratorComparison]:
    """Compare every measure of answers, paired by question."""
    clusters = [row.cluster for row in after.rows]
    comparisons = []
    for measure in ANSWER_MEASURES:
        values = [[row.measures.get(measure) for row in run.rows] for run in (before, after)]
        found = difference(values[0], values[1], clusters)
        if found is not None:
            comparisons.append(GeneratorComparison(measure, found, decide(measure, found)))
    return comparisons


def percentile_seconds(run: AnswersRun) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """The median and the 90th percentile of the time to the first sentence, and of the whole time; None for none."""
    first = [one.first_sentence_seconds for one in run.timings.values() if one.first_sentence_seconds is not None]
    to_first, whole = percentiles(first), percentiles([one.whole_seconds for one in run.timings.values()])
    return (to_first.get(50), to_first.get(90)), (whole.get(50), whole.get(90))


def _generators(answerer: Answerer) -> list[Generator]:
    extractive = ExtractiveGenerator()
    return [extractive] if answerer.generator.name == extractive.name else [extractive, answerer.generator]


def _answer_set(question_set: QuestionSet, answerer: Answerer, progress: Progress) -> AnswersRun:
    name = answerer.generator.name
    fallbacks: list[Answer] = []
    written = 0

    def answer(text: str) -> _TimedAnswer:
        nonlocal written
        timed = _time_answer(answerer, text)
        if timed.answer.generator != name:
            fallbacks.append(timed.answer)
        elif timed.answer.refusal_reason in ASKED_MODEL:
            written += 1
        if len(fallbacks) == MAX_FAILURES and not written:
            raise GeneratorUnavailable(f"{name}: {_failure_of(fallbacks)}; check that a model is served at the address")
        return timed

    verb = f"of {question_set.name} answered by {name}"
    timed = dict(ask_all(question_set.questions, answer, verb, progress))
    return AnswersRun(
        generator=name,
        rows=score_questions(
            question_set,
            {},
            judge_by_label,
            answers={key: one.answer if one else None for key, one in timed.items()},
            keep_text=False,
        ),
        timings={f"{question_set.name}/{key}": one.timing for key, one in timed.items() if one},
        fallbacks=len(fallbacks),
        failure=_failure_of(fallbacks),
    )


def _failure_of(fallbacks: Sequence[Answer]) -> str:
    """The cause in the first note, which goes on with what the answer is made of instead."""
    return next((note.partition(";")[0] for answer in fallbacks for note in answer.notes), "")


def _join(name: str, runs: Sequence[AnswersRun]) -> AnswersRun:
    return AnswersRun(
        generator=name,
        rows=tuple(row for run in runs for row in run.rows),
        timings={key: timing for run in runs for key, timing in run.timings.items()},
        fallbacks=sum(run.fallbacks for run in runs),
        failure=next((run.failure for run in runs if run.failure), ""),
    )


def _time_answer(answerer: Answerer, text: str) -> _TimedAnswer:
    started = perf_counter()
    first: float | None = None
    for event in answerer.stream(text):
        if isinstance(event, SentenceReady) and first is None:
            first = perf_counter() - started
        elif isinstance(event, Answer):
            return _TimedAnswer(event, Timing(first, perf_counter() - started))
    raise AssertionError("a stream of answers ends with the answer")
