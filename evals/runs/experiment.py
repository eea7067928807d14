"""A whole run: index each set, ask its questions, and record the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import JsonValue

from dalil.bootstrap import Progress
from dalil.domain import Mode
from dalil.engine import Engine
from dalil.errors import InvalidInput
from dalil.settings import Settings
from evals.datasets.questions import QuestionSet
from evals.measures.judgements import Judge, judge_by_label
from evals.measures.latencies import measure_latencies, search_stages
from evals.runs.records import FORMAT, EvalRun, QuestionResult, RunFacts, SetFacts
from evals.runs.results import answer_all, rank_all, score_questions
from evals.systems.search import engine_search
from evals.systems.temporary_index import NO_DISTRACTORS, Distractors, TemporaryIndex, temporary_index

RECORDED_SETTINGS = ("embedding", "indexing", "retrieval", "answering")
"""The groups of settings that affect a result."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of a run; `withheld` names the sets whose articles no run file may quote."""

    name: str
    mode: Mode = Mode.HYBRID
    judge: Judge = judge_by_label
    with_answers: bool = True
    with_latencies: bool = True
    distractors: Distractors = NO_DISTRACTORS
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _SetRun:
    """The part of a run that comes from one set."""

    facts: RunFacts
    rows: tuple[QuestionResult, ...]
    latencies: Mapping[str, Mapping[str, float]]


def run_experiment(sets: Sequence[QuestionSet], settings: Settings, plan: Plan, progress: Progress) -> EvalRun:
    """Run the sets one after the other; raises `InvalidInput` if no set has a question."""
    sets = [question_set for question_set in sets if question_set.questions]
    if not sets:
        raise InvalidInput("there are no questions to ask: --half names a half that the sets have, dev or test")
    parts = []
    for question_set in sets:
        with temporary_index(question_set.name, question_set.articles, settings, progress, plan.distractors) as index:
            parts.append(_run_set(question_set, index, settings, plan, progress))
    return EvalRun(
        format=FORMAT,
        facts=replace(parts[0].facts, sets=tuple(facts for part in parts for facts in part.facts.sets)),
        rows=tuple(row for part in parts for row in part.rows),
        latencies={
            stage: {key: time for part in parts for key, time in part.latencies[stage].items()}
            for stage in parts[0].latencies
        },
    )


def _run_set(
    question_set: QuestionSet, index: TemporaryIndex, settings: Settings, plan: Plan, progress: Progress
) -> _SetRun:
    name, questions, engine = question_set.name, question_set.questions, index.engine
    rankings = rank_all(questions, engine_search(engine, plan.mode), progress)
    answers = answer_all(questions, engine.answerer.answer, progress) if plan.with_answers else None
    rows = score_questions(question_set, rankings, plan.judge, answers=answers, keep_text=name not in plan.withheld)
    facts = SetFacts(name, len(questions), index.articles, index.distractors, index.passages, index.corpus)
    stages = search_stages(engine, plan.mode, with_answers=plan.with_answers)
    latencies = measure_latencies(questions, stages) if plan.with_latencies else {}
    return _SetRun(
        facts=replace(_run_facts(engine, settings, plan), sets=(facts,)),
        rows=rows,
        latencies={
            stage: {f"{name}/{key}": milliseconds for key, milliseconds in times.items()}
            for stage, times in latencies.items()
        },
    )


def _run_facts(engine: Engine, settings: Settings, plan: Plan) -> RunFacts:
    recorded: dict[str, JsonValue] = {
        group: getattr(settings, group).model_dump(mode="json") for group in RECORDED_SETTINGS
    }
    fingerprint = engine.fingerprint
    return RunFacts(
        name=plan.name,
        when=datetime.now(UTC).replace(microsecond=0),
        mode=plan.mode.value,
        store=settings.store.kind,
        model=engine.embedder.model,
        runtime=engine.embedder.runtime,
        index={name: getattr(fingerprint, name) for name in fingerprint.__slots__},
        settings=recorded,
        sets=(),
    )
