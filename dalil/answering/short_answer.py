"""The part of a quote that answers: a number with its unit, or a date."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dalil.answering.answer_type import ExpectedAnswer, expected_answer
from dalil.answering.attribution.parsed import forms_of
from dalil.answering.attribution.polarity import antonyms, opposites
from dalil.domain import AnswerSentence, Citation, ShortAnswer, Span
from dalil.embedding.centring import subtract_mean
from dalil.embedding.encoder import Encoder
from dalil.retrieval.query import ENGLISH_STOP_WORDS, AnalyzedQuery
from dalil.text.analysis import STOP_WORDS, located_words, words
from dalil.text.arabic import strip_proclitic
from dalil.text.quantities import extract_numbers_and_dates
from dalil.text.quantity_phrases import DatePhrase, NumberPhrase, find_date_phrases, find_number_phrases
from dalil.text.units import PERCENT
from dalil.text.years import find_years

MIN_CONTEXT_MARGIN = 0.05
"""How much better the context of one of several numbers must agree with the question; docs/decisions/0022."""

WORD_DECAY_WORDS = 25.0
"""A word this far from a number counts 1/e of one beside it."""

CLAUSE_DECAY = 0.5
"""A word in the next clause counts this share of one in the number's own."""

_CLAUSE_MARKS = frozenset("،,؛;:.")
_MIN_CONJOINED_LETTERS = 3
"""Letters behind the و of a word that begins a clause; in a shorter word the letter may be its own."""

Phrase = TypeVar("Phrase", NumberPhrase, DatePhrase)


def find_short_answer(
    question: AnalyzedQuery, sentences: Sequence[AnswerSentence], citations: Iterable[Citation], encoder: Encoder
) -> ShortAnswer | None:
    """The part of the first sentence's first quote that answers; None where none is sure.

    A quote that looks back to years before its article, which the question does not name, may tell of another event.
    """
    if not sentences:
        return None
    quoted = {citation.number: citation for citation in citations}
    citation = quoted[sentences[0].citations[0]]
    if looks_back(question, citation.quote, citation.article.published_at):
        return None
    span = locate_short_answer(question, citation.quote, encoder)
    if span is None:
        return None
    start, end = citation.start + span.start, citation.start + span.end
    return ShortAnswer(span.of(citation.quote), citation.number, start, end, citation.article.published_at)


def looks_back(question: AnalyzedQuery, quote: str, published_at: datetime | None) -> bool:
    """Whether the quote names years, but only years before its article that the question does not name."""
    years = find_years(quote) - find_years(question.text)
    return published_at is not None and bool(years) and max(years) < published_at.year - 1


def locate_short_answer(question: AnalyzedQuery, quote: str, encoder: Encoder) -> Span | None:
    """The span of the quote that answers the question; None where none is sure.

    A quote that answers is a condition: in any other quote, the only number may have nothing to do with the question.
    """
    expected = expected_answer(question.text)
    # Who asks for the dead is not told the number of the injured.
    if expected is None or any(opposites(forms_of(words(question.text)), forms_of(words(quote)))):
        return None
    if expected.kind == "date":
        spans = _dates(question, expected, quote)
        # Between two dates the context decides no better than chance.
        return spans[0] if len(spans) == 1 else None
    numbers = _numbers(question, expected, quote)
    best = numbers[0] if len(numbers) == 1 else _best_in_context(question, expected, quote, numbers, encoder)
    return best.span if best else None


def _dates(question: AnalyzedQuery, expected: ExpectedAnswer, quote: str) -> list[Span]:
    """The dates of the quote that may answer; where a year is asked for, the years."""
    dates = _new(question, find_date_phrases(quote))
    if expected.is_year:
        return [date.year for date in dates if date.year]
    # "said on Tuesday that it would open on 5 March": a weekday beside a date is the day of the report.
    full = [date for date in dates if not date.is_weekday]
    return [date.span for date in full or dates]


def _numbers(question: AnalyzedQuery, expected: ExpectedAnswer, quote: str) -> list[NumberPhrase]:
    """The numbers of the quote that may answer, by their units."""
    numbers = _new(question, find_number_phrases(quote))
    if expected.units:
        return [number for number in numbers if number.unit in expected.units]
    return _of_what_is_counted(question, quote, [one for one in numbers if one.unit != PERCENT] or numbers)


def _of_what_is_counted(question: AnalyzedQuery, quote: str, numbers: Sequence[NumberPhrase]) -> list[NumberPhrase]:
    """The numbers of what the question names, of the dead and not of the injured; all where none is known to be."""
    asked = forms_of(words(question.text))
    # Behind the number: 12 قتيلا. Before it: مقتل 12.
    nouns = [
        forms_of([*words(quote[: one.span.start])[-1:], *words(quote[one.number.end : one.span.end])])
        for one in numbers
    ]
    named = [pole for pair in antonyms() for pole in pair if not pole.isdisjoint(asked)]
    same = [one for one, noun in zip(numbers, nouns, strict=True) if any(not pole.isdisjoint(noun) for pole in named)]
    return same or [one for one, noun in zip(numbers, nouns, strict=True) if not any(opposites(asked, noun))]


def _new(question: AnalyzedQuery, phrases: Sequence[Phrase]) -> list[Phrase]:
    """The phrases that state anything that the question does not."""
    stated = extract_numbers_and_dates(question.text)
    return [
        phrase
        for phrase in phrases
        if not phrase.quantities or not all(stated.state(quantity) for quantity in phrase.quantities)
    ]


def _best_in_context(
    question: AnalyzedQuery, expected: ExpectedAnswer, quote: str, numbers: Sequence[NumberPhrase], encoder: Encoder
) -> NumberPhrase | None:
    """The number whose context agrees with the question more than that of all others, by a margin; None without one."""
    if not numbers:
        return None
    words = _content_words(question, expected)
    (asked,) = encoder.embedder.embed_tokens([question.text], "query")
    (read,) = encoder.embedder.embed_tokens([quote], "document")
    own = [indexes for word in words if (indexes := _overlapping(asked.spans, word))]
    if not own or not read.spans:
        return None
    question_tokens = subtract_mean(asked.tokens, encoder.centres.question_token[question.language])
    cosines = question_tokens @ subtract_mean(read.tokens, encoder.centres.passage_token).T
    word_cosines = np.maximum(np.stack([cosines[indexes].mean(axis=0) for indexes in own]), 0)
    scores = [float((word_cosines * weights).max(axis=1).mean()) for weights in _weights(quote, numbers, read.spans)]
    second, best = sorted(scores)[-2:]
    return numbers[scores.index(best)] if best - second >= MIN_CONTEXT_MARGIN else None


def _content_words(question: AnalyzedQuery, expected: ExpectedAnswer) -> list[Span]:
    """The words of the question that are no stop words and do not ask; a noun such as "price" does both."""
    return [
        span
        for span, word in located_words(question.text)
        if word not in ENGLISH_STOP_WORDS and word not in STOP_WORDS and not _contains(expected.asking, span)
    ]


def _weights(quote: str, numbers: Sequence[NumberPhrase], tokens: Sequence[Span]) -> Iterator[NDArray[np.float32]]:
    """For each number the weight of each token: it falls with the words and clauses between, and is 0 in the number.

    What the number counts belongs to its context, with the weight 1.
    """
    words = list(located_words(quote))
    clauses = np.cumsum([_begins_clause(quote, words, place) for place in range(len(words))])
    starts = np.array([span.start for span, _ in words])
    places = np.maximum(np.searchsorted(starts, [token.end - 1 for token in tokens], side="right") - 1, 0)
    for number in numbers:
        span = number.span
        first, last = np.maximum(np.searchsorted(starts, [span.start, span.end - 1], side="right") - 1, 0)
        distance = np.maximum(np.maximum(first - places, places - last), 0)
        nearest = np.clip(places, first, last)
        between = np.abs(clauses[places] - clauses[nearest])
        is_outside = np.array(
            [token.end <= number.number.start or token.start >= number.number.end for token in tokens]
        )
        yield (np.exp(-distance / WORD_DECAY_WORDS) * CLAUSE_DECAY**between * is_outside).astype(np.float32)


def _begins_clause(quote: str, words: Sequence[tuple[Span, str]], place: int) -> bool:
    if place == 0:
        return False
    span, word = words[place]
    gap = quote[words[place - 1][0].end : span.start]
    return (
        not _CLAUSE_MARKS.isdisjoint(gap) or strip_proclitic(word, ("و",), min_letters=_MIN_CONJOINED_LETTERS) != word
    )


def _overlapping(tokens: Sequence[Span], place: Span) -> list[int]:
    return [index for index, token in enumerate(tokens) if token.overlaps(place)]


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
