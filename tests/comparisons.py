"""A sentence beside its quotes as a rule of attribution is given them, without a model."""

from collections.abc import Sequence

import numpy as np

from dalil.answering.attribution.comparison import Comparison
from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise
from dalil.answering.attribution.token_similarity import TokenSimilarity
from dalil.domain import Span
from dalil.text.aliases import AliasEntry, Aliases
from dalil.text.analysis import located_words

ALIASES = Aliases([AliasEntry(en=("Russia", "Russian"), ar=("روسيا", "روسي")), AliasEntry(en=("Iran",), ar=("إيران",))])


def premise_of(*quotes: str) -> Premise:
    """The quotes parsed."""
    return Premise(tuple(ParsedText.parse(quote, ALIASES) for quote in quotes))


def comparison_of(sentence: str, *quotes: str, cosines: Sequence[float] | float = 1.0) -> Comparison:
    """Every word of the sentence is a token; `cosines` are theirs, in order, or that of each."""
    spans = tuple(span for span, _ in located_words(sentence))
    each = [cosines] * len(spans) if isinstance(cosines, float) else list(cosines)
    assert len(each) == len(spans)
    similarity = TokenSimilarity(np.array(each, dtype=np.float32), spans or (Span(0, 0),))
    return Comparison(premise_of(*quotes), ParsedText.parse(sentence, ALIASES), similarity)
