"""The quotes of a sentence taken together, without parsing any of them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from dalil.answering.attribution.parsed import ParsedText, forms_of
from dalil.text import negation
from dalil.text.analysis import consonant_key_terms, word_key_forms
from dalil.text.quantities import Quantities, find_named_dates
from dalil.text.tokens import Token

_QUOTE_BREAK = ". "
"""Comes between two quotes: a number at the end of one is not one with that at the beginning of the next."""


@dataclass(frozen=True)
class Premise:
    """The quotes that a sentence cites, at least one, taken together in their order.

    Words and tokens are the quotes' one behind the other, with a stop between the tokens of two quotes.
    """

    quotes: tuple[ParsedText, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words and numbers."""
        return tuple(chain.from_iterable(quote.words for quote in self.quotes))

    @cached_property
    def word_set(self) -> frozenset[str]:
        """The distinct words."""
        return frozenset(self.words)

    @cached_property
    def word_forms(self) -> frozenset[str]:
        """The words with and without the proclitics that Arabic writes as one with them."""
        return forms_of(self.word_set)

    @cached_property
    def token_texts(self) -> tuple[str, ...]:
        """The folded text of each token."""
        return tuple(token.text for token in self._join([quote.tokens for quote in self.quotes]))

    @cached_property
    def match_keys(self) -> tuple[frozenset[str], ...]:
        """The match keys of each token."""
        return tuple(map(match_keys, self.token_texts))

    @cached_property
    def places_by_key(self) -> Mapping[str, Sequence[int]]:
        """The places of the tokens that have a match key, in order."""
        places: dict[str, list[int]] = {}
        for place, keys in enumerate(self.match_keys):
            for key in keys:
                places.setdefault(key, []).append(place)
        return places

    @cached_property
    def key_terms(self) -> frozenset[str]:
        """The terms by which the quotes have a word, as `dalil.text.analysis.key_term_forms` gives them."""
        return word_key_forms(self.word_set)

    @cached_property
    def consonant_keys(self) -> frozenset[str]:
        """The consonant keys of all Arabic words."""
        return frozenset(chain.from_iterable(map(consonant_key_terms, self.word_set)))

    @cached_property
    def quantities(self) -> Quantities:
        """All numbers and dates."""
        numbers = chain.from_iterable(quote.numbers for quote in self.quotes)
        return Quantities.of((*numbers, *find_named_dates(self._join([quote.undated for quote in self.quotes]))))

    @cached_property
    def is_negated(self) -> bool:
        """True if the quotes deny anything."""
        if any(quote.contractions for quote in self.quotes):
            return True
        words, offset = [], 0
        for quote in self.quotes:
            words += [(offset + start, offset + end) for start, end in quote.negation_words]
            offset += len(quote.folded.text) + len(_QUOTE_BREAK)
        # The exception to a negation may be in the next quote.
        folded = _QUOTE_BREAK.join(quote.folded.text for quote in self.quotes)
        return bool(negation.without_exceptions(folded, words))

    def has_words(self, words: Sequence[str]) -> bool:
        """True if the quotes have these words in a row."""
        return f" {' '.join(words)} " in self._spaced_words

    @cached_property
    def _spaced_words(self) -> str:
        return f" {' '.join(self.words)} "

    def _join(self, texts: Sequence[tuple[Token, ...]]) -> list[Token]:
        stop = Token(_QUOTE_BREAK.strip(), 0, 0, is_word=False)
        return [token for text in texts for token in (*text, stop)][:-1]


@lru_cache(maxsize=65_536)
def match_keys(word: str) -> frozenset[str]:
    """Keys of a word: the folded word, its stems with and without proclitics, its consonant keys.

    Two words match if they share one.
    """
    return frozenset((word, *word_key_forms([word]), *consonant_key_terms(word)))
