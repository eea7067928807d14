"""Calls to a store that are made again while it is away for a moment."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from dalil.stores.base import TransientStoreFailure

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 15.0
"""Each pause is twice as long as the one before, up to this."""

_Result = TypeVar("_Result")

_log = logging.getLogger(__name__)


def retry_transient(call: Callable[[], _Result], *, seconds: float) -> _Result:
    """The result of `call`, which has to be idempotent. It is made again after each transient failure.

    Raises the last failure when the next pause would end later than `seconds` after the first call. 0 makes one call.
    """
    pause, end = FIRST_PAUSE_SECONDS, time.monotonic() + seconds
    while True:
        try:
            return call()
        except TransientStoreFailure as failure:
            if time.monotonic() + pause > end:
                raise
            _log.warning("%s; trying again in %g s", failure, pause)
        time.sleep(pause)
        pause = min(2 * pause, MAX_PAUSE_SECONDS)
