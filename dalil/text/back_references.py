"""Sentences that begin with a reference to the sentence before them."""

from functools import cache

from pydantic import BaseModel, ConfigDict

from dalil.text.analysis import located_words
from dalil.text.arabic import CONJUNCTIONS, strip_proclitic
from dalil.text.lexicon import WordLists, read_lexicon

_MIN_LETTERS = 2
"""Letters behind the و or ف of a first word: the shortest pronouns have two."""


class BackReferenceWords(BaseModel):
    """The lists of `back_references.yaml`, which describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pronouns: WordLists
    openers: WordLists
    reporting_verbs: WordLists
    particles: WordLists


def refers_back(sentence: str) -> bool:
    """Whether a sentence begins with a personal pronoun, or with a verb of reporting that has no subject.

    Arabic puts the subject behind the verb: a particle or a mark there shows that it is left out.

    >>> refers_back("وأضاف أن الشحنة وصلت."), refers_back("وأضاف الوزير أن الشحنة وصلت.")
    (True, False)
    >>> refers_back("وقال: «وصلت الشحنة».")
    True
    """
    lists = _back_reference_words()
    located = list(located_words(sentence))
    while located and located[0][1] in lists.openers.folded:
        located = located[1:]
    if not located:
        return False
    span, word = located[0]
    first = strip_proclitic(word, CONJUNCTIONS, min_letters=_MIN_LETTERS)
    if first in lists.pronouns.folded:
        return True
    if first not in lists.reporting_verbs.folded or len(located) == 1:
        return False
    behind, following = located[1]
    return following in lists.particles.folded or bool(sentence[span.end : behind.start].strip())


@cache
def _back_reference_words() -> BackReferenceWords:
    return read_lexicon("back_references", BackReferenceWords)
