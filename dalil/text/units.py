"""The units that numbers have: per cent, and units of time, length, mass and money."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict

from dalil.text.lexicon import Word, WordLists, read_lexicon

PERCENT = "percent"
"""The name of the unit of a share."""


class _Unit(BaseModel):
    """A unit; a number in one unit can be converted into another of the same kind, or mistaken for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word
    kind: Word | None = None
    words: WordLists


class _UnitLists(BaseModel):
    """The entries of `measure_units.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    units: tuple[_Unit, ...]
    fillers: WordLists


@dataclass(frozen=True, slots=True)
class Units:
    """Folded word → unit, unit → kind, and the folded words that may come between a number and its unit."""

    of_words: Mapping[str, str]
    kinds: Mapping[str, str]
    fillers: frozenset[str]

    def of_kind(self, kind: str) -> frozenset[str]:
        """The units of one kind; empty for a kind that is not known."""
        return frozenset(unit for unit, own in self.kinds.items() if own == kind)


@cache
def known_units() -> Units:
    """The units of `measure_units.yaml`."""
    lists = read_lexicon("measure_units", _UnitLists)
    return Units(
        {word: unit.name for unit in lists.units for word in unit.words.folded},
        {unit.name: unit.kind for unit in lists.units if unit.kind},
        lists.fillers.folded,
    )
