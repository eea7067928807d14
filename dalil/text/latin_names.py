"""Words in Latin letters that may be names: those with a capital letter, whatever its accents: Şanlıurfa, Ta'iz."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dalil.domain import Span
from dalil.text.normalisation import normalise

_APOSTROPHES = "'’‘ʼʻʾʿ`´"
_WORD = re.compile(rf"(?<!\w)[^\W\d_]\w*(?:[{_APOSTROPHES}][^\W\d_]\w*)*")
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}]s?\Z")


class LatinName(NamedTuple):
    """A word as it is written, without a possessive "'s", and where it is in the text."""

    written: str
    span: Span

    @property
    def letters(self) -> str:
        """The word with its accents, without apostrophes, which write a hamza or an ʿayn."""
        return self.written.translate(_NO_APOSTROPHES)

    @property
    def folded(self) -> str:
        """The folded letters: "taiz"."""
        return normalise(self.letters)


_NO_APOSTROPHES = dict.fromkeys(map(ord, _APOSTROPHES))


def latin_names(text: str) -> Iterator[LatinName]:
    """The words that begin with a capital letter of Latin script, in order; also those that begin a sentence.

    >>> [name.folded for name in latin_names("Who fled Ta'iz and Şanlıurfa, Korea's allies?")]
    ['who', 'taiz', 'sanlıurfa', 'korea']
    """
    for match in _WORD.finditer(text):
        written = _POSSESSIVE.sub("", match.group())
        # "İ" is a capital letter with a mark; Greek and Cyrillic capitals are of other scripts.
        if written[0].isupper() and normalise(written[0]).isascii():
            yield LatinName(written, Span(match.start(), match.start() + len(written)))
