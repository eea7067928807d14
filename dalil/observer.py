"""The seam for watching an engine at work: how long each stage takes, and what becomes of each question."""

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum

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


NO_OBSERVER = Observer()
