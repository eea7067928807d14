"""Spelling folded for matching, never for storing, so that two spellings of one word are equal.

Folding removes harakat and every other combining mark, tatweel, zero-width and bidi marks and hamza (also from أ إ آ ٱ
ؤ ئ). It replaces ى by ي, ة by ه, Persian and Urdu letters by the Arabic ones, presentation forms and other
compatibility characters by their plain forms, the digits of every script by 0 to 9, and capital letters by small ones.
`normalise_with_origins` keeps the offset that each folded character had in the original.
"""

import unicodedata
from dataclasses import dataclass

from dalil.domain import Span

_LETTERS = {
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ے": "ي",
    "ک": "ك",
    "گ": "ك",
    "ڭ": "ك",
    "ة": "ه",
    "ھ": "ه",
    "ہ": "ه",
    "ۃ": "ه",
    "ە": "ه",
    "پ": "ب",
    "چ": "ج",
    "ڤ": "ف",
    "ڨ": "ق",
    "ژ": "ز",
    "ء": "",
    "ـ": "",
}


def _fold(character: str) -> str:
    """The folding of one character of any text: mostly one character, sometimes none or several."""
    folded = []
    for part in unicodedata.normalize("NFKD", character):
        category = unicodedata.category(part)
        if category in {"Mn", "Me", "Cf"}:
            continue
        if category == "Nd":
            folded.append(str(unicodedata.decimal(part)))
        else:
            folded.append(_LETTERS.get(part, part.lower()))
    return "".join(folded)


class _Folding(dict[int, str]):
    """A table for `str.translate`, filled when a character first occurs: at most one entry for each code point."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = _fold(chr(code_point))
        return self[code_point]


_FOLDING = _Folding()


def normalise(text: str) -> str:
    """`text` folded for matching. Idempotent."""
    return text.translate(_FOLDING)


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A folded text with the offsets of its characters in the original.

    `origins[i]` is the offset of the original character that folds to `text[i]`; `len(origins) == len(text)`.
    """

    text: str
    origins: tuple[int, ...]
    original_length: int

    def original(self, start: int, end: int) -> Span:
        """The span of the original that folds to `text[start:end]`, with the combining marks at its end."""
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else self.original_length
            return Span(at, at)
        after = self.origins[end] if end < len(self.origins) else self.original_length
        return Span(self.origins[start], max(after, self.origins[end - 1] + 1))


def normalise_with_origins(text: str) -> NormalisedText:
    """As `normalise`, with the offsets in the original."""
    pieces = [_FOLDING[ord(character)] for character in text]
    origins = tuple(offset for offset, piece in enumerate(pieces) for _ in piece)
    return NormalisedText("".join(pieces), origins, len(text))
