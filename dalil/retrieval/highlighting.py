"""The words of a passage that match the question."""

from collections.abc import Collection

from dalil.domain import Passage, Span
from dalil.retrieval.query import MIN_KEY_LENGTH
from dalil.text.analysis import consonant_key_terms, located_words, word_terms
from dalil.text.arabic import bare_forms, strip_prefixes


def highlights(passage: Passage, terms: Collection[str]) -> tuple[Span, ...]:
    """The spans, in the article, of the passage's words that match the question's terms, in order.

    A word matches by its stem, by at least half of its character n-grams (with or without its proclitics), or by a
    consonant key of at least `MIN_KEY_LENGTH`. A long word often shares one n-gram by chance, and a word one key of
    two consonants.
    """
    query_terms = frozenset(terms)
    return tuple(
        Span(passage.start + span.start, passage.start + span.end)
        for span, word in located_words(passage.text)
        if _matches(word, query_terms)
    )


def _matches(word: str, query_terms: frozenset[str]) -> bool:
    own = word_terms(word)
    if not own:
        return False
    by_ngrams = any(_matches_by_ngrams(form, query_terms) for form in {strip_prefixes(word), *bare_forms(word)[1:]})
    by_key = any(key in query_terms for key in consonant_key_terms(word) if len(key) >= MIN_KEY_LENGTH)
    return own[0] in query_terms or by_ngrams or by_key


def _matches_by_ngrams(form: str, query_terms: frozenset[str]) -> bool:
    ngrams = word_terms(form)[1:]
    return bool(ngrams) and 2 * sum(ngram in query_terms for ngram in ngrams) >= len(ngrams)
