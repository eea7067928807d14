"""One step over one system, in a process of its own: `python -m benchmarks.worker TASK`, both ends in JSON.

A process that only searches has only what a search needs in its memory.
"""

import sys
from collections.abc import Sequence
from time import perf_counter

from pydantic import BaseModel

from benchmarks.measurements import (
    CLIENTS,
    WARM_UP_QUESTIONS,
    cpu_seconds,
    measure_latencies,
    peak_memory_bytes,
    time_ms,
)
from benchmarks.records import IndexingResult, SearchResult, SystemName, Task
from benchmarks.systems.base import Progress, System
from dalil.errors import DalilError, StoreUnavailable
from dalil.settings import EmbeddingSettings, Settings, load_settings

EXIT_FAILED, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 2, 3, 130


def main(arguments: Sequence[str]) -> int:
    """Print the result of the task on stdout, progress and errors on stderr."""
    task = Task.model_validate_json(arguments[0])
    try:
        print(run(task, _say).model_dump_json())  # noqa: T201
    except StoreUnavailable as error:
        print(error)  # noqa: T201
        return EXIT_UNAVAILABLE
    except DalilError as error:
        print(error)  # noqa: T201
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def run(task: Task, progress: Progress) -> BaseModel:
    """Do the task."""
    return index_passages(task, progress) if task.step == "index" else measure_searches(task)


def settings_of(task: Task) -> Settings:
    """The user's settings, with the bundled model, and over the index of the task."""
    settings = load_settings()
    kind = "opensearch" if task.system is SystemName.DALIL_OPENSEARCH else "lancedb"
    return settings.model_copy(
        update={
            "embedding": EmbeddingSettings(),
            "store": settings.store.model_copy(update={"kind": kind, "path": task.folder}),
            "opensearch": settings.opensearch.model_copy(update={"index": task.opensearch_index}),
        }
    )


def build_system(name: SystemName, settings: Settings) -> System:
    """The system of this name."""
    # torch takes 12 s and a gigabyte, which do not belong to the memory of a system without it.
    if name is SystemName.LANCEDB:
        from benchmarks.systems.lance_hybrid import LanceHybrid  # noqa: PLC0415

        return LanceHybrid(settings, settings.store.path)
    if name is SystemName.OPENSEARCH:
        from benchmarks.systems.opensearch_hybrid import OpenSearchHybrid  # noqa: PLC0415

        return OpenSearchHybrid(settings)
    from benchmarks.systems.dalil_engine import DalilSystem  # noqa: PLC0415

    return DalilSystem(settings)


def measure_searches(task: Task) -> SearchResult:
    """Measure the first search, then half of the rest at one client and half at eight, after a warm-up."""
    questions = task.questions
    first, warm_up, rest = questions[0], questions[1 : 1 + WARM_UP_QUESTIONS], questions[1 + WARM_UP_QUESTIONS :]
    alone, together = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    begun = perf_counter()
    system = build_system(task.system, settings_of(task))
    with system.open() as search:
        opening_ms = (perf_counter() - begun) * 1_000
        first_ms = time_ms(lambda: search(first))
        for text in warm_up:
            search(text)
        cpu = cpu_seconds() + system.node_cpu_seconds()
        one_client = measure_latencies(search, alone, 1)
        cpu = cpu_seconds() + system.node_cpu_seconds() - cpu
        eight_clients = measure_latencies(search, together, CLIENTS)
    return SearchResult(
        opening_ms=opening_ms,
        first_ms=first_ms,
        one_client=one_client,
        eight_clients=eight_clients,
        cpu_ms=cpu * 1_000 / len(alone),
        peak_bytes=peak_memory_bytes(),
    )


def index_passages(task: Task, progress: Progress) -> IndexingResult:
    """Read and cut the articles, then measure their indexing."""
    # The data sets and the chunker do not belong to the memory of a search.
    from benchmarks.news_corpus import load_corpus  # noqa: PLC0415

    settings = settings_of(task)
    progress("reading and cutting the articles")
    corpus = load_corpus(task.news, task.embedded, settings)
    system = build_system(task.system, settings)
    return system.index(corpus, max(0, task.passages - len(corpus.passages)), progress)


def _say(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
