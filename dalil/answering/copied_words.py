"""Finds the words that a generator copied from its evidence."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dalil.answering.evidence import Evidence
from dalil.domain import Span
from dalil.text.analysis import STOP_WORDS, located_words
from dalil.text.arabic import CONJUNCTIONS

_BREAK = "\n"
"""Between two pieces of evidence that do not follow each other; no word."""


@dataclass(frozen=True, slots=True)
class CopiedWords:
    """The part of a piece of evidence that a generator copied: `span` within the text of `evidence[index]`."""

    index: int
    span: Span


class CopiedWordsFinder:
    """Finds words verbatim in evidence, but for spelling (see `normalise`), punctuation and spaces.

    A word is compared whole, so that `6 ألف` is not in `16 ألف`. Words may run from one sentence into the next. The
    time is linear in the length of both texts.
    """

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._places: list[CopiedWords] = []
        self._offsets: list[int] = []
        written: list[str] = []
        length = 1
        for index, item in enumerate(evidence):
            if index and not item.follows(evidence[index - 1]):
                written.append(_BREAK)
                length += len(_BREAK) + 1
            for span, word in located_words(item.text):
                self._places.append(CopiedWords(index, span))
                self._offsets.append(length)
                written.append(word)
                length += len(word) + 1
        self._text = f" {' '.join(written)} "

    def find(self, words: str, preferred: Collection[int] = (), *, elsewhere: bool = True) -> list[CopiedWords]:
        """The place of the words in each sentence that they are from, in order; empty if they are nowhere.

        The first place that begins in the `preferred` evidence is taken, and if there is none, the first place
        `elsewhere`. The copy may lack the و or ف of its first word. Words that are all stop words are nowhere.
        """
        wanted = [word for _, word in located_words(words)]
        if STOP_WORDS.issuperset(wanted):
            return []
        places = [
            place for conjunction in ("", *CONJUNCTIONS) for place in self._search(f" {conjunction}{' '.join(wanted)} ")
        ]
        first = next((place for place in places if self._places[place].index in preferred), None)
        if first is None and places and elsewhere:
            first = places[0]
        return [] if first is None else self._merge(first, len(wanted))

    def _search(self, key: str) -> Iterator[int]:
        """The number of the first word of each place that has the key."""
        start = self._text.find(key)
        while start >= 0:
            yield bisect_right(self._offsets, start + 1) - 1
            start = self._text.find(key, start + 1)

    def _merge(self, first: int, count: int) -> list[CopiedWords]:
        """One place for each sentence, from its first copied word to its last."""
        merged: dict[int, Span] = {}
        for place in self._places[first : first + count]:
            begun = merged.get(place.index, place.span)
            merged[place.index] = Span(begun.start, place.span.end)
        return [CopiedWords(index, span) for index, span in merged.items()]
