"""The engine as routes get it: with the index checked first."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from dalil.engine import Engine
from dalil.errors import IndexProblem, Misconfigured, StoreUnavailable

TRUSTED_SECONDS = 2.0
"""How long an index is taken for the one that was checked: another process may rebuild it with another model."""


class EngineGuard:
    """Holds the engine and remembers when its index was last found to be the right one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._trusted_until = 0.0

    def opened(self) -> Engine:
        """The engine, its index checked within the last seconds; raises what `PassageStore.open` raises."""
        if monotonic() >= self._trusted_until:
            self.engine.store.open(self.engine.fingerprint)
            self._trusted_until = monotonic() + TRUSTED_SECONDS
        return self.engine

    @contextmanager
    def serving(self) -> Iterator[Engine]:
        """The engine for one request, as `opened` gives it; after a failure the index is checked anew."""
        with self.watching():
            yield self.opened()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have the index checked anew after a failure within."""
        try:
            yield
        except (StoreUnavailable, IndexProblem, Misconfigured):
            self.doubt()
            raise

    def doubt(self) -> None:
        """Check the index before the next request: it may have been rebuilt while it was away."""
        self._trusted_until = 0.0


def _guard(request: Request) -> EngineGuard:
    guard: EngineGuard = request.state.guard
    return guard


GuardDep = Annotated[EngineGuard, Depends(_guard)]


def _engine(guard: GuardDep) -> Iterator[Engine]:
    with guard.serving() as engine:
        yield engine


EngineDep = Annotated[Engine, Depends(_engine)]
