"""Negations in a text, in either language."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.text.arabic import CONJUNCTIONS
from dalil.text.lexicon import Word, read_lexicon, read_words
from dalil.text.normalisation import normalise

Offsets: TypeAlias = tuple[int, int]
"""Start and end of a part of a text."""

_CONTRACTION = re.compile(r"n['’]t\b", re.IGNORECASE)


def is_negation(forms: frozenset[str]) -> bool:
    """True if one of the forms of a word, as `word_forms` returns them, is a negation."""
    return not forms.isdisjoint(read_words("negation"))


def without_exceptions(folded: str, negations: Sequence[Offsets]) -> list[Offsets]:
    """The negations of a folded text that deny something; لن … سوى and "no more than" do not."""
    if not negations:
        return []
    exceptions = [found.span() for found in _exception().finditer(folded)]
    return [own for own in negations if not any(start <= own[0] and own[1] <= end for start, end in exceptions)]


def contractions(text: str) -> Iterable[Offsets]:
    """The places of "n't" in an original text."""
    return (found.span() for found in _CONTRACTION.finditer(text))


class _Exceptions(BaseModel):
    """The entries of `negation_exceptions.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    no_comparative_than: tuple[Word, ...]
    bound_particles: tuple[Word, ...]
    bound_verbs: tuple[Word, ...]
    excepted_particles: tuple[Word, ...]
    exceptives: tuple[Word, ...]


@cache
def _exception() -> re.Pattern[str]:
    lists = read_lexicon("negation_exceptions", _Exceptions)
    conjunction = f"[{''.join(CONJUNCTIONS)}]?"
    return re.compile(
        rf"\b(?:no|not) {_any_of(lists.no_comparative_than)} than\b|\bnot only\b"
        rf"|\b{conjunction}{_any_of(lists.bound_particles)} {_any_of(lists.bound_verbs)}\b"
        rf"|\b{conjunction}{_any_of(lists.excepted_particles)}\b(?=.*\b{_any_of(lists.exceptives)}\b)"
    )


def _any_of(words: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(normalise, words))})"
