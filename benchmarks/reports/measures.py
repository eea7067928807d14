"""The measures of a system, in the order of the columns, and Dalil's ratio to another system."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.records import Benchmark, IndexingResult, SearchResult, SystemName, SystemResult


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a system; `text` formats it."""

    name: str
    unit: str
    of: Callable[[IndexingResult, SearchResult], float]
    pattern: str = "{:,.0f}"
    more_is_better: bool = False

    def value(self, result: SystemResult) -> float | None:
        """The number; None for a system without measurements."""
        if result.indexing is None or result.search is None:
            return None
        return self.of(result.indexing, result.search)

    def text(self, result: SystemResult) -> str:
        """The number for people; a dash without one."""
        value = self.value(result)
        return "–" if value is None else self.pattern.format(value)


MEASURES = (
    Measure("indexing", "passages a second", lambda one, _: one.embedded / one.seconds, "{:.1f}", more_is_better=True),
    Measure("first search", "ms", lambda _, one: one.first_ms),
    Measure("p50, 1 client", "ms", lambda _, one: one.one_client.p50, "{:.1f}"),
    Measure("p95, 1 client", "ms", lambda _, one: one.one_client.p95, "{:.1f}"),
    Measure("p50, 8 clients", "ms", lambda _, one: one.eight_clients.p50),
    Measure("p95, 8 clients", "ms", lambda _, one: one.eight_clients.p95),
    Measure("CPU a search", "ms", lambda _, one: one.cpu_ms),
    Measure("peak memory", "MB", lambda _, one: one.peak_bytes / 1e6),
    Measure("disk a passage", "bytes", lambda one, _: one.bytes_on_disk / one.passages),
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Dalil's value divided by that of another system."""

    value: float
    better: bool
    """True if Dalil's value is the better one."""


def ratio(measure: Measure, dalil: SystemResult, other: SystemResult) -> Ratio | None:
    """None without either value, or if the other one is 0."""
    own, theirs = measure.value(dalil), measure.value(other)
    if own is None or not theirs:
        return None
    return Ratio(own / theirs, own > theirs if measure.more_is_better else own < theirs)


def dalil_of(benchmark: Benchmark) -> SystemResult | None:
    """The embedded Dalil, which the others are compared with; None if it was not run."""
    return next((result for result in benchmark.results if result.system is SystemName.DALIL), None)


def embedding_ratio(benchmark: Benchmark) -> tuple[float, float] | None:
    """The passages a second that sentence-transformers embeds alone, and Dalil's whole indexing divided by it."""
    dalil = dalil_of(benchmark)
    for result in benchmark.results:
        found = result.indexing
        if found and found.embedding_seconds and dalil and dalil.indexing:
            alone = found.embedded / found.embedding_seconds
            return alone, dalil.indexing.embedded / dalil.indexing.seconds / alone
    return None


def notes(benchmark: Benchmark) -> list[str]:
    """What a reader must know beside the numbers."""
    made_up = benchmark.passages - benchmark.embedded
    real = f"{benchmark.embedded:,} passages are real" + (f", {made_up:,} are made of their parts" if made_up else "")
    lines = [
        f"{real}; the pace of indexing is that of the real ones. Every measurement has {benchmark.questions} different"
        " questions, half of them Arabic.",
        "Dalil's pace has the cutting of the articles; the others get the same passages ready cut. The memory of an"
        " OpenSearch node is not counted, its processor time is. LangChain is left out: langchain-community 0.4 builds"
        " LanceDB's full-text index anew at every hybrid search, and langchain-lancedb 0.1 has no hybrid search.",
    ]
    if found := embedding_ratio(benchmark):
        alone, times = found
        lines.append(
            f"sentence-transformers alone embeds {alone:.1f} of the same passages a second, without writing them;"
            f" Dalil's whole indexing has {times:.2f} times that pace."
        )
    lines += [f"{one.system.label} was left out: {one.missing}" for one in benchmark.results if one.missing]
    return lines


def machine_line(benchmark: Benchmark) -> str:
    """The machine in one line."""
    own = benchmark.machine
    versions = ", ".join(f"{library} {version}" for library, version in own.versions.items())
    memory = f"{own.memory_bytes / 2**30:.0f} GB"
    return f"{own.processor}, {own.cores} cores, {memory}, {own.system}, load {own.load} at the start; {versions}"
