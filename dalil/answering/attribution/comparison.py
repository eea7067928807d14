"""What a rule of attribution is given."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from dalil.answering.attribution.entities import EntityOverlap, compare_entities
from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise
from dalil.answering.attribution.token_similarity import TokenSimilarity
from dalil.domain import Finding


@dataclass(frozen=True)
class Comparison:
    """A sentence (the hypothesis) beside the quotes that it cites (the premise), each parsed, and how near they are."""

    premise: Premise
    hypothesis: ParsedText
    similarity: TokenSimilarity

    @cached_property
    def entities(self) -> EntityOverlap:
        """What both name, and what the sentence alone names."""
        return compare_entities(self.premise, self.hypothesis)


Rule: TypeAlias = Callable[[Comparison], Iterable[Finding]]
"""A pure function: what it objects to in a sentence, nothing where the quotes bear it out."""
