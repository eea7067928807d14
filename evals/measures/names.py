"""How often a name in Latin letters meets itself in Arabic letters, and how often another name."""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.text.analysis import consonant_keys_of, latin_consonant_key_terms
from dalil.text.latin_names import latin_names
from evals.datasets.names import NamePair


@dataclass(frozen=True, slots=True)
class NameMatches:
    """The share of spellings that the name in Latin letters meets, and of the other names' spellings."""

    spellings: int
    recall: float
    false_match_rate: float


def measure_names(pairs: Sequence[NamePair]) -> NameMatches:
    """Compare every name with every spelling by their consonant keys, word by word, as the keyword search does.

    Of a name of several words, one that meets is enough. The alias file has no part in it.
    """
    latin = [_latin_keys(pair.latin) for pair in pairs]
    spellings = [(place, consonant_keys_of(form)) for place, pair in enumerate(pairs) for form in pair.arabic]
    met = sum(not latin[place].isdisjoint(keys) for place, keys in spellings)
    others = [not own.isdisjoint(keys) for at, own in enumerate(latin) for place, keys in spellings if place != at]
    return NameMatches(len(spellings), met / len(spellings), sum(others) / len(others))


def _latin_keys(name: str) -> frozenset[str]:
    return frozenset().union(*(latin_consonant_key_terms(word.letters) for word in latin_names(name)))
