"""A circuit breaker: after some failures in a row, calls fail at once for a while instead of waiting each time.

Michael Nygard, "Release It!" (2007), chapter 5.
"""

import threading
import time
from collections.abc import Callable

FAILURES_TO_OPEN = 3
"""Failures in a row that open the circuit."""

OPEN_SECONDS = 30.0
"""The time between the failure that opens the circuit and the next call that is tried."""


class CircuitBreaker:
    """Counts failures in a row. Threads may share it.

    A call begins with `seconds_until_call`, and if that is 0 it is made and ends with `record`. While the circuit is
    open, one call after every `OPEN_SECONDS` is tried: if it succeeds, the circuit closes. A call whose outcome is
    never recorded does not block the next trial.

    >>> breaker = CircuitBreaker()
    >>> for _ in range(FAILURES_TO_OPEN):
    ...     breaker.record(failed=True)
    >>> breaker.seconds_until_call() > 0
    True
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_trial = 0.0

    def seconds_until_call(self) -> float:
        """0.0 if the call may be made now; else the seconds until a call may be tried."""
        with self._lock:
            now = self._clock()
            if self._failures < FAILURES_TO_OPEN:
                return 0.0
            if now < self._next_trial:
                return self._next_trial - now
            # This call is the trial. The others wait for its outcome.
            self._next_trial = now + OPEN_SECONDS
            return 0.0

    def record(self, *, failed: bool) -> None:
        """Count the outcome of a call."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            self._next_trial = self._clock() + OPEN_SECONDS
