"""The text between the quotation marks of a sentence has to be in its quotes, word for word."""

from collections.abc import Iterator

from dalil.answering.attribution.comparison import Comparison
from dalil.domain import Finding, Verdict
from dalil.text.language import language_of

MIN_LITERAL_WORDS = 3
"""A shorter quotation is a name or a title."""


def missing_literal_quotes(comparison: Comparison) -> Iterator[Finding]:
    """Each Arabic quotation of at least `MIN_LITERAL_WORDS` words that no quote has; one in English is translated."""
    hypothesis = comparison.hypothesis
    for span, words in hypothesis.literal_quotations:
        quotation = span.of(hypothesis.text)
        is_literal = len(words) >= MIN_LITERAL_WORDS and language_of(quotation) == "ar"
        if is_literal and not comparison.premise.has_words(words):
            message = f'the quotes do not have the words "{" ".join(quotation.split())}"'
            yield Finding("missing_literal_quotes", Verdict.UNSUPPORTED, message, span)
