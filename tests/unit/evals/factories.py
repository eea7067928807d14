"""Questions, rows and runs for tests, with what does not matter filled in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dalil.domain import Span
from evals.datasets.questions import EvalQuestion, Label
from evals.measures.answers import AnswerRecord
from evals.runs.records import (
    FORMAT,
    EvalRun,
    ExpectedEvidence,
    QuestionResult,
    ReturnedPassage,
    RunFacts,
    SetFacts,
)


def make_question(
    identity: str, text: str = "أين وقع الزلزال؟", article: str = "a2", language: str = "ar"
) -> EvalQuestion:
    return EvalQuestion(
        id=identity,
        need=identity,
        form=language,
        language=language,
        text=text,
        kind="fact",
        half="dev",
        traits=(),
        labels=(Label(article, Span(0, 10), 3),),
        cluster=article,
    )


def make_row(  # noqa: PLR0917
    identity: str,
    measures: Mapping[str, float],
    cluster: str = "",
    form: str = "ar",
    kind: str = "fact",
    half: str = "dev",
    text: str = "من؟",
    answer: AnswerRecord | None = None,
    returned: Sequence[ReturnedPassage] = (),
    miss: str = "",
) -> QuestionResult:
    return QuestionResult(
        set="seeds",
        id=identity,
        need=identity.partition(".")[0],
        form=form,
        language="ar",
        pair="ar→ar",
        kind=kind,
        miss=miss,
        half=half,
        cluster=cluster or identity,
        traits=(),
        text=text,
        measures=dict(measures),
        expected=(ExpectedEvidence("a1", 0, 10, 3, "نص عربي"),) if kind not in {"near-miss", "off-topic"} else (),
        returned=tuple(returned),
        answer=answer,
    )


def make_run(rows: Sequence[QuestionResult], **changes: str) -> EvalRun:
    facts = {"name": "seeds", "mode": "hybrid", "store": "lancedb", "model": "m", "runtime": "int8"} | changes
    return EvalRun(
        format=FORMAT,
        facts=RunFacts(
            **facts,
            when=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            index={"dimension": 4},
            settings={"retrieval": {"candidates": 100}},
            sets=(SetFacts("seeds", len(rows), 1, 0, 2, "abc"),),
        ),
        rows=tuple(rows),
        latencies={},
    )
