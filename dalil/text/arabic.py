"""Arabic morphology in one place: letters, proclitics, the light10 stem, and the marks that end a sentence.

Arabic writes short function words as one with the next word: conjunctions (و "and", ف "so"), prepositions (ب "in", ل
"for", ك "as") and the article ال. The field calls them proclitics. Callers remove them for different purposes, so each
passes the proclitics and the number of letters that must remain.

All words are folded (see `dalil.text.normalisation`); the marks are those of both Arabic and English.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

CONJUNCTIONS = ("و", "ف")
PREPOSITIONS = ("ب", "ل", "ك")
PROCLITICS = (*CONJUNCTIONS, *PREPOSITIONS)

ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
"""The article, alone or behind another proclitic (ل and ال together are written لل). No two fit one word."""

PREPOSITIONAL_ARTICLES = ("ال", "بال", "لل")
"""The article, alone or behind ب or ل. Words are compared with antonyms and negations with and without it."""

NUMBER_PROCLITICS = (*PREPOSITIONS, "ف")
"""The proclitics of a number word, with or without an article. A و may precede them."""

ORDINAL_PROCLITICS = ("و", "ب", "ل")
"""The proclitics of an ordinal without an article."""

MIN_BARE_LETTERS = 3
"""Letters that remain of a word without the proclitics that may hide a name."""

SENTENCE_FINAL_MARKS = ".!?؟…"
"""The marks that end a sentence."""

CLOSING_QUOTATION_MARKS = '"»”'

CLOSING_MARKS = f"{CLOSING_QUOTATION_MARKS}'’)]"
"""The marks that may follow the end of a sentence."""

_SENTENCE_ENDINGS = tuple(f"{SENTENCE_FINAL_MARKS}{CLOSING_MARKS}:")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_WORD = re.compile(r"[ء-ي]+")


def is_arabic_letter(character: str) -> bool:
    """True if a character of any text, folded or not, is in Arabic script, as are its digits and marks."""
    return "\u0600" <= character <= "\u06ff" or "\ufb50" <= character <= "\ufefc"


def is_arabic_word(word: str) -> bool:
    """True if a folded word consists of Arabic letters alone."""
    return _WORD.fullmatch(word) is not None


def strip_proclitic(word: str, proclitics: Sequence[str], *, min_letters: int) -> str:
    """The word without the first of `proclitics` that it begins with; unchanged if fewer than `min_letters` remain.

    >>> strip_proclitic("والبيت", ARTICLES, min_letters=2)
    'بيت'
    >>> strip_proclitic("وطن", CONJUNCTIONS, min_letters=3)
    'وطن'
    """
    proclitic = next((proclitic for proclitic in proclitics if word.startswith(proclitic)), "")
    rest = word[len(proclitic) :]
    return rest if len(rest) >= min_letters else word


@lru_cache(maxsize=65_536)
def bare_forms(word: str) -> tuple[str, ...]:
    """The word itself, then without each run of proclitics that it may begin with: لمصر is also مصر.

    At least three letters remain, as in قطر. Which of the forms is the word that was meant, only a reader knows: كتاب
    is no "like تاب". So callers look for all of them.

    >>> bare_forms("وبقطر")
    ('وبقطر', 'بقطر', 'قطر')
    """
    if not is_arabic_word(word):
        return (word,)
    joined = strip_proclitic(word, CONJUNCTIONS, min_letters=MIN_BARE_LETTERS)
    forms = [word, joined]
    for form in (word, joined):
        forms.append(strip_proclitic(form, ARTICLES, min_letters=MIN_BARE_LETTERS))
        # للافروف is not "to the افروف".
        if form.startswith("لل") or not form.startswith(ARTICLES):
            forms.append(strip_proclitic(form, PREPOSITIONS, min_letters=MIN_BARE_LETTERS))
    return tuple(dict.fromkeys(forms))


def strip_prefixes(word: str) -> str:
    """The word without its conjunction and article, as the light10 stemmer removes them; at least two letters remain.

    Of the proclitics alone light10 removes و, and only if three letters remain: ب, ل, ك and ف begin too many roots.
    """
    return strip_proclitic(strip_proclitic(word, ("و",), min_letters=3), ARTICLES, min_letters=2)


def stem(word: str) -> str:
    """The light10 stem of one word; at least two letters remain.

    light10: Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information Retrieval", 2007.
    """
    word = strip_prefixes(word)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            word = word[: -len(suffix)]
    return word


def ends_like_a_sentence(text: str) -> bool:
    """True if the last character ends a sentence, closes a quotation or bracket, or is a colon; False for ""."""
    return text.endswith(_SENTENCE_ENDINGS)
