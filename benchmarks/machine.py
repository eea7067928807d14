"""The machine of a run, by name."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks.records import Machine

LIBRARIES = ("lancedb", "onnxruntime", "sentence-transformers", "torch")
"""The libraries that do the work of the compared systems."""


def describe_machine() -> Machine:
    """Name the processor, the cores that this process may use, the memory, and the versions of the libraries."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.machine()}",
        load=round(os.getloadavg()[0], 2),
        versions={"python": platform.python_version(), **{library: version(library) for library in LIBRARIES}},
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown")
