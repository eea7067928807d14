"""Words that an Arabic sentence adds to its quotes, which are Arabic too."""

from collections.abc import Iterator

from dalil.answering.attribution.comparison import Comparison
from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import match_keys
from dalil.domain import Finding, Verdict
from dalil.text.analysis import STOP_WORDS

MAX_ADDED_WORDS = 1
"""One such word may say what the quotes say in another way; more add something."""

MAX_ADDED_WORD_COSINE = 0.5
"""Mean best token cosine of a word; below it no word of the quotes means the same. docs/decisions/0014."""


def added_words(comparison: Comparison) -> Iterator[Finding]:
    """Content words of an Arabic sentence of which no Arabic quote has the stem or the meaning.

    Two languages share no stems, so that the similarity of the whole sentence has to do for an English one.
    """
    hypothesis, premise = comparison.hypothesis, comparison.premise
    if any(text.language != "ar" for text in (hypothesis, *premise.quotes)):
        return
    added = [
        span
        for place in _plain_words(hypothesis)
        if premise.places_by_key.keys().isdisjoint(match_keys(hypothesis.words[place]))
        and comparison.similarity.within(span := hypothesis.word_span(place)) < MAX_ADDED_WORD_COSINE
    ]
    if len(added) > MAX_ADDED_WORDS:
        listed = ", ".join(f'"{span.of(hypothesis.text)}"' for span in added)
        yield Finding("added_words", Verdict.PARTIAL, f"no quote has the words {listed}", added[0])


def _plain_words(text: ParsedText) -> Iterator[int]:
    """The places of the words that other rules leave: no stop words, quantities, known names and negations."""
    known = {word for name in text.names for word in name.words}
    checked = [(quantity.start, quantity.end) for quantity in text.quantities] + list(text.negation_words)
    for place, (word, (start, end)) in enumerate(zip(text.words, text.word_places, strict=True)):
        if (
            word not in STOP_WORDS
            and word not in known
            and all(end <= first or last <= start for first, last in checked)
        ):
            yield place
