"""The other names of people, places and things in a question: DPRK → كوريا الشمالية; زيلنسكي → زيلينسكي.

The names come from `lexicon/aliases.yaml`, which anyone can extend, and from CLDR (through Babel), which has every
country in English and Arabic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from babel import Locale
from pydantic import BaseModel, ConfigDict

from dalil.text.analysis import words
from dalil.text.arabic import bare_forms
from dalil.text.lexicon import Word, read_lexicon


class AliasEntry(BaseModel):
    """One person, place or thing: `en` are its names in Latin script, `ar` in Arabic script. Either may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[Word, ...] = ()
    ar: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name in a question: its folded words there, and all Arabic names of the same person, place or thing."""

    words: tuple[str, ...]
    arabic: tuple[str, ...]


class Aliases:
    """Finds the names in a question and returns their Arabic names."""

    def __init__(self, names: Iterable[AliasEntry]) -> None:
        arabic: dict[tuple[str, ...], dict[str, None]] = {}
        for name in names:
            # A form without a word, such as a lone mark, would match everywhere.
            forms = [form for form in name.ar if words(form)]
            for known in filter(words, (*name.en, *forms)):
                arabic.setdefault(tuple(words(known)), {}).update(dict.fromkeys(forms))
        self._arabic: Mapping[tuple[str, ...], tuple[str, ...]] = {key: tuple(value) for key, value in arabic.items()}
        self._max_words = max(map(len, self._arabic), default=0)

    @classmethod
    def standard(cls) -> Self:
        """The names of `lexicon/aliases.yaml` and the countries of CLDR."""
        return cls((*file_names(), *country_names()))

    def names_in(self, question: str) -> list[FoundName]:
        """The names in `question`, in order; each person, place or thing once.

        The longest name counts: "North Korea" is not also "Korea".
        """
        return self.names_among(words(question))

    def names_among(self, folded: Sequence[str]) -> list[FoundName]:
        """As `names_in`, among folded words."""
        found: dict[tuple[str, ...], FoundName] = {}
        position = 0
        while position < len(folded):
            name = self._longest(folded[position : position + self._max_words])
            if name:
                found.setdefault(name.arabic, name)
            position += len(name.words) if name else 1
        return list(found.values())

    def _longest(self, folded: Sequence[str]) -> FoundName | None:
        """The longest name that the words begin with, which a proclitic may precede: لكوريا الشمالية."""
        for length in range(len(folded), 0, -1):
            for first in bare_forms(folded[0]):
                if arabic := self._arabic.get((first, *folded[1:length])):
                    return FoundName(tuple(folded[:length]), arabic)
        return None


@cache
def file_names() -> tuple[AliasEntry, ...]:
    """The names of `lexicon/aliases.yaml`."""
    return read_lexicon("aliases", tuple[AliasEntry, ...])


@cache
def country_names() -> tuple[AliasEntry, ...]:
    """The countries of CLDR, with one name in each language."""
    english, arabic = Locale("en").territories, Locale("ar").territories
    return tuple(
        AliasEntry(en=(english[code],), ar=(arabic[code],))
        for code in sorted(english)
        if len(code) == 2 and code.isalpha() and code in arabic
    )
