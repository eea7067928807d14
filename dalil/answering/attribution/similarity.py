"""A sentence has to be about what its quotes are about, all of it."""

from collections.abc import Iterator, Mapping

from dalil.answering.attribution.comparison import Comparison
from dalil.domain import Finding, Verdict
from dalil.text.language import Language

MIN_LATE_INTERACTION: Mapping[Language, float] = {"ar": 0.5, "en": 0.42, "und": 0.5}
"""Mean best token cosine of a sentence with its quotes, by the sentence's language; below it they are about something
else. Chosen on the development half of the claims, docs/decisions/0014.
"""

MIN_WEAKEST_QUARTER: Mapping[Language, float] = {"ar": 0.4, "en": 0.33, "und": 0.4}
"""The same of the quarter of its tokens that agree least; below it part of the sentence is from elsewhere."""


def low_similarity(comparison: Comparison) -> Iterator[Finding]:
    """A sentence that is about something else, or of which a part is from elsewhere."""
    hypothesis, similarity = comparison.hypothesis, comparison.similarity
    least, least_of_quarter = MIN_LATE_INTERACTION[hypothesis.language], MIN_WEAKEST_QUARTER[hypothesis.language]
    if similarity.mean < least:
        message = f"the quotes are about something else: their similarity is {similarity.mean:.3f}, below {least:.3f}"
        yield Finding("low_similarity", Verdict.UNSUPPORTED, message)
    elif similarity.weakest_quarter < least_of_quarter:
        message = (
            "part of the sentence is not in the quotes: the similarity of a quarter of its tokens is "
            f"{similarity.weakest_quarter:.3f}, below {least_of_quarter:.3f}"
        )
        yield Finding("low_similarity", Verdict.PARTIAL, message, similarity.weakest_span)
