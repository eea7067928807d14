"""Other names of what a question names: DPRK → كوريا الشمالية; زيلنسكي → زيلينسكي.

Names come from `aliases.yaml`, which is meant to be read and extended, and from CLDR (through Babel), which knows every
country in English and Arabic.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Self

import yaml
from babel import Locale
from pydantic import BaseModel, ConfigDict, TypeAdapter

from dalil.text.analysis import words


class Name(BaseModel):
    """One thing with all its names; `en` are names in Latin script, `ar` in Arabic. Either may be empty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[str, ...] = ()
    ar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name in a question: the folded words it is written in, and the Arabic names of what it names."""

    words: tuple[str, ...]
    arabic: tuple[str, ...]


class Aliases:
    """Finds names in a question and gives all their Arabic names."""

    def __init__(self, names: Iterable[Name]) -> None:
        arabic: dict[tuple[str, ...], dict[str, None]] = {}
        for name in names:
            for known in (*name.en, *name.ar):
                arabic.setdefault(tuple(words(known)), {}).update(dict.fromkeys(name.ar))
        self._arabic: Mapping[tuple[str, ...], tuple[str, ...]] = {key: tuple(value) for key, value in arabic.items()}
        self._longest = max(map(len, self._arabic), default=0)

    @classmethod
    def standard(cls) -> Self:
        """The names of `aliases.yaml` and of CLDR's countries."""
        return cls((*_file_names(), *_country_names()))

    def names_in(self, question: str) -> list[FoundName]:
        """The names in `question`, in order; each thing once.

        The longest name counts: "North Korea" does not bring Korea.
        """
        asked = words(question)
        found: dict[tuple[str, ...], FoundName] = {}
        position = 0
        while position < len(asked):
            length = next(
                (
                    length
                    for length in range(min(self._longest, len(asked) - position), 0, -1)
                    if tuple(asked[position : position + length]) in self._arabic
                ),
                0,
            )
            if length:
                written = tuple(asked[position : position + length])
                arabic = self._arabic[written]
                found.setdefault(arabic, FoundName(written, arabic))
            position += max(1, length)
        return list(found.values())


@cache
def _file_names() -> tuple[Name, ...]:
    text = files("dalil.text").joinpath("aliases.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Name, ...]).validate_python(yaml.safe_load(text))


@cache
def _country_names() -> tuple[Name, ...]:
    english, arabic = Locale("en").territories, Locale("ar").territories
    return tuple(
        Name(en=(english[code],), ar=(arabic[code],))
        for code in sorted(english)
        if len(code) == 2 and code.isalpha() and code in arabic
    )
