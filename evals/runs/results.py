"""Asks questions of an engine, and puts down what came of each: the rows of a run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias, TypeVar

from dalil.domain import Answer, Article, Mode
from dalil.engine import Engine
from dalil.errors import InvalidQuery
from evals.datasets.questions import EvalQuestion, Label
from evals.measures import citations
from evals.measures import ranking as measures
from evals.measures.judgements import Found, Judge, found
from evals.runs.records import Expected, Given, Returned, Row
from evals.systems.temporary_index import Progress

DEPTH = 100
"""Passages retrieved for each question, which recall@100 needs. Each retriever returns as many, where a search for ten
hits uses fifty; nDCG@10 of XQuAD is the same with either."""

SHOWN = 10
"""Passages of a ranking that a run keeps."""

SHOWN_CHARACTERS = 300

SECONDS_BETWEEN_LINES = 5.0

Asked = TypeVar("Asked")
Search: TypeAlias = Callable[[str], Sequence[Found]]
"""A question's text → passages, best first. Raises `InvalidQuery` for what it will not search for."""


def searching(engine: Engine, mode: Mode = Mode.HYBRID) -> Search:
    """The engine's own ranking."""
    return lambda text: found(engine.retriever.search(text, limit=DEPTH, mode=mode).hits)


def rank(questions: Sequence[EvalQuestion], search: Search, progress: Progress) -> dict[str, Sequence[Found]]:
    """Question id → passages, best first; none for a question that is refused."""
    return {key: passages or () for key, passages in _ask(questions, search, "searched", progress)}


def answers(
    questions: Sequence[EvalQuestion], answer: Callable[[str], Answer], progress: Progress
) -> dict[str, Answer | None]:
    """Question id → answer; None for a question that the engine refuses to read."""
    return dict(_ask(questions, answer, "answered", progress))


def _ask(
    questions: Sequence[EvalQuestion], ask: Callable[[str], Asked], done: str, progress: Progress
) -> Iterator[tuple[str, Asked | None]]:
    next_line = perf_counter() + SECONDS_BETWEEN_LINES
    for number, question in enumerate(questions, start=1):
        try:
            yield question.id, ask(question.text)
        except InvalidQuery as error:
            progress(f"query {question.id!r}: {error}")
            yield question.id, None
        if perf_counter() >= next_line:
            next_line = perf_counter() + SECONDS_BETWEEN_LINES
            progress(f"{number:,} of {len(questions):,} questions {done}")


def rows(
    name: str,
    questions: Sequence[EvalQuestion],
    articles: Sequence[Article],
    rankings: Mapping[str, Sequence[Found]],
    judge: Judge,
    *,
    given: Mapping[str, Answer | None] | None = None,
    keep_text: bool = True,
) -> tuple[Row, ...]:
    """What came of each question of the set `name`, in order.

    `given` are the answers, None where nothing was to be answered. Without `keep_text` no word of an article is put
    down, titles included.
    """
    known = {article.id: article for article in articles}
    judged = {question.id: judge(question, rankings.get(question.id, ())) for question in questions}
    ranked = measures.per_question(
        {key: own.qrels for key, own in judged.items()}, {key: own.documents for key, own in judged.items()}
    )

    def row(question: EvalQuestion) -> Row:
        answer = _given(given.get(question.id)) if given is not None else None
        worth = citations.per_question(question.labels, answer.citations) if answer else {}
        shown = zip(rankings.get(question.id, ())[:SHOWN], judged[question.id].grades, strict=False)
        return Row(
            set=name,
            id=question.id,
            need=question.need,
            form=question.form,
            language=question.language,
            pair=f"{question.language}→{_language(question, known)}",
            kind=question.kind,
            half=question.half,
            cluster=question.cluster,
            traits=question.traits,
            text=question.text,
            measures=ranked.get(question.id, {}) | worth,
            expected=tuple(_expected(label, known, keep_text) for label in question.labels),
            returned=tuple(_returned(passage, grade, keep_text) for passage, grade in shown),
            answer=answer,
        )

    return tuple(map(row, questions))


def _given(answer: Answer | None) -> Given:
    if answer is None:
        return Given("invalid_query", 0.0, ())
    return Given(answer.status.value, answer.confidence, citations.citations_of(answer))


def _language(question: EvalQuestion, known: Mapping[str, Article]) -> str:
    """The language of the article that answers, or of any where none does."""
    answering = (known[label.article_id] for label in question.labels if label.article_id in known)
    return next(answering, next(iter(known.values()))).language


def _expected(label: Label, known: Mapping[str, Article], keep_text: bool) -> Expected:
    article = known.get(label.article_id)
    text = label.span.of(article.text)[:SHOWN_CHARACTERS] if article and keep_text else None
    return Expected(label.article_id, label.span.start, label.span.end, label.grade, text)


def _returned(passage: Found, grade: int | None, keep_text: bool) -> Returned:
    title = passage.title if keep_text else ""
    text = passage.text[:SHOWN_CHARACTERS] if keep_text else None
    return Returned(passage.article_id, title, passage.span.start, passage.span.end, text, grade)
