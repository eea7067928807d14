"""The numbers of a text as values, in words or digits and in either language: 16 ألف is 16,000 is ستة عشر ألفا."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

from dalil.text.normalisation import normalise

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "واحد": 1, "واحدة": 1, "أحد": 1, "إحدى": 1, "اثنان": 2, "اثنين": 2, "اثنتان": 2, "اثنتين": 2, "اثنا": 2, "اثني": 2,
    "اثنتا": 2, "اثنتي": 2, "ثلاث": 3, "ثلاثة": 3, "أربع": 4, "أربعة": 4, "خمس": 5, "خمسة": 5, "ست": 6, "ستة": 6,
    "سبع": 7, "سبعة": 7, "ثمان": 8, "ثماني": 8, "ثمانية": 8, "تسع": 9, "تسعة": 9, "عشر": 10, "عشرة": 10,
    "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30, "أربعون": 40, "أربعين": 40, "خمسون": 50, "خمسين": 50,
    "ستون": 60, "ستين": 60, "سبعون": 70, "سبعين": 70, "ثمانون": 80, "ثمانين": 80, "تسعون": 90, "تسعين": 90,
}  # fmt: skip
_WHOLE_HUNDREDS = {
    "مئتان": 200, "مئتين": 200, "مئتي": 200, "مئتا": 200, "مائتان": 200, "مائتين": 200, "مائتي": 200, "مائتا": 200,
    **{f"{unit}{hundred}": 100 * value for (unit, value), hundred in product(
        {"ثلاث": 3, "أربع": 4, "خمس": 5, "ست": 6, "سبع": 7, "ثمان": 8, "ثماني": 8, "تسع": 9}.items(),
        ("مئة", "مائة"))},
}  # fmt: skip
_MULTIPLIERS = {"hundred": 100, "dozen": 12, "مئة": 100, "مائة": 100}
_SCALES = {
    "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12,
    "ألف": 1e3, "ألفا": 1e3, "آلاف": 1e3, "مليون": 1e6, "مليونا": 1e6, "ملايين": 1e6, "مليار": 1e9, "مليارا": 1e9,
    "مليارات": 1e9, "بليون": 1e9, "تريليون": 1e12, "ترليون": 1e12,
}  # fmt: skip
_DUAL_SCALES = {
    "ألفان": 1e3, "ألفين": 1e3, "ألفي": 1e3, "مليونان": 1e6, "مليونين": 1e6, "مليوني": 1e6, "ملياران": 1e9,
    "مليارين": 1e9, "ملياري": 1e9,
}  # fmt: skip
_PARTS = {"نصف": 0.5, "half": 0.5, "ربع": 0.25, "quarter": 0.25}
_ORDINALS = {
    **{word: value for value, words in enumerate(
        ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"), start=3)
       for word in (words, f"{words}s")},
    **{f"{tens}teenth": value for value, tens in enumerate(
        ("thir", "four", "fif", "six", "seven", "eigh", "nine"), start=13)},
    **{f"{tens}tieth": 10 * value for value, tens in enumerate(
        ("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine"), start=2)},
    **{form: value for value, word in enumerate(
        ("ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر"), start=3)
       for form in (word, f"{word}ا", f"{word}ة")},
    "first": 1, "second": 2, "الحادي": 1, "الحادية": 1, "الثاني": 2, "الثانية": 2,
    "ثلث": 3, "ثلثا": 3, "ثلثي": 3, "ثلثين": 3,
}  # fmt: skip
"""Thirds too; without the article a second is one of time."""


def _folded(table: Mapping[str, float]) -> dict[str, float]:
    return {normalise(word): float(value) for word, value in table.items()}


_UNIT = _folded({**_UNITS, **_ORDINALS})
_WHOLE_HUNDRED, _MULTIPLIER = _folded(_WHOLE_HUNDREDS), _folded(_MULTIPLIERS)
_SCALE, _DUAL, _PART = _folded(_SCALES), _folded(_DUAL_SCALES), _folded(_PARTS)
_KNOWN = frozenset({*_UNIT, *_WHOLE_HUNDRED, *_MULTIPLIER, *_SCALE, *_DUAL, *_PART})
_TEN = frozenset(map(normalise, ("عشر", "عشرة")))
_INDEFINITE = frozenset(map(normalise, ("آلاف", "ملايين", "مليارات")))
"""Plurals that count nothing by themselves: thousands of people."""

_NO_NUMBER = "لست"
"""The verb that is written like a preposition before a six."""

# A hundred with an article is no number: "في المئة".
_WITH_ARTICLE = "|".join(word for word, value in _UNIT.items() if value >= 3)
_PREFIXED = re.compile(rf"(?P<joined>و?)[بلكف]?(?:ال(?P<definite>{_WITH_ARTICLE})|(?P<bare>{'|'.join(_KNOWN)}))")

TOKEN = re.compile(
    r"(?P<grouped>\d{1,3}(?P<separator>[,،٬ ])\d{3}(?:(?P=separator)\d{3})*(?!\d)(?:[.٫]\d+)?)"
    r"|(?P<decimal>\d+[,،]\d{1,2}(?!\d))|(?P<plain>\d+(?:[.٫]\d+)?)|(?P<word>[^\W\d_]+)|(?P<other>[^\w\s])"
)
"""A number in digits, its thousands set apart by commas or spaces or not at all; a word; any other mark."""

_Joined: TypeAlias = Literal["", "and", "و"]


def numbers(folded: str) -> Iterator[float]:
    """The numbers of a folded text, each run of words and digits that is one number as one value."""
    yield from _Reading(list(TOKEN.finditer(folded))).all()


@dataclass(slots=True)
class _Reading:
    """Tokens read from left to right.

    Of the number that is open `total` is what its scales have given, `scale` the last of them, and `current` what
    waits for one, from digits where `digits`.
    """

    tokens: list[re.Match[str]]
    place: int = 0
    total: float = 0.0
    current: float = 0.0
    scale: float = 0.0
    digits: bool = False
    open: bool = False
    joined: _Joined = ""
    done: list[float] = field(default_factory=list)

    def all(self) -> list[float]:
        while self.place < len(self.tokens):
            self._read(self.tokens[self.place])
        self._close()
        return self.done

    def _read(self, token: re.Match[str]) -> None:
        self.place += 1
        if not token["word"]:
            if token["other"] is None:
                self._value(_digits(token), digits=True)
            elif token["other"] != "-":
                self._close()
            return
        word, and_ = _bare(token["word"])
        self.joined = and_ or self.joined
        if word in _UNIT or word in _WHOLE_HUNDRED:
            self._value(self._with_the_next(word), digits=False)
        elif word in _MULTIPLIER:
            self._multiplied(_MULTIPLIER[word])
        elif word in _SCALE and not (word in _INDEFINITE and not self.current):
            self._scaled(_SCALE[word])
        elif word in _DUAL:
            self._value(2.0, digits=False)
            self._scaled(_DUAL[word])
        elif word in {"and", "و"}:
            self.joined = "and" if word == "and" else "و"
        elif not (self._part(word) or (word == "a" and self.joined)):
            self._close()

    def _with_the_next(self, word: str) -> float:
        """The value of a number word, with the one behind it where both are one: ثلاثة عشر, three hundred."""
        value = _UNIT.get(word, _WHOLE_HUNDRED.get(word, 0.0))
        following = self._next()
        if following in _TEN and 0 < value < 10:
            self.place += 1
            return value + 10
        if following in _MULTIPLIER and 0 < value < 100:
            self.place += 1
            return value * _MULTIPLIER[following]
        return value

    def _next(self, skipped: Container[str] = ()) -> str:
        place = self.place
        while place < len(self.tokens) and self.tokens[place].group() in skipped:
            place += 1
        return self.tokens[place].group() if place < len(self.tokens) else ""

    def _value(self, value: float, *, digits: bool) -> None:
        if self.open and self._goes_on(value, digits=digits):
            self.current += value
        else:
            self._close()
            self.current = value
        self.digits, self.open, self.joined = digits, True, ""

    def _goes_on(self, value: float, *, digits: bool) -> bool:
        """Whether a value is part of the open number: twenty five, خمسة وعشرون, one hundred and fifty, ألف وخمسمئة."""
        if self.scale and not self.current:
            alone = digits and not self.joined and self._next() not in _SCALE
            return value < self.scale and not alone
        tail = self.current % 100
        return not (digits or self.digits) and (
            (self.current >= 100 and not tail and value < 100)
            or (tail >= 20 and not tail % 10 and 0 < value < 10 and not self.joined)
            or (0 < tail < 10 and 20 <= value < 100 and not value % 10 and self.joined == "و")
        )

    def _multiplied(self, factor: float) -> None:
        if self.open and 0 < self.current < 100 and not self.joined:
            self.current *= factor
            self.digits = False
        else:
            self._value(factor, digits=False)

    def _scaled(self, scale: float) -> None:
        if self.current and self.joined:
            self._close()
        if not self.current and self.total and not self.joined and scale > self.scale:
            self.total *= scale
        elif self.open and self.scale and scale >= self.scale:
            waiting, self.current = self.current, 0.0
            self._close()
            self.total = (waiting or 1.0) * scale
        else:
            self.total += (self.current or 1.0) * scale
        self.current, self.scale, self.digits, self.open, self.joined = 0.0, scale, False, True, ""

    def _part(self, word: str) -> bool:
        """Read a half or a quarter that counts, "half a million" or "a million and a half", and tell whether it did."""
        if word not in _PART:
            return False
        following = self._next({"a", "of"})
        if self.open and self.scale and not self.current and self.joined:
            self.total, self.joined = self.total + _PART[word] * self.scale, ""
            # مليون ونصف المليون names its scale twice.
            if _SCALE.get(following.removeprefix("ال")) == self.scale:
                self._pass(following)
            return True
        if following not in _SCALE:
            return False
        if not (self.open and self.current and self.joined):
            self._close()
        self.current, self.open, self.joined = self.current + _PART[word], True, ""
        self._scaled(_SCALE[following])
        self._pass(following)
        return True

    def _pass(self, word: str) -> None:
        while self._next() != word:
            self.place += 1
        self.place += 1

    def _close(self) -> None:
        if self.open:
            self.done.append(self.total + self.current)
        self.total = self.current = self.scale = 0.0
        self.digits, self.open, self.joined = False, False, ""


def _digits(token: re.Match[str]) -> float:
    if token["grouped"]:
        return float(token["grouped"].replace(token["separator"], "").replace("٫", "."))
    return float(token.group().replace("٫", ".").replace(",", ".").replace("،", "."))


def _bare(word: str) -> tuple[str, _Joined]:
    """A number word without its conjunction, preposition and article; another word as it is."""
    found = None if word in _KNOWN or word == _NO_NUMBER else _PREFIXED.fullmatch(word)
    return (found["definite"] or found["bare"], "و" if found["joined"] else "") if found else (word, "")
