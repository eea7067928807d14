"""What the service counts and measures, for Prometheus."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

from api.http.worker_pool import WorkerPools
from dalil import __version__
from dalil.domain import Answer, IndexCounts, IndexUsage
from dalil.engine import Engine
from dalil.errors import DalilError, GeneratorUnavailable
from dalil.indexing.report import Report
from dalil.observer import Observer, Stage

SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

CONFIDENCE_BUCKETS = tuple(round(0.05 * step, 2) for step in range(1, 20))

INDEX_VALID_SECONDS = 10.0
"""How long the numbers of the index are kept: several scrapes cost one look at the store."""


SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable of prometheus_client: processes that have it keep their counts in files of this folder."""


class Metrics(Observer):
    """The metrics of one service. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dalil_http_requests",
            "Requests by route and status",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "dalil_http_request_seconds",
            "Time of a request, its wait for a worker included",
            ["route"],
            buckets=SECONDS_BUCKETS,
            registry=self._registry,
        )
        self._stage_seconds = Histogram(
            "dalil_stage_seconds",
            "Time of a stage of a search or an answer; generate and verify are per sentence",
            ["stage"],
            buckets=SECONDS_BUCKETS,
            registry=self._registry,
        )
        self._answers = Counter(
            "dalil_answers",
            "Answers by status, generator, and reason of a refusal",
            ["status", "generator", "refusal_reason"],
            registry=self._registry,
        )
        self._confidence = Histogram(
            "dalil_answer_confidence",
            "Confidence of answers to questions that were searched for",
            buckets=CONFIDENCE_BUCKETS,
            registry=self._registry,
        )
        self._generator_failures = Counter(
            "dalil_generator_failures", "Answers for which the language model failed", registry=self._registry
        )
        self._passages_embedded = Counter(
            "dalil_embedded_passages", "Passages embedded for articles", registry=self._registry
        )
        self._indexing_seconds = Counter(
            "dalil_indexing_seconds", "Time of runs that index articles", registry=self._registry
        )
        self._articles = Counter(
            "dalil_articles_written", "Articles by outcome of writing", ["outcome"], registry=self._registry
        )
        self._service: _ServiceCollector | None = None
        # Prometheus shows a counter from its first increment on; a rate needs the 0 before.
        for stage in Stage:
            self._stage_seconds.labels(stage)

    def watch(self, engine: Engine, pools: WorkerPools) -> None:
        """Report the queues, the index and the models of a service that begins, in place of those of another."""
        if self._service:
            self._registry.unregister(self._service)
        self._service = _ServiceCollector(engine, pools)
        self._registry.register(self._service)

    def families(self) -> Iterable[Metric]:
        """Every metric with its type and description; without samples of a service that has not begun."""
        return self._registry.collect() if self._service else [*self._registry.collect(), *_ServiceCollector.families()]

    def text(self) -> bytes:
        """All metrics in Prometheus' text format. Blocks: it asks the store for the size of the index.

        Counters and histograms are those of all processes with the same shared folder together.
        """
        if SHARED_FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        if self._service:
            together.register(self._service)
        return generate_latest(together)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._requests.labels(method, route, status).inc()
        self._request_seconds.labels(route).observe(seconds)

    def count_writes(self, report: Report) -> None:
        """Count what one run of the indexing pipeline has done."""
        self._passages_embedded.inc(report.embedded)
        self._indexing_seconds.inc(report.seconds)
        for outcome, number in (
            ("added", report.added),
            ("replaced", report.replaced),
            ("unchanged", report.unchanged),
            ("superseded", len(report.superseded)),
            ("rejected", len(report.rejected)),
        ):
            self._articles.labels(outcome).inc(number)

    @contextmanager
    @override
    def stage(self, stage: Stage) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        except GeneratorUnavailable:
            self._generator_failures.inc()
            raise
        finally:
            self._stage_seconds.labels(stage).observe(time.perf_counter() - start)

    @override
    def answered(self, answer: Answer) -> None:
        self._answers.labels(answer.status, answer.generator, answer.refusal_reason or "").inc()
        if not answer.reply:
            self._confidence.observe(answer.confidence)


class _ServiceCollector(Collector):
    """What a service is and has at the time of a scrape."""

    def __init__(self, engine: Engine, pools: WorkerPools) -> None:
        self._engine = engine
        self._pools = (pools.searches, pools.answers)
        self._index: tuple[IndexCounts, IndexUsage] | None = None
        self._index_valid_until = 0.0

    @override
    def collect(self) -> Iterable[Metric]:
        info, workers, busy, queue, up, articles, passages, size, written = families = self.families()
        info.add_metric([__version__, self._engine.embedder.model, self._engine.answerer.generator.name], 1)
        for pool in self._pools:
            workers.add_metric([pool.name], pool.workers)
            busy.add_metric([pool.name], pool.running)
            queue.add_metric([pool.name], pool.waiting)
        index = self._measure_index()
        up.add_metric([], index is not None)
        if index:
            counts, usage = index
            articles.add_metric([], counts.articles)
            passages.add_metric([], counts.passages)
            size.add_metric([], usage.bytes)
            if usage.written_at:
                written.add_metric([], usage.written_at.timestamp())
        return families

    @staticmethod
    def families() -> tuple[GaugeMetricFamily, ...]:
        """The metrics without samples."""
        return (
            GaugeMetricFamily("dalil_info", "Version and models", labels=["version", "model", "generator"]),
            GaugeMetricFamily("dalil_workers", "Workers of a pool", labels=["pool"]),
            GaugeMetricFamily("dalil_workers_busy", "Workers that run", labels=["pool"]),
            GaugeMetricFamily("dalil_queue_length", "Requests that wait for a worker", labels=["pool"]),
            GaugeMetricFamily("dalil_index_up", "Whether the index can be read"),
            GaugeMetricFamily("dalil_index_articles", "Articles in the index"),
            GaugeMetricFamily("dalil_index_passages", "Passages in the index"),
            GaugeMetricFamily("dalil_index_bytes", "Bytes of the index in its store"),
            GaugeMetricFamily("dalil_index_last_write_timestamp_seconds", "Time of the last write to the index"),
        )

    def describe(self) -> Iterable[Metric]:
        """The metrics without samples: registering the collector must not measure the index."""
        return self.families()

    def _measure_index(self) -> tuple[IndexCounts, IndexUsage] | None:
        if time.monotonic() >= self._index_valid_until:
            store = self._engine.store
            try:
                self._index = store.counts(), store.usage()
            except DalilError:
                self._index = None
            self._index_valid_until = time.monotonic() + INDEX_VALID_SECONDS
        return self._index


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.state.metrics
    return metrics


MetricsDep = Annotated[Metrics, Depends(_metrics)]
