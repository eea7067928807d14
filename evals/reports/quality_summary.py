"""A run in brief, for the page /quality of the service."""

from collections.abc import Sequence

from dalil.statistics import Interval
from dalil.wire.quality import Figure, Place, QualityReport, WorstQuestion, WrongAnswer
from evals.measures.answers import (
    CITATION_PRECISION,
    EVIDENCE_SHOWN,
    FIRST_SENTENCE,
    NEAR_MISSES_ANSWERED,
    PRECISION_OF_ANSWERED,
    SHORT_ANSWER_F1,
    CitedSpan,
)
from evals.reports.run_page import (
    RANKING_MEASURE,
    UNFOLDED_PASSAGES,
    answers_without_evidence,
    worst_questions,
)
from evals.runs.records import EvalRun, ExpectedEvidence, ReturnedPassage
from evals.runs.summaries import NEAR_MISS_CUT, SLICERS, summarise, summarise_slices

NEAR_MISSES_REFUSED = "near misses refused"

FIGURES = (CITATION_PRECISION, PRECISION_OF_ANSWERED, FIRST_SENTENCE, SHORT_ANSWER_F1, EVIDENCE_SHOWN, RANKING_MEASURE)
"""The measures at the top of the page, after the near misses refused."""


def summarise_quality(run: EvalRun) -> QualityReport:
    """The headline figures, the near misses by kind, and what is worst."""
    measures = summarise(run.rows).measures
    missed = measures.get(NEAR_MISSES_ANSWERED)
    by_kind = summarise_slices(run.rows, SLICERS[NEAR_MISS_CUT])
    kinds = {kind: own.measures[NEAR_MISSES_ANSWERED] for kind, own in by_kind.items()}
    return QualityReport(
        name=run.facts.name,
        when=run.facts.when,
        questions=len(run.rows),
        model=run.facts.model,
        store=run.facts.store,
        figures=[
            *([_refused(NEAR_MISSES_REFUSED, missed)] if missed else []),
            *(_figure(name, measures[name]) for name in FIGURES if name in measures),
        ],
        near_misses=sorted((_refused(kind, own) for kind, own in kinds.items()), key=lambda figure: figure.mean),
        wrong_answers=[
            WrongAnswer(
                text=row.text,
                form=row.form,
                kind=row.miss or row.kind,
                status=row.answer.status if row.answer else None,
                confidence=row.answer.confidence if row.answer else None,
                cited=_places(row.answer.citations if row.answer else ()),
            )
            for row in answers_without_evidence(run.rows)
        ],
        worst_questions=[
            WorstQuestion(
                text=row.text,
                form=row.form,
                kind=row.kind,
                status=row.answer.status if row.answer else None,
                confidence=row.answer.confidence if row.answer else None,
                ndcg=row.measures[RANKING_MEASURE],
                expected=_places(row.expected),
                returned=_places(row.returned[:UNFOLDED_PASSAGES]),
            )
            for row in worst_questions(run.rows)
        ],
    )


def _figure(name: str, found: Interval) -> Figure:
    return Figure(name=name, mean=found.mean, low=found.low, high=found.high, questions=found.questions)


def _refused(name: str, answered: Interval) -> Figure:
    """The share that is not answered."""
    mean, low, high = 1 - answered.mean, 1 - answered.high, 1 - answered.low
    return Figure(name=name, mean=mean, low=low, high=high, questions=answered.questions)


def _places(found: Sequence[ExpectedEvidence | ReturnedPassage | CitedSpan]) -> list[Place]:
    return [
        Place(
            article_id=one.article_id,
            start=one.start,
            end=one.end,
            title=getattr(one, "title", ""),
            text=getattr(one, "text", None),
        )
        for one in found
    ]
