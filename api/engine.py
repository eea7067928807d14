"""The engine as routes get it: with the index checked first."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from dalil.bootstrap import Engine
from dalil.errors import IndexProblem, Misconfigured, StoreUnavailable


class EngineGuard:
    """Holds the engine and remembers whether its index has been found to be the right one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._index_checked = False

    def opened(self) -> Engine:
        """The engine, its index checked once and again after `doubt`; raises what `PassageStore.open` raises."""
        if not self._index_checked:
            self.engine.store.open(self.engine.fingerprint)
            self._index_checked = True
        return self.engine

    def doubt(self) -> None:
        """Check the index before the next request: it may have been rebuilt while it was away."""
        self._index_checked = False


def _guard(request: Request) -> EngineGuard:
    guard: EngineGuard = request.state.guard
    return guard


GuardDep = Annotated[EngineGuard, Depends(_guard)]


def _engine(guard: GuardDep) -> Iterator[Engine]:
    try:
        yield guard.opened()
    except (StoreUnavailable, IndexProblem, Misconfigured):
        guard.doubt()
        raise


EngineDep = Annotated[Engine, Depends(_engine)]
