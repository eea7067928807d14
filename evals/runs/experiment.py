"""One run from start to end: index each set by itself, ask its questions, and put everything down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import JsonValue

from dalil.domain import Mode
from dalil.engine import Engine
from dalil.errors import InvalidInput
from dalil.settings import Settings
from evals.datasets.questions import QuestionSet
from evals.measures import latencies
from evals.measures.judgements import Judge, by_label
from evals.runs.records import FORMAT, EvalRun, Facts, Row, SetFacts
from evals.runs.runner import answers, rank, rows, searching
from evals.systems.temporary_index import NO_DISTRACTORS, Distractors, OwnIndex, Progress, indexed

GROUPS = ("embedding", "indexing", "retrieval", "answering")
"""The groups of settings that bear on a result."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does; `withheld` names the sets of whose articles no word is put down."""

    name: str
    mode: Mode = Mode.HYBRID
    judge: Judge = by_label
    with_answers: bool = True
    with_latencies: bool = True
    distractors: Distractors = NO_DISTRACTORS
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Part:
    """What one set brought."""

    facts: Facts
    rows: tuple[Row, ...]
    latencies: Mapping[str, Mapping[str, float]]


def only_half(question_set: QuestionSet, half: str) -> QuestionSet:
    """The set with the questions of one half; all its articles stay."""
    return replace(question_set, questions=tuple(own for own in question_set.questions if own.half == half))


def carry_out(sets: Sequence[QuestionSet], settings: Settings, plan: Plan, progress: Progress) -> EvalRun:
    """The run over the sets, one after the other; raises `InvalidInput` where no set has a question."""
    sets = [own for own in sets if own.questions]
    if not sets:
        raise InvalidInput("there are no questions to ask: --half names a half that the sets have, dev or test")
    parts = []
    for question_set in sets:
        with indexed(question_set.name, question_set.articles, settings, progress, plan.distractors) as own:
            parts.append(_part(question_set, own, settings, plan, progress))
    return EvalRun(
        format=FORMAT,
        facts=replace(parts[0].facts, sets=tuple(one for part in parts for one in part.facts.sets)),
        rows=tuple(row for part in parts for row in part.rows),
        latencies={
            stage: {key: time for part in parts for key, time in part.latencies[stage].items()}
            for stage in parts[0].latencies
        },
    )


def _part(question_set: QuestionSet, own: OwnIndex, settings: Settings, plan: Plan, progress: Progress) -> _Part:
    name, questions = question_set.name, question_set.questions
    rankings = rank(questions, searching(own.engine, plan.mode), progress)
    given = answers(questions, own.engine.answerer.answer, progress) if plan.with_answers else None
    keep_text = name not in plan.withheld
    found = rows(name, questions, question_set.articles, rankings, plan.judge, given=given, keep_text=keep_text)
    counts = SetFacts(name, len(questions), own.articles, own.distractors, own.passages, own.corpus)
    stages = latencies.stages_of(own.engine, plan.mode, with_answers=plan.with_answers)
    timed = latencies.measure(questions, stages) if plan.with_latencies else {}
    return _Part(
        facts=replace(_facts(own.engine, settings, plan), sets=(counts,)),
        rows=found,
        latencies={
            stage: {f"{name}/{key}": milliseconds for key, milliseconds in times.items()}
            for stage, times in timed.items()
        },
    )


def _facts(engine: Engine, settings: Settings, plan: Plan) -> Facts:
    chosen: dict[str, JsonValue] = {group: getattr(settings, group).model_dump(mode="json") for group in GROUPS}
    made_by = engine.fingerprint
    return Facts(
        name=plan.name,
        when=datetime.now(UTC).replace(microsecond=0),
        mode=plan.mode.value,
        store=settings.store.kind,
        model=engine.embedder.model,
        runtime=engine.embedder.runtime,
        index={name: getattr(made_by, name) for name in made_by.__slots__},
        settings=chosen,
        sets=(),
    )
