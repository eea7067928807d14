"""The analysis of a question before the search."""

import unicodedata
from dataclasses import dataclass

from dalil.errors import InvalidQuery
from dalil.limits import MAX_QUERY_CHARACTERS
from dalil.text.aliases import Aliases
from dalil.text.analysis import CONSONANT_KEY_PREFIX, key_terms, latin_consonant_key_terms, word_terms, words
from dalil.text.language import Language, language_of
from dalil.text.latin_names import latin_names
from dalil.text.lexicon import read_words

ENGLISH_STOP_WORDS = read_words("english_stop_words")
"""English words that may have a capital letter in a question or a title and name nothing."""

MIN_KEY_LENGTH = len(CONSONANT_KEY_PREFIX) + 3
"""Characters of a consonant-key term; the absence of a shorter one is no evidence that a text omits a name."""


@dataclass(frozen=True, slots=True)
class AnalyzedQuery:
    """A validated question and its analysis.

    `terms` are the distinct terms for the keyword retriever: all terms of an Arabic question, and of another question
    only those that can occur in Arabic text. These are the Arabic forms of its names, its numbers, and its names in
    Latin script with their consonant keys.

    `names` and `words` are the subject of the question as far as keywords show it. Each name is a tuple of Arabic
    alternatives, each the key terms of a text that mentions it. `words` are the key terms of the other words; in a
    question that is not in Arabic only numbers. `name_phonetic_keys` holds the consonant keys of each name in Latin
    script that the alias file does not have.

    `embedding_text` is the input of the embedder: the question, and the Arabic name of each abbreviation in it, because
    models know "North Korea" but hardly "DPRK".
    """

    text: str
    language: Language
    embedding_text: str
    terms: tuple[str, ...]
    names: tuple[tuple[frozenset[str], ...], ...]
    name_phonetic_keys: tuple[frozenset[str], ...]
    words: tuple[str, ...]


def analyze_query(text: str, aliases: Aliases) -> AnalyzedQuery:
    """Check and analyse a question; raises `InvalidQuery` for one that is empty, too long or not clean text."""
    text = validate_query(text)
    language = language_of(text)
    names_written = [name for name in latin_names(text) if name.folded not in ENGLISH_STOP_WORDS]
    latin = {word for name in names_written for word in words(name.written)}
    # The index is Arabic, so only the names and numbers of a question in another language can occur in it.
    searched = words(text) if language == "ar" else [word for word in words(text) if word in latin or _has_digit(word)]
    names = aliases.names_in(text)
    alias_words = [word for name in names for alternative in name.arabic for word in words(alternative)]
    terms = dict.fromkeys(term for word in (*searched, *alias_words) for term in word_terms(word))
    phonetic_keys = {
        name.folded: latin_consonant_key_terms(name.letters)
        for name in names_written
        if not _is_abbreviation(name.folded)
    }
    terms.update(dict.fromkeys(sorted(term for keys in phonetic_keys.values() for term in keys)))
    name_words = {word for name in names for word in name.words}
    others = [word for word in searched if word not in name_words and (language == "ar" or _has_digit(word))]
    return AnalyzedQuery(
        text=text,
        language=language,
        embedding_text=" ".join((text, *(name.arabic[0] for name in names if _is_abbreviation("".join(name.words))))),
        terms=tuple(terms),
        names=tuple(tuple(frozenset(key_terms(alternative)) for alternative in name.arabic) for name in names),
        name_phonetic_keys=tuple(
            keys
            for word, keys in phonetic_keys.items()
            if word not in name_words and min(map(len, keys), default=0) >= MIN_KEY_LENGTH
        ),
        words=tuple(dict.fromkeys(term for word in others for term in key_terms(word))),
    )


def validate_query(text: str) -> str:
    """The question without surrounding white space, with at least one word; raises `InvalidQuery`."""
    text = validate_text(text)
    if not words(text):
        raise InvalidQuery(f"the question {text!r} has no word in it")
    return text


def validate_text(text: str) -> str:
    """The message without surrounding white space; raises `InvalidQuery` if it is empty, too long or not clean text."""
    text = text.strip()
    if not text:
        raise InvalidQuery("the question is empty")
    if len(text) > MAX_QUERY_CHARACTERS:
        raise InvalidQuery(f"the question has {len(text):,} characters; at most {MAX_QUERY_CHARACTERS:,} are read")
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\t\n\r"):
            raise InvalidQuery(f"the question holds U+{ord(character):04X}, which is not text: remove it")
    return text


def _is_abbreviation(letters: str) -> bool:
    """True if a folded name in Latin letters has no vowel, so that its letters are read one by one: DPRK, IRGC."""
    return letters.isascii() and letters.isalpha() and not set(letters) & set("aeiouy")


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
