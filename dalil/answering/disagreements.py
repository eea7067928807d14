"""Different numbers that cited quotes of different articles state for the same thing."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from dalil.answering.answer_type import expected_answer
from dalil.answering.counted import CountedNumber, Quote, are_of_one_subject, counted_numbers, differ
from dalil.answering.short_answer import locate_short_answer, looks_back
from dalil.chronology import sort_newest_first
from dalil.domain import Citation, Disagreement, StatedValue
from dalil.embedding.encoder import Encoder
from dalil.retrieval.query import AnalyzedQuery


class _Stated(NamedTuple):
    citation: Citation
    number: CountedNumber


def find_disagreements(
    question: AnalyzedQuery, citations: Sequence[Citation], encoder: Encoder
) -> tuple[Disagreement, ...]:
    """Each thing of which quotes of different articles state different numbers; `citations` are best first.

    Two numbers are of the same thing if the question asks for a number, and each is the one of its quote that answers;
    or if both count the same, are the only ones of their quotes to do so, and the quotes are of one subject. Of each
    article the best quote counts: in one article, two numbers are mostly of two things. A quote that looks back to
    earlier years states what was then.
    """
    stated = [
        [_Stated(citation, number) for number in counted_numbers(citation.quote)]
        for citation in _first_of_each_article(citations)
        if not looks_back(question, citation.quote, citation.article.published_at)
    ]
    found: list[Disagreement] = []
    if asked := _of_the_answer(question, stated, encoder):
        found.extend(_disagreement(asked))
    answered = {one.number.counted for one in asked}
    for counted in dict.fromkeys(one.number.counted for own in stated for one in own if one.number.counted):
        if counted not in answered and (same := _of_the_same(question, counted, stated)):
            found.extend(_disagreement(same))
    return tuple(found)


def _of_the_answer(question: AnalyzedQuery, stated: Sequence[Sequence[_Stated]], encoder: Encoder) -> list[_Stated]:
    """The number of each quote that answers the question, if they can be of the same thing; empty if none is sure."""
    expected = expected_answer(question.text)
    if expected is None or expected.kind != "number":
        return []
    answers: list[_Stated] = []
    for own in stated:
        span = locate_short_answer(question, own[0].citation.quote, encoder) if own else None
        answers.extend(one for one in own if one.number.phrase.span == span)
    # "2,862" may count what "2,901 killed" counts; "5,530 injured" does not.
    known = next((one.number.counted for one in answers if one.number.counted), "")
    return [one for one in answers if one.number.counted in {"", known}]


def _of_the_same(question: AnalyzedQuery, counted: str, stated: Sequence[Sequence[_Stated]]) -> list[_Stated]:
    """The only number of each quote that counts this, in the quotes of the same subject as the best of them."""
    single = [own[0] for quote in stated if len(own := [one for one in quote if one.number.counted == counted]) == 1]
    return [
        one
        for one in single
        if one is single[0]
        or are_of_one_subject(question, _quote(single[0].citation), _quote(one.citation), counted=counted)
    ]


def _quote(citation: Citation) -> Quote:
    return Quote(citation.quote, citation.article.title)


def _disagreement(stated: Sequence[_Stated]) -> Iterator[Disagreement]:
    """The disagreement of numbers of one thing; none if they agree."""
    if not any(differ(one.number.value, other.number.value) for one, other in combinations(stated, 2)):
        return
    values = [
        StatedValue(
            text=one.number.phrase.span.of(one.citation.quote),
            value=one.number.value,
            citation=one.citation.number,
            published_at=one.citation.article.published_at,
        )
        for one in stated
    ]
    newest_first = sort_newest_first(values, lambda value: value.published_at)
    yield Disagreement(next((one.number.noun for one in stated if one.number.noun), ""), tuple(newest_first))


def _first_of_each_article(citations: Sequence[Citation]) -> Sequence[Citation]:
    first: Mapping[str, Citation] = {citation.article.id: citation for citation in reversed(citations)}
    return [citation for citation in citations if first[citation.article.id] is citation]
