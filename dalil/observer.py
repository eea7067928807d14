"""The seam for watching an engine at work: how long each stage takes, and what becomes of each question."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from enum import StrEnum

from typing_extensions import override

from dalil.domain import Answer


class Stage(StrEnum):
    """A stage of a search or of an answer, in their order.

    `GENERATE` and `VERIFY` occur once for each sentence; the last `GENERATE` finds that there is no further one.
    """

    ANALYZE = "analyze"
    ENCODE = "encode"
    SEARCH = "search"
    RERANK = "rerank"
    EVIDENCE = "evidence"
    GENERATE = "generate"
    VERIFY = "verify"


class Observer:
    """Watches an engine, from any thread. This one does nothing; its methods may be overridden.

    An observer must not raise.
    """

    def stage(self, stage: Stage) -> AbstractContextManager[None]:  # noqa: ARG002
        """A context that lasts as long as the stage; an exception of the stage passes through it."""
        return nullcontext()

    def answered(self, answer: Answer) -> None:
        """Called with each answer, related evidence and refusals included, before its reader gets the end of it."""


class Observers(Observer):
    """Several observers as one."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    @contextmanager
    @override
    def stage(self, stage: Stage) -> Iterator[None]:
        with ExitStack() as stack:
            for observer in self._observers:
                stack.enter_context(observer.stage(stage))
            yield

    @override
    def answered(self, answer: Answer) -> None:
        for observer in self._observers:
            observer.answered(answer)


NO_OBSERVER = Observer()
