"""The measurements of an open index, and the arithmetic over their results."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np

from benchmarks.records import Latencies

CLIENTS = 8

WARM_UP_QUESTIONS = 8
"""Searches between the first one and the measured ones."""

Search: TypeAlias = Callable[[str], object]


def questions_needed(measured: int) -> int:
    """All questions of a process: the first one, the warm-up, and `measured` at one client and at eight, none twice."""
    return 1 + WARM_UP_QUESTIONS + 2 * measured


def measure_latencies(search: Search, questions: Sequence[str], clients: int) -> Latencies:
    """Each client is a thread that searches the next question when the one before it is answered."""
    started = perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        times = list(threads.map(lambda text: time_ms(lambda: search(text)), questions))
    return summarise(times, clients, perf_counter() - started)


def summarise(milliseconds: Sequence[float], clients: int, seconds: float) -> Latencies:
    """The percentiles by linear interpolation, and the searches by all `seconds` together."""
    p50, p95 = np.percentile(milliseconds, (50, 95)).tolist()
    count = len(milliseconds)
    return Latencies(clients=clients, searches=count, p50=p50, p95=p95, searches_per_second=count / seconds)


def time_ms(call: Callable[[], object]) -> float:
    """The wall time of a call in milliseconds."""
    started = perf_counter()
    call()
    return (perf_counter() - started) * 1_000


def peak_memory_bytes() -> int:
    """The largest resident memory of this process so far."""
    # getrusage counts the process that started this one too: Linux hands its peak on through exec.
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1_024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1_024


def cpu_seconds() -> float:
    """The processor time of all threads of this process."""
    return time.process_time()


def folder_bytes(folder: Path) -> int:
    """The size of all files under a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
