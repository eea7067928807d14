"""The input of the rules of attribution."""

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
    """A parsed sentence (the hypothesis), the parsed quotes that it cites (the premise), and their similarity."""

    premise: Premise
    hypothesis: ParsedText
    similarity: TokenSimilarity

    @cached_property
    def entities(self) -> EntityOverlap:
        """The names that both have, and the names that only the sentence has."""
        return compare_entities(self.premise, self.hypothesis)


Rule: TypeAlias = Callable[[Comparison], Iterable[Finding]]
"""A pure function. It yields a finding for each fault of a sentence, and none if the quotes support it."""
