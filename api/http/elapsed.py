"""The time that a response took."""

import time


def milliseconds_since(start: float) -> float:
    """Milliseconds from a moment of `time.perf_counter` until now, with one decimal."""
    return round((time.perf_counter() - start) * 1000, 1)
