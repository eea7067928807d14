"""The text of an article in parts: what is cited, and what is not indexed, such as menus and calls to subscribe."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from dalil.domain import Span


@dataclass(frozen=True, slots=True)
class TextPart:
    """Characters of a text; `is_boilerplate` if no passage has them."""

    text: str
    is_boilerplate: bool


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The parts before, in and after the cited characters; together they are the text. Without any, all is before."""

    before: Sequence[TextPart]
    cited: Sequence[TextPart]
    after: Sequence[TextPart]

    @classmethod
    def of(cls, text: str, cited: Span | None, passages: Iterable[Span]) -> Self:
        """The parts of a text whose passages are in order of `start`."""
        indexed = list(passages)
        start, end = (cited.start, cited.end) if cited else (len(text), len(text))
        bounds = ((0, start), (start, end), (end, len(text)))
        return cls(*(list(_parts(text, first, last, indexed)) for first, last in bounds))


def _parts(text: str, start: int, end: int, passages: Iterable[Span]) -> Iterable[TextPart]:
    at = start
    for passage in passages:
        first, last = max(passage.start, at), min(passage.end, end)
        if first >= last:
            continue
        yield from _boilerplate(text[at:first])
        yield TextPart(text[first:last], is_boilerplate=False)
        at = last
    yield from _boilerplate(text[at:end])


def _boilerplate(text: str) -> Iterable[TextPart]:
    """The part between two passages; white space alone is no boilerplate."""
    if text:
        yield TextPart(text, is_boilerplate=bool(text.strip()))
