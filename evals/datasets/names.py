"""Names in both scripts: `names.jsonl`, as `evals/data/README.md` describes it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evals.datasets.jsonl import read_lines
from evals.datasets.paths import DATA

NAMES = DATA / "names.jsonl"


class NamePair(BaseModel):
    """A name in Latin letters, and the ways in which newspapers write it in Arabic letters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    latin: str
    arabic: tuple[str, ...] = Field(min_length=1)
    half: Literal["dev", "test"]


def load_names() -> tuple[NamePair, ...]:
    """All names, in the order of the file."""
    return tuple(pair for _, pair in read_lines(NAMES, NamePair, lambda pair: pair))
