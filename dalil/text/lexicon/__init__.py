"""Word lists of Arabic and English: one YAML file for each list, with its provenance, validated when it is read.

A file has two keys: `provenance`, a sentence about who compiled the list and from what, and `entries`, whose shape the
reader names.
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dalil.text.normalisation import normalise

Word = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, strict=True)]

Entries = TypeVar("Entries")


class _LexiconFile(BaseModel, Generic[Entries]):
    model_config = ConfigDict(extra="forbid", frozen=True)

    provenance: str = Field(min_length=20)
    entries: Entries


class _ByLanguage(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[Word, ...] = ()
    ar: tuple[Word, ...] = ()


def read_lexicon(name: str, entries: type[Entries]) -> Entries:
    """The entries of `name.yaml` in this folder, as `entries`.

    Raises pydantic's `ValidationError` for a file of another shape: a defect of the package, which a test finds.
    """
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return _LexiconFile[entries].model_validate(yaml.safe_load(text)).entries  # type: ignore[valid-type]


@cache
def read_words(name: str) -> frozenset[str]:
    """The words of both languages in `name.yaml`, folded by `normalise`; its entries are lists under `en` and `ar`."""
    lists = read_lexicon(name, _ByLanguage)
    return frozenset(normalise(word) for word in (*lists.en, *lists.ar))
