"""The part of a quote that answers: a number with its unit, or a date."""

from collections.abc import Iterable, Sequence

from dalil.domain import AnswerSentence, Citation, ShortAnswer, Span
from dalil.retrieval.query import AnalyzedQuery


def find_short_answer(
    question: AnalyzedQuery, sentences: Sequence[AnswerSentence], citations: Iterable[Citation]
) -> ShortAnswer | None:
    """The part of the first sentence's first quote that answers; None where none is sure."""
    if not sentences:
        return None
    quoted = {citation.number: citation for citation in citations}
    citation = quoted[sentences[0].citations[0]]
    span = locate_short_answer(question, citation.quote)
    if span is None:
        return None
    start, end = citation.start + span.start, citation.start + span.end
    return ShortAnswer(span.of(citation.quote), citation.number, start, end)


def locate_short_answer(question: AnalyzedQuery, quote: str) -> Span | None:  # noqa: ARG001
    """The span of the quote that answers the question; None where none is sure."""
    return None
