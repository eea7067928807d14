"""Spelling folded for matching, never for storing: every place where two writings of one word differ.

Folded: harakat and every other combining mark, tatweel, zero-width and bidi marks, presentation forms and other
compatibility characters, the seats of hamza (أ إ آ ٱ ؤ ئ), ى and ي, ة and ه, Persian and Urdu letters, the digits of
every script, case. What each character became can be traced back to where it stood.
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
    """What one character of any text becomes: usually one character, none or several."""
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
    """A table for `str.translate` that is worked out as characters turn up: at most one entry a code point."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = _fold(chr(code_point))
        return self[code_point]


_FOLDING = _Folding()


def normalise(text: str) -> str:
    """`text` folded for matching; applying it twice changes nothing more."""
    return text.translate(_FOLDING)


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A folded text and where each of its characters came from.

    `origins[i]` is the offset in the original of the character that gave `text[i]`; `len(origins) == len(text)`.
    """

    text: str
    origins: tuple[int, ...]
    original_length: int

    def original(self, start: int, end: int) -> Span:
        """The stretch of the original that gave `text[start:end]`, combining marks at its end included."""
        if start >= end:
            at = self.origins[start] if start < len(self.origins) else self.original_length
            return Span(at, at)
        after = self.origins[end] if end < len(self.origins) else self.original_length
        return Span(self.origins[start], max(after, self.origins[end - 1] + 1))


def normalise_with_origins(text: str) -> NormalisedText:
    """As `normalise`, with the map back."""
    pieces = [_FOLDING[ord(character)] for character in text]
    origins = tuple(offset for offset, piece in enumerate(pieces) for _ in piece)
    return NormalisedText("".join(pieces), origins, len(text))
