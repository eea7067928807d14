"""The numbers of a text as values, in words or digits and in either language: 16 ألف is 16,000 is ستة عشر ألفا."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.text.arabic import NUMBER_PROCLITICS
from dalil.text.lexicon import WordLists, WordValues, read_lexicon
from dalil.text.tokens import Token

MIN_DEFINITE_VALUE = 3
"""The least number that is one with the Arabic article before it: الثلاثة is three, الواحد mostly no number."""


class Number(NamedTuple):
    """A number and where it is written in the folded text."""

    value: float
    start: int
    end: int


def read_numbers(tokens: Sequence[Token]) -> list[Number]:
    """The numbers of a text in order, each run of words and digits that is one number as one value."""
    return _NumberReader(tokens, _number_words()).read()


class _NumberWordLists(BaseModel):
    """The entries of `number_words.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cardinals: WordValues
    ordinals: WordValues
    hundreds: WordValues
    multipliers: WordValues
    scales: WordValues
    dual_scales: WordValues
    fractions: WordValues
    teen_tens: WordLists
    indefinite_plurals: WordLists
    not_numbers: WordLists
    fraction_fillers: WordLists


_And: TypeAlias = Literal["", "and", "و"]
"""The conjunction before a number word, "" for none."""


@dataclass(frozen=True, slots=True)
class _NumberWords:
    """Folded number words and their values; `units` are cardinals and ordinals below a hundred."""

    units: Mapping[str, float]
    hundreds: Mapping[str, float]
    multipliers: Mapping[str, float]
    scales: Mapping[str, float]
    dual_scales: Mapping[str, float]
    fractions: Mapping[str, float]
    teen_tens: frozenset[str]
    indefinite_plurals: frozenset[str]
    fraction_fillers: frozenset[str]
    bare_words: frozenset[str]
    with_clitics: re.Pattern[str]

    def strip_clitics(self, word: str) -> tuple[str, _And]:
        """A number word without its conjunction, preposition and article, and the conjunction; other words unchanged.

        وبخمسة gives خمسة and "و".
        """
        found = None if word in self.bare_words else self.with_clitics.fullmatch(word)
        return (found["definite"] or found["bare"], "و" if found["and_"] else "") if found else (word, "")


@cache
def _number_words() -> _NumberWords:
    lists = read_lexicon("number_words", _NumberWordLists)
    units = {**lists.cardinals.folded, **lists.ordinals.folded}
    hundreds, multipliers, scales = lists.hundreds.folded, lists.multipliers.folded, lists.scales.folded
    dual_scales, fractions = lists.dual_scales.folded, lists.fractions.folded
    known = frozenset(units).union(hundreds, multipliers, scales, dual_scales, fractions)
    # A hundred with an article is no number: في المئة is "per cent".
    definite = "|".join(sorted(word for word, value in units.items() if value >= MIN_DEFINITE_VALUE))
    prefixes = "".join(NUMBER_PROCLITICS)
    any_number = "|".join(sorted(known))
    return _NumberWords(
        units=units,
        hundreds=hundreds,
        multipliers=multipliers,
        scales=scales,
        dual_scales=dual_scales,
        fractions=fractions,
        teen_tens=lists.teen_tens.folded,
        indefinite_plurals=lists.indefinite_plurals.folded,
        fraction_fillers=lists.fraction_fillers.folded,
        bare_words=known | lists.not_numbers.folded,
        with_clitics=re.compile(rf"(?P<and_>و?)[{prefixes}]?(?:ال(?P<definite>{definite})|(?P<bare>{any_number}))"),
    )


@dataclass(slots=True)
class _NumberReader:
    """Reads tokens from left to right, one number at a time.

    Of the open number `total` is what its scales have given, `scale` the last of them, and `current` what waits for a
    scale, in digits where `in_digits`: after "2 million 300", `total` is 2,000,000 and `current` 300. `conjunction` is
    an "and" since then. `first` and `first_waiting` are the first tokens of the open number and of `current`; `behind`
    and `behind_total` are the tokens behind the last of the open number and of `total`.
    """

    tokens: Sequence[Token]
    words: _NumberWords
    place: int = 0
    total: float = 0.0
    current: float = 0.0
    scale: float = 0.0
    in_digits: bool = False
    is_open: bool = False
    conjunction: _And = ""
    first: int = 0
    first_waiting: int = 0
    behind: int = 0
    behind_total: int = 0
    numbers: list[Number] = field(default_factory=list)

    def read(self) -> list[Number]:
        while self.place < len(self.tokens):
            self._read_token(self.tokens[self.place])
        self._close()
        return self.numbers

    def _read_token(self, token: Token) -> None:
        at = self.place
        self.place += 1
        if token.value is not None:
            self._add_value(token.value, at, in_digits=True)
            return
        if not token.is_word:
            # A hyphen joins: twenty-five. Every other mark ends a number.
            if token.text != "-":
                self._close()
            return
        word, conjunction = self.words.strip_clitics(token.text)
        self.conjunction = conjunction or self.conjunction
        if word in self.words.units or word in self.words.hundreds:
            self._add_value(self._with_next_word(word), at, in_digits=False)
        elif word in self.words.multipliers:
            self._multiply(self.words.multipliers[word], at)
        # آلاف counts by itself nothing ("thousands of"), but ثلاثة آلاف does.
        elif word in self.words.scales and not (word in self.words.indefinite_plurals and not self.current):
            self._apply_scale(self.words.scales[word], at)
        elif word in self.words.dual_scales:
            self._add_value(2.0, at, in_digits=False)
            self._apply_scale(self.words.dual_scales[word], at)
        elif word in {"and", "و"}:
            self.conjunction = "and" if word == "and" else "و"
        # The article of "two and a half million" and "a million and a half" ends nothing.
        elif not (self._read_fraction(word, at) or (word == "a" and self.conjunction)):
            self._close()

    def _with_next_word(self, word: str) -> float:
        """The value of a number word, with the one behind it where both are one: ثلاثة عشر, three hundred."""
        value = self.words.units.get(word, self.words.hundreds.get(word, 0.0))
        following = self._next_word()
        if following in self.words.teen_tens and 0 < value < 10:
            self.place += 1
            return value + 10
        if following in self.words.multipliers and 0 < value < 100:
            self.place += 1
            return value * self.words.multipliers[following]
        return value

    def _next_word(self, skipped: Container[str] = ()) -> str:
        place = self.place
        while place < len(self.tokens) and self.tokens[place].text in skipped:
            place += 1
        return self.tokens[place].text if place < len(self.tokens) else ""

    def _add_value(self, value: float, at: int, *, in_digits: bool) -> None:
        if self.is_open and self._continues(value, in_digits=in_digits):
            if not self.current:
                self.first_waiting = at
            self.current += value
        else:
            self._close()
            self.current, self.first, self.first_waiting = value, at, at
        self.in_digits, self.is_open, self.conjunction, self.behind = in_digits, True, "", self.place

    def _continues(self, value: float, *, in_digits: bool) -> bool:
        """Whether a value is part of the open number: twenty five, خمسة وعشرون, one hundred and fifty, ألف وخمسمئة."""
        if self.scale and not self.current:
            # "two million 155mm shells": digits behind a scale are a number of their own, unless they have a scale too.
            stands_alone = in_digits and not self.conjunction and self._next_word() not in self.words.scales
            return value < self.scale and not stands_alone
        tail = self.current % 100
        return not (in_digits or self.in_digits) and (
            # One hundred (and) fifty.
            (self.current >= 100 and not tail and value < 100)
            # Twenty five; but "twenty and five" are two.
            or (tail >= 20 and not tail % 10 and 0 < value < 10 and not self.conjunction)
            # خمسة وعشرون: in Arabic the unit comes first.
            or (0 < tail < 10 and 20 <= value < 100 and not value % 10 and self.conjunction == "و")
        )

    def _multiply(self, factor: float, at: int) -> None:
        if self.is_open and 0 < self.current < 100 and not self.conjunction:
            self.current *= factor
            self.in_digits, self.behind = False, self.place
        else:
            self._add_value(factor, at, in_digits=False)

    def _apply_scale(self, scale: float, at: int) -> None:
        # ثلاثة وألف are two numbers.
        if self.current and self.conjunction:
            self._close()
        if not self.current and self.total and not self.conjunction and scale > self.scale:
            # ألف مليار: a scale of a scale.
            self.total *= scale
        elif self.is_open and self.scale and scale >= self.scale:
            # "2 thousand 3 million": a larger scale begins another number, with what waits for a scale.
            waiting, first = (self.current, self.first_waiting) if self.current else (1.0, at)
            self.current, self.behind = 0.0, self.behind_total
            self._close()
            self.total, self.first = waiting * scale, first
        else:
            if not self.is_open:
                self.first = at
            self.total += (self.current or 1.0) * scale
        self.current, self.scale, self.in_digits, self.is_open, self.conjunction = 0.0, scale, False, True, ""
        self.behind = self.behind_total = self.place

    def _read_fraction(self, word: str, at: int) -> bool:
        """Read a half or a quarter that counts, "half a million" or "a million and a half"; False where none does."""
        if word not in self.words.fractions:
            return False
        following = self._next_word(self.words.fraction_fillers)
        if self.is_open and self.scale and not self.current and self.conjunction:
            self.total, self.conjunction = self.total + self.words.fractions[word] * self.scale, ""
            # مليون ونصف المليون names its scale twice.
            if self.words.scales.get(following.removeprefix("ال")) == self.scale:
                self._skip_past(following)
            self.behind = self.behind_total = self.place
            return True
        if following not in self.words.scales:
            return False
        if not (self.is_open and self.current and self.conjunction):
            self._close()
            self.first = self.first_waiting = at
        self.current, self.is_open, self.conjunction = self.current + self.words.fractions[word], True, ""
        self._apply_scale(self.words.scales[following], at)
        self._skip_past(following)
        self.behind = self.behind_total = self.place
        return True

    def _skip_past(self, word: str) -> None:
        while self._next_word() != word:
            self.place += 1
        self.place += 1

    def _close(self) -> None:
        if self.is_open:
            start, end = self.tokens[self.first].start, self.tokens[self.behind - 1].end
            self.numbers.append(Number(self.total + self.current, start, end))
        self.total = self.current = self.scale = 0.0
        self.in_digits, self.is_open, self.conjunction = False, False, ""
