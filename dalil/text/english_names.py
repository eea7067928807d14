"""The English names of the people, places and things that an Arabic text names: المغرب → Morocco.

The names are those of `dalil.text.aliases`, read the other way: CLDR's countries, then the alias file.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import NamedTuple, Self

from dalil.domain import Span
from dalil.text.aliases import AliasEntry, country_names, file_names
from dalil.text.analysis import located_words, words
from dalil.text.arabic import ARTICLES, PROCLITICS, strip_proclitic
from dalil.text.lexicon import WordLists, read_lexicon

MIN_NAME_LETTERS = 3
"""Letters of a name behind a proclitic; in a shorter word the letter may be its own."""


class EnglishName(NamedTuple):
    """A name in English, and its place in the text as it is written, proclitics included."""

    english: str
    span: Span


class EnglishNames:
    """Finds Arabic names in a text and returns their English ones.

    The first entry with an Arabic name wins. A later entry that shares one adds its other forms to the same English
    name, so that مغربي is of Morocco, as المغرب is.
    """

    def __init__(self, entries: Iterable[AliasEntry], ambiguous: Iterable[str] = ()) -> None:
        excluded = {tuple(words(name)) for name in ambiguous}
        self._english: dict[tuple[str, ...], str] = {}
        for entry in entries:
            keys = [key for arabic in entry.ar if (key := tuple(words(arabic))) and key not in excluded]
            english = next((known for key in keys if (known := self._english.get(key))), next(iter(entry.en), None))
            if english:
                for key in keys:
                    self._english.setdefault(key, english)
        self._max_words = max(map(len, self._english), default=0)

    @classmethod
    def standard(cls) -> Self:
        """The countries of CLDR and the names of the alias file, without those that are also common words."""
        ambiguous = read_lexicon("ambiguous_names", WordLists)
        return cls((*country_names(), *file_names()), ambiguous.ar)

    def find(self, text: str) -> list[EnglishName]:
        """The names of a text in order, each person, place or thing once; of two that overlap the longer one."""
        located = list(located_words(text))
        found: dict[str, EnglishName] = {}
        place = 0
        while place < len(located):
            length, english = self._name_at([word for _, word in islice(located, place, place + self._max_words)])
            if length:
                span = Span(located[place][0].start, located[place + length - 1][0].end)
                found.setdefault(english, EnglishName(english, span))
            place += max(1, length)
        return list(found.values())

    def _name_at(self, following: list[str]) -> tuple[int, str]:
        """How many words the name is that begins here, and the name; (0, "") for none."""
        for length in range(len(following), 0, -1):
            first, *rest = following[:length]
            for form in _without_proclitics(first):
                if english := self._english.get((form, *rest)):
                    return length, english
        return 0, ""


def _without_proclitics(word: str) -> Iterator[str]:
    """The word, then what it may be behind an article, a conjunction or a preposition: والمغربية, لروسيا."""
    bare = strip_proclitic(word, PROCLITICS, min_letters=MIN_NAME_LETTERS)
    for form in (word, bare):
        yield form
        yield strip_proclitic(form, ARTICLES, min_letters=MIN_NAME_LETTERS)


@cache
def english_names() -> EnglishNames:
    """The standard names; they take some milliseconds to read."""
    return EnglishNames.standard()
