"""The latency of a question by stage: a second pass over some of the questions, after a warm-up."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias

import numpy as np

from dalil.domain import Mode
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from dalil.retrieval.query import AnalyzedQuery
from evals.datasets.questions import EvalQuestion

MAX_TIMED_QUESTIONS = 100
"""Evenly spread over the set."""

WARM_UP_QUESTIONS = 5

PERCENTILES = (50, 90, 99)

Stage: TypeAlias = Callable[[str], Callable[[], object]]
"""Prepares the input from the text of a question, and returns the call to time. Both may raise `InvalidQuery`."""

Stages: TypeAlias = Mapping[str, Stage]
"""Name → stage. Each is timed alone, so that a later stage includes the work it shares with an earlier one."""


def search_stages(engine: Engine, mode: Mode, *, with_answers: bool) -> Stages:
    """The embedding of the question, the searches of the store in this mode, a whole search, and a whole answer.

    The searches of the store ask for as many candidates as the retriever does. The whole search has its default limit
    and embeds the question itself. An answer includes a search.
    """
    retriever = engine.retriever

    def analyze(text: str) -> AnalyzedQuery:
        return retriever.analyze_query(text, retriever.aliases)

    def embed(text: str) -> Callable[[], object]:
        question = analyze(text)
        return lambda: retriever.encoder.question(question.embedding_text, question.language)

    def keywords(text: str) -> Callable[[], object]:
        terms = analyze(text).terms
        return lambda: retriever.store.search_text(terms, retriever.candidates)

    def vectors(text: str) -> Callable[[], object]:
        question = analyze(text)
        vector = retriever.encoder.question(question.embedding_text, question.language).vector
        return lambda: retriever.store.search_vector(vector, retriever.candidates)

    stages: dict[str, Stage] = {"embed": embed}
    if mode is not Mode.SEMANTIC:
        stages["keywords"] = keywords
    if mode is not Mode.LEXICAL:
        stages["vectors"] = vectors
    stages["search"] = lambda text: lambda: retriever.search(text, mode=mode)
    if with_answers:
        stages["answer"] = lambda text: lambda: engine.answerer.answer(text)
    return stages


def measure_latencies(questions: Sequence[EvalQuestion], stages: Stages) -> dict[str, dict[str, float]]:
    """Stage → question id → wall time in milliseconds; a question that the engine refuses to read is left out."""
    sample = questions[:: max(1, -(-len(questions) // MAX_TIMED_QUESTIONS))]
    return {name: _time_stage(sample, stage) for name, stage in stages.items()}


def percentiles(milliseconds: Sequence[float]) -> dict[int, float]:
    """p50, p90 and p99 by linear interpolation; empty for no values."""
    if not milliseconds:
        return {}
    return dict(zip(PERCENTILES, np.percentile(milliseconds, PERCENTILES).tolist(), strict=True))


def _time_stage(sample: Sequence[EvalQuestion], stage: Stage) -> dict[str, float]:
    times: dict[str, float] = {}
    for number, question in enumerate([*sample[:WARM_UP_QUESTIONS], *sample]):
        try:
            call = stage(question.text)
            started = perf_counter()
            call()
        except InvalidQuery:
            continue
        if number >= min(WARM_UP_QUESTIONS, len(sample)):
            times[question.id] = (perf_counter() - started) * 1_000
    return times
