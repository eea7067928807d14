"""Where a text denies something, in either language."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.text.lexicon import Word, read_lexicon, read_words
from dalil.text.normalisation import normalise

Stretch: TypeAlias = tuple[int, int]
"""Start and end of a part of a text."""

_CONTRACTION = re.compile(r"n['’]t\b", re.IGNORECASE)


def is_negation(forms: frozenset[str]) -> bool:
    """Whether one of the forms of a word, as `clitic_forms` gives them, is a negation."""
    return not forms.isdisjoint(read_words("negation"))


def without_exceptions(folded: str, negations: Sequence[Stretch]) -> list[Stretch]:
    """Those of the negations of a folded text that deny something; لن … سوى and "no more than" do not."""
    if not negations:
        return []
    exceptions = [found.span() for found in _exception().finditer(folded)]
    return [own for own in negations if not any(start <= own[0] and own[1] <= end for start, end in exceptions)]


def contractions(text: str) -> Iterable[Stretch]:
    """Where an original text has "n't"."""
    return (found.span() for found in _CONTRACTION.finditer(text))


class _Exceptions(BaseModel):
    """The entries of `negation_exceptions.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    no_comparative_than: tuple[Word, ...]
    la_before: tuple[Word, ...]
    exceptives: tuple[Word, ...]


@cache
def _exception() -> re.Pattern[str]:
    lists = read_lexicon("negation_exceptions", _Exceptions)
    comparatives, bounds, exceptives = (
        "|".join(map(normalise, words)) for words in (lists.no_comparative_than, lists.la_before, lists.exceptives)
    )
    return re.compile(
        rf"\b(?:no|not) (?:{comparatives}) than\b|\bnot only\b"
        rf"|\b[وف]?لا (?:{bounds})\b"
        rf"|\b[وف]?(?:لا|لن|لم)\b(?=.*\b(?:{exceptives})\b)"
    )
