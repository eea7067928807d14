"""The parts that an index stores of a passage, and their sizes."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from dalil.domain import Article, StoredPassage
from dalil.stores.base import PassageStore
from dalil.stores.rows import tokens_to_bytes
from dalil.text.analysis import CONSONANT_KEY_PREFIX, STEM_PREFIX, terms
from dalil.text.title_prefix import title_prefix

_ARABIC_NGRAM = re.compile(r"[ء-ي]+")


class IndexPart(StrEnum):
    """What an index stores of a passage for the search, besides the text."""

    STEMS = "stems"
    NGRAMS = "character n-grams"
    WORDS = "words of other scripts, numbers"
    CONSONANT_KEYS = "consonant keys"
    VECTOR = "the vector of the passage, float32"
    TOKENS = "the codes of its tokens"


TERMS = frozenset({IndexPart.STEMS, IndexPart.NGRAMS, IndexPart.WORDS, IndexPart.CONSONANT_KEYS})
ALL_PARTS = frozenset(IndexPart)


def part_of_term(term: str) -> IndexPart:
    """The part that a term of the keyword index belongs to."""
    by_prefix = {STEM_PREFIX: IndexPart.STEMS, CONSONANT_KEY_PREFIX: IndexPart.CONSONANT_KEYS}
    return by_prefix.get(term[0], IndexPart.NGRAMS if _ARABIC_NGRAM.fullmatch(term) else IndexPart.WORDS)


def bytes_by_part(store: PassageStore, articles: Iterable[Article]) -> Mapping[IndexPart, float]:
    """The bytes of each part for an average passage, before the compression of a store; 0 without passages."""
    totals, passages = dict.fromkeys(IndexPart, 0), 0
    for article in articles:
        stored_passages = store.article_passages(article.id)
        passages += len(stored_passages)
        for stored in stored_passages:
            for term in terms(titled_text(stored)):
                totals[part_of_term(term)] += len(term.encode()) + 1
            totals[IndexPart.VECTOR] += 4 * len(stored.vector)
            totals[IndexPart.TOKENS] += len(tokens_to_bytes(stored.tokens))
    return {part: total / max(1, passages) for part, total in totals.items()}


def titled_text(stored: StoredPassage) -> str:
    """The passage after the title of its article, as the engine indexes it."""
    return title_prefix(stored.article.title, stored.passage.text) + stored.passage.text
