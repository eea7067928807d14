"""A text as the rules of attribution read it; each property is computed once."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from dalil.domain import Span
from dalil.text import negation
from dalil.text.aliases import Aliases, FoundName
from dalil.text.analysis import match_words, unify_hamza
from dalil.text.arabic import CONJUNCTIONS, PREPOSITIONAL_ARTICLES, strip_proclitic
from dalil.text.dates import blank_digit_dates
from dalil.text.language import Language, language_of
from dalil.text.normalisation import NormalisedText, normalise_with_origins
from dalil.text.quantities import Quantity, find_named_dates, find_numbers
from dalil.text.tokens import Token, tokenize

_QUOTATION = re.compile(r"«([^»]+)»|“([^”]+)”|\"([^\"]+)\"")


@dataclass(frozen=True)
class ParsedText:
    """A sentence or a quote with its words and quantities.

    A property that only some rules need is computed at its first use. `tokens` are the words, numbers and marks of the
    folded text, `undated` the same with a mark for each date in digits. `numbers` are the numbers and the dates in
    digits. `words` are those of `dalil.text.analysis.words`, which cuts numbers otherwise than `tokens`; `word_places`
    are their starts and ends in the folded text.
    """

    text: str
    folded: NormalisedText = field(repr=False)
    tokens: tuple[Token, ...] = field(repr=False)
    undated: tuple[Token, ...] = field(repr=False)
    numbers: tuple[Quantity, ...] = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    word_places: tuple[tuple[int, int], ...] = field(repr=False)
    aliases: Aliases = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, aliases: Aliases) -> "ParsedText":
        """Fold and tokenise a text; `aliases` know the names in it."""
        folded = normalise_with_origins(unify_hamza(text))
        without_dates, dates = blank_digit_dates(folded.text)
        tokens = tokenize(folded.text)
        undated = tokenize(without_dates) if dates else tokens
        located = list(match_words(folded.text))
        return cls(
            text=text,
            folded=folded,
            tokens=tokens,
            undated=undated,
            numbers=tuple(find_numbers(undated, dates)),
            words=tuple(word for _, _, word in located),
            word_places=tuple((start, end) for start, end, _ in located),
            aliases=aliases,
        )

    def span(self, start: int, end: int) -> Span:
        """The part of the original text that gave `folded.text[start:end]`."""
        return self.folded.original(start, end)

    def token_span(self, place: int) -> Span:
        """The place of a token in the original text."""
        return self.span(self.tokens[place].start, self.tokens[place].end)

    def word_span(self, first: int, count: int = 1) -> Span:
        """The place of `count` words in the original text."""
        return self.span(self.word_places[first][0], self.word_places[first + count - 1][1])

    def has_word_behind(self, offset: int) -> bool:
        """True if part of a word is at or behind an offset of the original text."""
        return bool(self.words) and self.folded.origins[self.word_places[-1][1] - 1] >= offset

    @cached_property
    def token_texts(self) -> tuple[str, ...]:
        """The folded text of each token."""
        return tuple(token.text for token in self.tokens)

    @cached_property
    def language(self) -> Language:
        """The language of most of the letters."""
        return language_of(self.text)

    @cached_property
    def names(self) -> tuple[FoundName, ...]:
        """The names that the alias file knows, in order."""
        return tuple(self.aliases.names_among(self.words))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """All numbers and dates."""
        return (*self.numbers, *find_named_dates(self.undated))

    @cached_property
    def literal_quotations(self) -> tuple[tuple[Span, tuple[str, ...]], ...]:
        """The places of the texts between quotation marks, and their words."""
        return tuple(self._literal_quotations())

    @cached_property
    def negation_words(self) -> tuple[tuple[int, int], ...]:
        """The places of negation words in the folded text, also of those that deny nothing: "no more than"."""
        return tuple(
            place
            for word, place in zip(self.words, self.word_places, strict=True)
            if negation.is_negation(word_forms(word))
        )

    @cached_property
    def contractions(self) -> tuple[Span, ...]:
        """The places of "n't" in the original text."""
        return tuple(Span(*place) for place in negation.contractions(self.text))

    @cached_property
    def negations(self) -> tuple[Span, ...]:
        """The places of the negations in the original text."""
        words = negation.without_exceptions(self.folded.text, self.negation_words)
        return (*(self.span(*place) for place in words), *self.contractions)

    def _literal_quotations(self) -> Iterator[tuple[Span, tuple[str, ...]]]:
        for found in _QUOTATION.finditer(self.text):
            start, end = next(found.span(group) for group in (1, 2, 3) if found[group])
            inside = (
                word
                for word, place in zip(self.words, self.word_places, strict=True)
                if start <= self.folded.origins[place[0]] < end
            )
            yield Span(start, end), tuple(inside)


@lru_cache(maxsize=65_536)
def word_forms(word: str) -> frozenset[str]:
    """A folded word with and without the proclitics that Arabic writes as one with it: "and", "so", the article."""
    rest = strip_proclitic(word, CONJUNCTIONS, min_letters=0)
    return frozenset((word, rest, *(rest.removeprefix(article) for article in PREPOSITIONAL_ARTICLES)))


def forms_of(words: Iterable[str]) -> frozenset[str]:
    """The forms of all words, as `word_forms` gives them."""
    return frozenset().union(*map(word_forms, words))
