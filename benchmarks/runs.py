"""A run: each system indexes in one process and searches in another, one after the other."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from pydantic import BaseModel

from benchmarks.machine import describe_machine
from benchmarks.measurements import questions_needed
from benchmarks.records import Benchmark, IndexingResult, SearchResult, SystemName, SystemResult, Task
from benchmarks.systems.base import Progress
from benchmarks.worker import EXIT_INTERRUPTED, EXIT_UNAVAILABLE
from dalil.errors import DalilError, InvalidInput, StoreUnavailable
from dalil.settings import OpenSearchSettings, load_settings
from evals.datasets.own_sets import load_news_questions
from evals.systems.opensearch_index import open_index

Result = TypeVar("Result", bound=BaseModel)

MODEL = "multilingual-e5-small"
OPENSEARCH_INDEX_PREFIX = "dalil-benchmarks"

QUIET = {"TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1", "LANCE_LOG": "error"}
"""Leaves the lines of progress alone on stderr."""


class BenchmarkFailed(DalilError):
    """A system could not be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures: `passages` in all, of which at most `embedded` are real, and questions a measurement."""

    systems: tuple[SystemName, ...]
    passages: int
    embedded: int
    questions: int
    news: Path
    folder: Path
    """Of the indexes, each in a folder of its own that is deleted at the end."""


def run_benchmark(plan: Plan, progress: Progress) -> Benchmark:
    """Measure the systems in order. Raises `InvalidInput` without news, `BenchmarkFailed` if a system fails.

    A system without its OpenSearch node has no measurements, and says why.
    """
    machine = describe_machine()
    questions = _load_questions(plan)
    opensearch = load_settings().opensearch
    results = []
    for name in plan.systems:
        progress(f"{name.label}:")
        if name.needs_node and (reason := _why_no_node(opensearch)):
            progress(f"  left out: {reason}")
            results.append(SystemResult(system=name, missing=reason))
            continue
        results.append(_measure(name, plan, questions, opensearch, progress))
    indexed = [result.indexing for result in results if result.indexing]
    return Benchmark(
        machine=machine,
        model=MODEL,
        passages=max(one.passages for one in indexed),
        embedded=max(one.embedded for one in indexed),
        questions=plan.questions,
        results=tuple(results),
    )


def _load_questions(plan: Plan) -> tuple[str, ...]:
    """Different questions in both languages; the order alternates, since the set has both forms of each."""
    questions = tuple(dict.fromkeys(question.text for question in load_news_questions(plan.news).questions))
    needed = questions_needed(plan.questions)
    if needed > len(questions):
        raise InvalidInput(f"--questions {plan.questions} needs {needed:,} questions, and there are {len(questions):,}")
    return questions[:needed]


def _measure(
    name: SystemName, plan: Plan, questions: tuple[str, ...], opensearch: OpenSearchSettings, progress: Progress
) -> SystemResult:
    plan.folder.mkdir(parents=True, exist_ok=True)
    index_name = f"{OPENSEARCH_INDEX_PREFIX}-{uuid.uuid4().hex[:8]}"
    with TemporaryDirectory(prefix="index-", dir=plan.folder) as folder, _deleted(opensearch, name, index_name):
        task = Task(
            step="index",
            system=name,
            folder=Path(folder),
            opensearch_index=index_name,
            news=plan.news,
            passages=plan.passages,
            embedded=min(plan.embedded, plan.passages),
        )
        try:
            indexing = _run(task, IndexingResult)
            progress(f"  {indexing.embedded / indexing.seconds:.1f} passages a second; searching")
            search = _run(task.model_copy(update={"step": "search", "questions": questions}), SearchResult)
        except StoreUnavailable as error:
            if not name.needs_node:
                raise
            progress(f"  left out: {error}")
            return SystemResult(system=name, missing=str(error))
    progress(f"  p50 {search.one_client.p50:.1f} ms")
    return SystemResult(system=name, indexing=indexing, search=search)


def _run(task: Task, result: type[Result]) -> Result:
    """The result of a task in a fresh process, whose progress goes to this one's stderr."""
    command = [sys.executable, "-m", "benchmarks.worker", task.model_dump_json()]
    done = subprocess.run(command, env={**os.environ, **QUIET}, stdout=subprocess.PIPE, text=True, check=False)
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode == 0:
        return result.model_validate_json(last)
    if done.returncode == EXIT_UNAVAILABLE:
        raise StoreUnavailable(last)
    if done.returncode == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    raise BenchmarkFailed(f"{task.system.label} failed at {task.step}: {last or f'exit status {done.returncode}'}")


@contextmanager
def _deleted(settings: OpenSearchSettings, name: SystemName, index: str) -> Iterator[None]:
    """Delete the index on the node at the end."""
    try:
        yield
    finally:
        if name.needs_node:
            with suppress(StoreUnavailable), open_index(settings, index) as node:
                node.delete()


def _why_no_node(settings: OpenSearchSettings) -> str | None:
    try:
        with open_index(settings, "") as node:
            node.version()
    except StoreUnavailable as error:
        return str(error)
    return None
