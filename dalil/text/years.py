"""The years that a text names, as opposed to numbers of the same size that count something."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pydantic import BaseModel, ConfigDict

from dalil.text.analysis import STOP_WORDS
from dalil.text.arabic import ARTICLES
from dalil.text.dates import blank_digit_dates, can_be_month
from dalil.text.lexicon import WordLists, read_lexicon, read_words
from dalil.text.normalisation import normalise
from dalil.text.tokens import Token, tokenize

MIN_BARE_YEAR = 1900
"""An earlier number is a year only beside a word that shows it."""

ROUND_NUMBER = 100
"""A multiple of it is more likely a count than another number is."""

MAX_WORDS_TO_PLURAL = 3
"""Words behind a number among which an English plural is what it counts: "2000 North Korean soldiers"."""

_YEAR = re.compile(r"1\d{3}|20\d{2}")
_CURRENCY_SIGNS = frozenset("$€£¥")
_PERCENT_SIGNS = frozenset("%٪")


class YearWords(BaseModel):
    """The lists of `year_words.yaml`, which describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year_nouns: WordLists
    prepositions: WordLists
    eras: WordLists
    counted: WordLists


def find_years(text: str) -> frozenset[int]:
    """The years from 1000 to 2099 that a text names.

    A number is a year in a date in digits, behind a month or a word such as "year" or عام, and before م. So is one from
    1900 on that counts nothing, and an earlier one that counts nothing behind "in" and the like. A number with a
    thousands separator is none.

    >>> sorted(find_years("Did 1520 people die in Derna in 2019?"))
    [2019]
    """
    undated, dates = blank_digit_dates(normalise(text))
    tokens = tokenize(undated)
    years = {int(token.text) for place, token in enumerate(tokens) if is_year(tokens, place)}
    return frozenset(years.union(date.year for date in dates))


@cache
def _year_words() -> YearWords:
    return read_lexicon("year_words", YearWords)


def is_year(tokens: Sequence[Token], place: int) -> bool:
    """Whether the token at `place`, of a folded text without dates in digits, is a year; see `find_years`."""
    text, words = tokens[place].text, _year_words()
    if not _YEAR.fullmatch(text):
        return False
    before = tokens[place - 1].text if place else ""
    after = tokens[place + 1].text if place + 1 < len(tokens) else ""
    if before in words.year_nouns.folded or after in words.eras.folded or can_be_month(before):
        return True
    if before in _CURRENCY_SIGNS or after in _CURRENCY_SIGNS | _PERCENT_SIGNS:
        return False
    is_recent, is_round = int(text) >= MIN_BARE_YEAR, not int(text) % ROUND_NUMBER
    has_preposition = before in words.prepositions.folded
    following = list(_words_behind(tokens, place))
    # Behind the article a plural is an event of the year: "the 2023 floods". So it is in "in 2023 floods", but "in 2000
    # villages" counts.
    if is_recent and following and following[0].isascii() and (before == "the" or (has_preposition and not is_round)):
        return True
    return (is_recent or has_preposition) and not _count(following, is_typical=is_round or not is_recent)


def _words_behind(tokens: Sequence[Token], place: int) -> Iterator[str]:
    """The words behind a number up to the first mark, number or function word."""
    for token in tokens[place + 1 : place + 1 + MAX_WORDS_TO_PLURAL]:
        if not token.is_word or token.text in STOP_WORDS | read_words("english_stop_words"):
            return
        yield token.text


def _count(following: Sequence[str], *, is_typical: bool) -> bool:
    """Whether the words behind a number are what it counts; `is_typical` for a number that rather counts than not.

    In Arabic it is one indefinite noun: in the accusative, which shows (1520 شخصا), or behind hundreds and thousands in
    the genitive, which does not (2000 جندي). In English it is a plural.
    """
    if not following:
        return False
    noun = following[0]
    if noun.isascii():
        counted = _year_words().counted.folded
        return any(word in counted or (word.endswith("s") and not word.endswith("ss")) for word in following)
    is_definite = noun.startswith(ARTICLES)
    return not is_definite and (is_typical or (len(noun) > 2 and noun.endswith("ا")))
