"""How long a question takes, stage by stage: a second pass over some of the questions, when everything is warm."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias

import numpy as np

from dalil.bootstrap import Engine
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import Mode
from evals.questions import EvalQuestion

SAMPLE = 100
"""Questions timed at most, spread evenly over the set."""

WARM_UP = 5

PERCENTILES = (50, 90, 99)

Stages: TypeAlias = Mapping[str, Callable[[str], object]]
"""Name → what is timed; each is timed by itself, so that a later stage holds what it repeats of an earlier one."""


def stages_of(engine: Engine, mode: Mode, *, with_answers: bool) -> Stages:
    """The question's vector alone; a whole search at its default limit; a whole answer, its own search included."""
    stages: dict[str, Callable[[str], object]] = {
        "embed": engine.embedder.embed_query,
        "search": lambda text: engine.retriever.search(text, mode=mode),
    }
    return stages | {"answer": engine.answerer.answer} if with_answers else stages


def measure(questions: Sequence[EvalQuestion], stages: Stages) -> dict[str, dict[str, float]]:
    """Stage → question id → wall time in milliseconds; a question that is refused is left out."""
    sample = questions[:: max(1, -(-len(questions) // SAMPLE))]
    return {stage: _timed(sample, ask) for stage, ask in stages.items()}


def percentiles(milliseconds: Sequence[float]) -> dict[int, float]:
    """p50, p90 and p99, interpolated linearly; empty for no values."""
    if not milliseconds:
        return {}
    return dict(zip(PERCENTILES, np.percentile(milliseconds, PERCENTILES).tolist(), strict=True))


def _timed(sample: Sequence[EvalQuestion], ask: Callable[[str], object]) -> dict[str, float]:
    times: dict[str, float] = {}
    for number, question in enumerate([*sample[:WARM_UP], *sample]):
        started = perf_counter()
        try:
            ask(question.text)
        except InvalidQuery:
            continue
        if number >= min(WARM_UP, len(sample)):
            times[question.id] = (perf_counter() - started) * 1_000
    return times
