"""The engine for a request, with its index checked first."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from dalil.engine import Engine
from dalil.errors import IndexProblem, Misconfigured, StoreUnavailable

VALID_SECONDS = 2.0
"""How long a check is valid: another process may rebuild the index with another model."""


class IndexCheck:
    """Checks that the index belongs to the engine, and remembers the result for `VALID_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._valid_until = 0.0

    def open(self) -> Engine:
        """The engine after a check of its index; raises what `PassageStore.open` raises."""
        if monotonic() >= self._valid_until:
            self.engine.store.open(self.engine.fingerprint)
            self._valid_until = monotonic() + VALID_SECONDS
        return self.engine

    @contextmanager
    def serve(self) -> Iterator[Engine]:
        """The engine for one request, as `open` returns it; a failure of the request invalidates the check."""
        with self.invalidate_on_failure():
            yield self.open()

    @contextmanager
    def invalidate_on_failure(self) -> Iterator[None]:
        """Invalidate the check if the block fails because of the store or the index."""
        try:
            yield
        except (StoreUnavailable, IndexProblem, Misconfigured):
            self.invalidate()
            raise

    def invalidate(self) -> None:
        """Make the next request check the index: it may be another one after a failure."""
        self._valid_until = 0.0


async def _index_check(request: Request) -> IndexCheck:
    index_check: IndexCheck = request.state.index_check
    return index_check


IndexCheckDep = Annotated[IndexCheck, Depends(_index_check)]


def _engine(index_check: IndexCheckDep) -> Iterator[Engine]:
    with index_check.serve() as engine:
        yield engine


EngineDep = Annotated[Engine, Depends(_engine)]
