"""What a run of the evals found, in brief: `python -m evals report` writes it, and the page /quality shows it."""

from datetime import datetime

from pydantic import Field

from dalil.wire.base import ResponseModel

SUFFIX = ".quality.json"
"""The end of the name of its file, which lies beside the report."""


class Figure(ResponseModel):
    """The mean of a measure, or of a slice of it, with its 95 % interval. More is better."""

    name: str
    mean: float
    low: float
    high: float
    questions: int


class Place(ResponseModel):
    """A stretch of an article. `text` may be shortened, and is null where a copy is not allowed."""

    article_id: str
    start: int
    end: int
    title: str = ""
    text: str | None = None


class AskedQuestion(ResponseModel):
    """A question of the run, the outcome and its evidence; `status` and `confidence` are null without an answer."""

    text: str
    form: str
    kind: str
    status: str | None
    confidence: float | None


class WrongAnswer(AskedQuestion):
    """A question that no article answers, and that was presented as answered."""

    cited: list[Place]


class WorstQuestion(AskedQuestion):
    """A question with a bad ranking: `ndcg` is its nDCG@10."""

    ndcg: float
    expected: list[Place]
    returned: list[Place] = Field(description="the first passages")


class QualityReport(ResponseModel):
    """One run. Lists begin with what is worst."""

    name: str
    when: datetime
    questions: int
    model: str
    store: str
    figures: list[Figure]
    near_misses: list[Figure] = Field(description="near misses refused, by kind of near miss")
    wrong_answers: list[WrongAnswer]
    worst_questions: list[WorstQuestion]
