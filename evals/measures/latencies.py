"""How long a question takes, stage by stage: a second pass over some of the questions, when everything is warm."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias

import numpy as np

from dalil.domain import Mode
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from dalil.retrieval.query import AnalyzedQuery
from evals.datasets.questions import EvalQuestion

SAMPLE = 100
"""Questions timed at most, spread evenly over the set."""

WARM_UP = 5

PERCENTILES = (50, 90, 99)

Stage: TypeAlias = Callable[[str], Callable[[], object]]
"""Makes ready what is asked of a question's text, and gives what is timed; either may raise `InvalidQuery`."""

Stages: TypeAlias = Mapping[str, Stage]
"""Name → stage; each is timed by itself, so that a later stage holds what it repeats of an earlier one."""


def stages_of(engine: Engine, mode: Mode, *, with_answers: bool) -> Stages:
    """The model's reading of the question; the store's searches, those of the mode; a whole search; a whole answer.

    The store is searched for as many candidates as the retriever asks it for. A search, at its default limit, reads the
    question and searches the store itself, and an answer searches.
    """
    retriever = engine.retriever

    def understood(text: str) -> AnalyzedQuery:
        return retriever.analyze_query(text, retriever.aliases)

    def embed(text: str) -> Callable[[], object]:
        question = understood(text)
        return lambda: retriever.encoder.question(question.embedding_text, question.language)

    def keywords(text: str) -> Callable[[], object]:
        terms = understood(text).terms
        return lambda: retriever.store.search_text(terms, retriever.candidates)

    def vectors(text: str) -> Callable[[], object]:
        question = understood(text)
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


def measure(questions: Sequence[EvalQuestion], stages: Stages) -> dict[str, dict[str, float]]:
    """Stage → question id → wall time in milliseconds; a question that is refused is left out."""
    sample = questions[:: max(1, -(-len(questions) // SAMPLE))]
    return {name: _timed(sample, stage) for name, stage in stages.items()}


def percentiles(milliseconds: Sequence[float]) -> dict[int, float]:
    """p50, p90 and p99, interpolated linearly; empty for no values."""
    if not milliseconds:
        return {}
    return dict(zip(PERCENTILES, np.percentile(milliseconds, PERCENTILES).tolist(), strict=True))


def _timed(sample: Sequence[EvalQuestion], stage: Stage) -> dict[str, float]:
    times: dict[str, float] = {}
    for number, question in enumerate([*sample[:WARM_UP], *sample]):
        try:
            ask = stage(question.text)
            started = perf_counter()
            ask()
        except InvalidQuery:
            continue
        if number >= min(WARM_UP, len(sample)):
            times[question.id] = (perf_counter() - started) * 1_000
    return times
