"""The names in a sentence have to be in its quotes, in any script."""

from collections.abc import Iterator

from dalil.answering.attribution.comparison import Comparison
from dalil.domain import Finding, Verdict

MIN_NAME_COSINE = 0.44
"""Mean best token cosine of a name in Latin letters that no word of the quotes sounds like; below it none of them
translates the name either. Chosen on the development half of the claims, docs/decisions/0014.
"""

MAX_UNMATCHED_NAMES = 1
"""One such name may be an ordinary word that begins a sentence, or a translation; more are inventions."""


def missing_names(comparison: Comparison) -> Iterator[Finding]:
    """Each name that no quote has, by a known name, by its sound, or by a translation."""
    text, entities = comparison.hypothesis.text, comparison.entities
    for span in entities.missing:
        yield Finding("missing_names", Verdict.PARTIAL, f'the quotes do not name "{span.of(text)}"', span)
    unmatched = [span for span in entities.unmatched if comparison.similarity.within(span) < MIN_NAME_COSINE]
    verdict = Verdict.UNSUPPORTED if len(unmatched) > MAX_UNMATCHED_NAMES else Verdict.PARTIAL
    for span in unmatched:
        message = f'no word of the quotes sounds like "{span.of(text)}" or translates it'
        yield Finding("missing_names", verdict, message, span)
