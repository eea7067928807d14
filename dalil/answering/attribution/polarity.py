"""A sentence must not say the opposite of its quotes, nor deny what they say."""

from collections.abc import Iterator
from functools import cache

from dalil.answering.attribution.comparison import Comparison
from dalil.answering.attribution.parsed import forms_of, word_forms
from dalil.domain import Finding, Verdict
from dalil.text.lexicon import WordLists, read_lexicon

NEARLY_ALL_WORDS_SHARE = 0.75
"""A sentence with this share of its quotes' number of words repeats nearly all of them; docs/decisions/0014."""


@cache
def antonyms() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Pairs of sets of folded words that turn a statement round."""
    pairs = read_lexicon("antonyms", tuple[tuple[WordLists, WordLists], ...])
    return tuple((one.folded, other.folded) for one, other in pairs)


def opposites(own: frozenset[str], theirs: frozenset[str]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The words and their opposites, where `own` has one of the words and `theirs` only one of the opposites.

    Both are forms of a text's words. Where either text has both a word and its opposite, nothing is known of which
    belongs to what.
    """
    for pair in antonyms():
        for pole, opposite in (pair, pair[::-1]):
            is_opposite = not (own.isdisjoint(pole) or theirs.isdisjoint(opposite))
            if is_opposite and own.isdisjoint(opposite) and theirs.isdisjoint(pole):
                yield pole, opposite


def contradictions(comparison: Comparison) -> Iterator[Finding]:
    """Each word of which the quotes have only the opposite: ارتفع where they have انخفض."""
    hypothesis, theirs = comparison.hypothesis, comparison.premise.word_forms
    for pole, opposite in opposites(forms_of(hypothesis.words), theirs):
        place = next(at for at, word in enumerate(hypothesis.words) if not pole.isdisjoint(word_forms(word)))
        span = hypothesis.word_span(place)
        found = ", ".join(sorted(theirs & opposite))
        message = f'the quotes say the opposite of "{span.of(hypothesis.text)}": {found}'
        yield Finding("contradictions", Verdict.UNSUPPORTED, message, span)


def unshared_negations(comparison: Comparison) -> Iterator[Finding]:
    """A denial that only one side has.

    That of the sentence is an invention. That of the quotes may be of something the sentence leaves out, unless the
    sentence repeats nearly all of their words.
    """
    premise, hypothesis = comparison.premise, comparison.hypothesis
    if hypothesis.negations and not premise.is_negated:
        span = hypothesis.negations[0]
        message = f'the quotes do not deny what the sentence denies with "{span.of(hypothesis.text)}"'
        yield Finding("unshared_negations", Verdict.UNSUPPORTED, message, span)
    elif premise.is_negated and not hypothesis.negations:
        if len(hypothesis.words) >= NEARLY_ALL_WORDS_SHARE * len(premise.words):
            message = "the sentence repeats nearly all of the quotes and leaves out that they deny it"
            yield Finding("unshared_negations", Verdict.UNSUPPORTED, message)
        else:
            message = "the quotes deny something, and the sentence denies nothing"
            yield Finding("unshared_negations", Verdict.PARTIAL, message)
