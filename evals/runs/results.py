"""Ask the questions of a set, and score the rankings and the answers: the results of a run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TypeVar

from dalil.bootstrap import Progress
from dalil.domain import Answer, Article
from dalil.errors import InvalidQuery
from evals.datasets.questions import EvalQuestion, Label, QuestionSet
from evals.measures.answers import record_answer, score_answer
from evals.measures.judgements import Judge
from evals.measures.ranking import score_rankings
from evals.runs.records import ExpectedEvidence, QuestionResult, ReturnedPassage
from evals.systems.search import RankedPassage, Search

KEPT_PASSAGES = 10
"""Passages of a ranking that a run keeps."""

KEPT_CHARACTERS = 300

SECONDS_BETWEEN_LINES = 5.0
"""The time between two lines of progress."""

Result = TypeVar("Result")


def ask_all(
    questions: Sequence[EvalQuestion], ask: Callable[[str], Result], verb: str, progress: Progress
) -> Iterator[tuple[str, Result | None]]:
    """Yield question id and result; None for a question that the engine refuses to read.

    `progress` gets a line with the verb every few seconds.
    """
    next_line = perf_counter() + SECONDS_BETWEEN_LINES
    for number, question in enumerate(questions, start=1):
        try:
            yield question.id, ask(question.text)
        except InvalidQuery as error:
            progress(f"query {question.id!r}: {error}")
            yield question.id, None
        if perf_counter() >= next_line:
            next_line = perf_counter() + SECONDS_BETWEEN_LINES
            progress(f"{number:,} of {len(questions):,} questions {verb}")


def rank_all(
    questions: Sequence[EvalQuestion], search: Search, progress: Progress
) -> dict[str, Sequence[RankedPassage]]:
    """Question id → passages, best first; none for a question that the engine refuses to read."""
    return {key: passages or () for key, passages in ask_all(questions, search, "searched", progress)}


def answer_all(
    questions: Sequence[EvalQuestion], answer: Callable[[str], Answer], progress: Progress
) -> dict[str, Answer | None]:
    """Question id → answer; None for a question that the engine refuses to read."""
    return dict(ask_all(questions, answer, "answered", progress))


def score_questions(
    question_set: QuestionSet,
    rankings: Mapping[str, Sequence[RankedPassage]],
    judge: Judge,
    *,
    answers: Mapping[str, Answer | None] | None = None,
    keep_text: bool = True,
) -> tuple[QuestionResult, ...]:
    """The result of each question of the set, in order.

    `answers` is None if the run measures retrieval only. Without `keep_text` the results hold no text and no title of
    an article.
    """
    articles = {article.id: article for article in question_set.articles}
    judged = {question.id: judge(question, rankings.get(question.id, ())) for question in question_set.questions}
    ranking_measures = score_rankings(
        {key: one.qrels for key, one in judged.items()}, {key: one.documents for key, one in judged.items()}
    )

    def result(question: EvalQuestion) -> QuestionResult:
        answer = record_answer(answers.get(question.id)) if answers is not None else None
        answer_measures = score_answer(question, answer, articles) if answer else {}
        kept = zip(rankings.get(question.id, ())[:KEPT_PASSAGES], judged[question.id].grades, strict=False)
        return QuestionResult(
            set=question_set.name,
            id=question.id,
            need=question.need,
            form=question.form,
            language=question.language,
            pair=f"{question.language}→{_article_language(question, articles)}",
            kind=question.kind,
            miss=question.miss,
            half=question.half,
            cluster=question.cluster,
            traits=question.traits,
            text=question.text,
            measures=ranking_measures.get(question.id, {}) | answer_measures,
            expected=tuple(_to_expected(label, articles, keep_text) for label in question.labels),
            returned=tuple(_to_returned(passage, grade, keep_text) for passage, grade in kept),
            answer=answer,
        )

    return tuple(map(result, question_set.questions))


def _article_language(question: EvalQuestion, articles: Mapping[str, Article]) -> str:
    """The language of the first article with a label; of the first article of the set if none has one."""
    labelled = (articles[label.article_id] for label in question.labels if label.article_id in articles)
    return next(labelled, next(iter(articles.values()))).language


def _to_expected(label: Label, articles: Mapping[str, Article], keep_text: bool) -> ExpectedEvidence:
    article = articles.get(label.article_id)
    text = label.span.of(article.text)[:KEPT_CHARACTERS] if article and keep_text else None
    return ExpectedEvidence(label.article_id, label.span.start, label.span.end, label.grade, text)


def _to_returned(passage: RankedPassage, grade: int | None, keep_text: bool) -> ReturnedPassage:
    title = passage.title if keep_text else ""
    text = passage.text[:KEPT_CHARACTERS] if keep_text else None
    return ReturnedPassage(passage.article_id, title, passage.span.start, passage.span.end, text, grade)
