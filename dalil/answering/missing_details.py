"""The details of a question that the passages found do not have, for a refusal to name."""

from collections.abc import Iterator

import numpy as np

from dalil.answering.confidence import MAX_ANSWER_HITS, answer_texts
from dalil.answering.content_words import MIN_TOKEN_COSINE, content_words
from dalil.answering.list_question import asks_for_list
from dalil.domain import DetailKind, MissingDetail
from dalil.retrieval.retriever import SearchResults
from dalil.text.aliases import Aliases
from dalil.text.analysis import key_term_forms, key_terms, located_words
from dalil.text.quantities import extract_numbers_and_dates, locate_numbers_and_dates
from dalil.text.quantity_phrases import find_date_phrases
from dalil.text.years import find_years

MAX_WORDS = 3
"""The most words that are named."""

MIN_LETTERS = 3
"""The letters of a word that is named; a shorter one is mostly a part of another: "the dam's", "Al Haouz"."""


def missing_details(results: SearchResults, aliases: Aliases) -> tuple[MissingDetail, ...]:
    """The names that the alias file knows, the numbers and dates, and the words that no passage mentions.

    Empty where nothing was found: then everything is missing.
    """
    if not results.hits:
        return ()
    texts = answer_texts(results.hits)
    return tuple(
        dict.fromkeys((*_names(results, texts, aliases), *_quantities(results, texts), *_words(results, aliases)))
    )


def _names(results: SearchResults, texts: list[str], aliases: Aliases) -> Iterator[MissingDetail]:
    held = [key_term_forms(text) for text in texts]
    written = {word: span.of(results.question.text) for span, word in located_words(results.question.text)}
    for name in aliases.names_in(results.question.text):
        forms = [frozenset(key_terms(form)) for form in name.arabic]
        if not any(form <= own for form in forms for own in held):
            yield MissingDetail(DetailKind.NAME, " ".join(written.get(word, word) for word in name.words))


def _quantities(results: SearchResults, texts: list[str]) -> Iterator[MissingDetail]:
    text, stated = results.question.text, extract_numbers_and_dates(" ".join(texts))
    dates, years = [phrase.span for phrase in find_date_phrases(text)], find_years(text)
    for quantity, span in locate_numbers_and_dates(text):
        if not stated.state(quantity):
            # A year is a number to the rest of the code, and so is the day of a date.
            is_in_date = any(date.start <= span.start and span.end <= date.end for date in dates)
            is_date = quantity.kind != "number" or quantity.value in years or is_in_date
            yield MissingDetail(DetailKind.DATE if is_date else DetailKind.NUMBER, span.of(text))


def _words(results: SearchResults, aliases: Aliases) -> Iterator[MissingDetail]:
    """The content words, without names and numbers, that the best of the passages mentions least."""
    compared = [own for hit in results.hits[:MAX_ANSWER_HITS] if (own := results.token_cosines.get(hit.passage.id))]
    if not compared:
        return
    text = results.question.text
    named = {word for name in aliases.names_in(text) for word in name.words}
    words = [
        word
        for word in content_words(results, np.max(compared, axis=0).tolist())
        if word.similarity < MIN_TOKEN_COSINE
        and word.span.end <= len(text)
        and word.word.isalpha()
        and len(word.word) >= MIN_LETTERS
        and not asks_for_list(word.word)
    ]
    for word in sorted((word for word in words if word.word not in named), key=lambda word: word.similarity)[
        :MAX_WORDS
    ]:
        yield MissingDetail(DetailKind.WORD, word.span.of(text))
