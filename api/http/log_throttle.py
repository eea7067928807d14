"""A limit on how often one line is logged."""

import logging
import time
from collections.abc import Callable

THROTTLED_SECONDS = 10.0

MAX_LINES = 1_000
"""Lines that are remembered."""


class LogThrottle(logging.Filter):
    """Lets a line through once in `THROTTLED_SECONDS`, with the number of repetitions that it suppressed since.

    Whoever sends garbage, or opens more connections than there are files, would fill the disk with one line.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        # Line → when it was let through, and how often it was suppressed since.
        self._lines: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is logged."""
        line, now = record.getMessage(), self._clock()
        last, suppressed = self._lines.get(line, (now - THROTTLED_SECONDS, 0))
        if now - last < THROTTLED_SECONDS:
            self._lines[line] = last, suppressed + 1
            return False
        if len(self._lines) >= MAX_LINES:
            self._lines.clear()
        self._lines[line] = now, 0
        if suppressed:
            record.msg, record.args = f"{line} ({suppressed:,} more since the last such line)", ()
        return True
