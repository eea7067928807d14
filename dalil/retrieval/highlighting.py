"""Which words of a passage matched the question."""

from collections.abc import Collection

from dalil.domain import Passage, Span
from dalil.text.analysis import CONSONANT_KEY_PREFIX, consonant_key_terms, located_words, without_prefixes, word_terms


def highlights(passage: Passage, terms: Collection[str]) -> tuple[Span, ...]:
    """The words of the passage that the question's terms found; offsets into the article.

    A word is marked for its stem, for half of its character n-grams (those of its article and conjunctions aside), or
    for a consonant key of at least three consonants. One n-gram in common is often chance in a long word, and so is a
    key of two consonants.
    """
    wanted = frozenset(terms)
    return tuple(
        Span(passage.start + span.start, passage.start + span.end)
        for span, word in located_words(passage.text)
        if _is_found(word, wanted)
    )


def _is_found(word: str, wanted: frozenset[str]) -> bool:
    own = word_terms(word)
    if not own:
        return False
    runs = word_terms(without_prefixes(word))[1:]
    named = any(term in wanted for term in consonant_key_terms(word) if len(term) > len(CONSONANT_KEY_PREFIX) + 2)
    return own[0] in wanted or named or (bool(runs) and 2 * sum(run in wanted for run in runs) >= len(runs))
