"""Word lists of Arabic and English: YAML files with their provenance, validated when they are read.

A file has two keys: `provenance`, which says who compiled the list and from which texts, and `entries`. The caller of
`read_lexicon` names the shape of the entries.
"""

from collections import Counter
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Generic, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dalil.text.normalisation import normalise

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, strict=True)]
"""A word or a phrase. Strict: YAML reads an unquoted `no` as a boolean, which is refused."""

Entries = TypeVar("Entries")

# libyaml parses ten times as fast; a build of PyYAML without it reads the same.
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _LexiconFile(BaseModel, Generic[Entries]):
    model_config = ConfigDict(extra="forbid", frozen=True)

    provenance: str = Field(min_length=20)
    entries: Entries


class WordLists(BaseModel):
    """Words and phrases by language, at least one, and none of them twice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[Word, ...] = ()
    ar: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        counts = Counter((*self.en, *self.ar))
        if not counts:
            raise ValueError("a word list needs at least one word")
        if repeated := [word for word, count in counts.items() if count > 1]:
            raise ValueError(f"a word list holds each word once; remove the copies of {repeated!r}")
        return self

    @cached_property
    def folded(self) -> frozenset[str]:
        """The words of both languages, folded by `normalise`."""
        return frozenset(normalise(word) for word in (*self.en, *self.ar))


class WordValues(BaseModel):
    """Words by language, each with the number that is its value."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: dict[Word, float] = Field(default_factory=dict)
    ar: dict[Word, float] = Field(default_factory=dict)

    @cached_property
    def folded(self) -> dict[str, float]:
        """The words of both languages, folded by `normalise`, and their values."""
        return {normalise(word): value for word, value in (*self.en.items(), *self.ar.items())}


def read_lexicon(name: str, entries: type[Entries]) -> Entries:
    """The entries of `name.yaml` in this folder, as `entries`.

    Raises pydantic's `ValidationError` for a file of another shape: a defect of the package, which a test finds.
    """
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=_LOADER)  # noqa: S506  both loaders are safe ones
    return _LexiconFile[entries].model_validate(content).entries  # type: ignore[valid-type]


@cache
def read_words(name: str) -> frozenset[str]:
    """The folded words of both languages in `name.yaml`, whose entries are one `WordLists`."""
    return read_lexicon(name, WordLists).folded
