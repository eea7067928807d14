"""Numbers that quotes hold, but of something else: in another unit, of another rank, or of somebody else.

What a number belongs to is told by its neighbours alone, so that only what is plain is found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from dalil.answering.numerals import TOKEN
from dalil.text.normalisation import normalise

_UNITS_OF_KINDS = """
percent: % ٪ percent pc المئه بالمئه المائه بالمائه مئويه
second: second seconds ثانيه ثوان ثواني | minute: minute minutes دقيقه دقائق | hour: hour hours ساعه ساعات
day: day days يوم ايام يوما | week: week weeks اسبوع اسابيع اسبوعا | month: month months شهر اشهر شهرا شهور
year: year years سنه سنوات عام اعوام عاما سنين
kilometre: kilometre kilometres kilometer kilometers km كيلومتر كيلومترا كيلومترات كلم
metre: metre metres meter meters متر مترا امتار | centimetre: centimetre centimetres سنتيمتر سنتيمترا
kilogram: kilogram kilograms kg كيلوغرام كيلوغراما كيلوجرام | tonne: tonne tonnes ton tons طن طنا اطنان
dollar: dollar dollars دولار دولارا دولارات | euro: euro euros يورو | pound: pound pounds جنيه جنيها
"""
_FAMILIES = (
    "second minute hour day week month year",
    "kilometre metre centimetre",
    "kilogram tonne",
    "dollar euro pound",
)
_UNIT: Mapping[str, str] = {
    word: unit.strip()
    for kind in re.split(r"[\n|]", _UNITS_OF_KINDS.strip())
    for unit, _, written in [kind.partition(":")]
    for word in normalise(written).split()
}
_FAMILY: Mapping[str, int] = {unit: place for place, family in enumerate(_FAMILIES) for unit in family.split()}
_BETWEEN = frozenset(normalise("في per cent من نحو").split())
"""Words that may stand between a number and its unit; "per cent" is one in two words."""

_RANKS = """
first الأول الأولى أول أولى | second الثاني الثانية ثان ثانية
third الثالث الثالثة ثالث ثالثة | fourth الرابع الرابعة رابع رابعة
fifth الخامس الخامسة خامس خامسة | sixth السادس السادسة سادس سادسة | seventh السابع السابعة سابع سابعة
eighth الثامن الثامنة ثامن ثامنة | ninth التاسع التاسعة تاسع تاسعة | tenth العاشر العاشرة عاشر عاشرة
"""
_RANK: Mapping[str, int] = {
    form: rank
    for rank, forms in enumerate(re.split(r"[\n|]", _RANKS.strip()), start=1)
    for word in normalise(forms).split()
    for form in (word, *(f"{joined}{word}" for joined in "وبل" if not word.isascii()), word.replace("ال", "لل", 1))
}
_MONTH_BEFORE = frozenset(normalise("تشرين كانون ربيع جمادى").split())
"""Before what looks like a rank: تشرين الأول is a month."""


def misplaced(sentence: str, said: str, owners: Sequence[tuple[Sequence[int], Sequence[int]]]) -> int:
    """How many of a sentence's numbers stand in `said` in another unit, with another rank, or for one another.

    `owners` are the things that both name, each with the places of its words in the sentence and in `said`, as
    `tokens` counts them.
    """
    own, theirs = tokens(sentence), tokens(said)
    return _other_units(own, theirs) + _other_ranks(own, theirs) + _exchanged(own, theirs, owners)


def tokens(text: str) -> list[str]:
    """The folded words, numbers and signs of a text in order."""
    return [token.group() for token in TOKEN.finditer(normalise(text))]


def _other_units(own: Sequence[str], theirs: Sequence[str]) -> int:
    units, stated = _measured(own), _measured(theirs)
    return sum(_differ(units[number], stated[number]) for number in units.keys() & stated.keys())


def _differ(one: set[str], other: set[str]) -> bool:
    """Whether the units of a number on the two sides cannot be the same."""
    if ("percent" in one) != ("percent" in other) and (one | other) != {"percent", ""}:
        return "percent" not in one or "" not in other
    if one == {"percent"} or other == {"percent"}:
        return one != other
    families = {_FAMILY[unit] for unit in one & _FAMILY.keys()} & {_FAMILY[unit] for unit in other & _FAMILY.keys()}
    return bool(families) and not one & other - {""}


def _measured(words: Sequence[str]) -> dict[str, set[str]]:
    """Each number in digits with the units that it stands in; "" where it has none."""
    found: dict[str, set[str]] = {}
    for place, word in enumerate(words):
        if word[0].isdigit():
            after = next((next_ for next_ in words[place + 1 : place + 5] if next_ not in _BETWEEN), "")
            unit = "percent" if words[place + 1 : place + 3] == ["per", "cent"] else _UNIT.get(after, "")
            found.setdefault(word, set()).add(unit)
    return found


def _other_ranks(own: Sequence[str], theirs: Sequence[str]) -> int:
    """How many ranks of the sentence the quotes do not have, though they rank something."""
    ranks, stated = set(_ranks(own)), set(_ranks(theirs))
    return len(ranks - stated) if stated else 0


def _ranks(words: Sequence[str]) -> Iterator[int]:
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if word in _RANK and before not in _MONTH_BEFORE and not before[:1].isdigit():
            yield _RANK[word]


def _exchanged(own: Sequence[str], theirs: Sequence[str], owners: Sequence[tuple[Sequence[int], Sequence[int]]]) -> int:
    """How many pairs of numbers stand nearer to each other's owners than in the quotes."""
    at, stated = _places(own), _places(theirs)
    known = [(ours, others) for ours, others in owners if len(ours) == 1 and others]
    return sum(
        any(
            _nearer(one[0], at[m], at[n]) * _nearer(one[1], stated[m], stated[n]) < 0
            and _nearer(two[0], at[m], at[n]) * _nearer(two[1], stated[m], stated[n]) < 0
            and _nearer(one[0], at[m], at[n]) * _nearer(two[0], at[m], at[n]) < 0
            for one, two in combinations(known, 2)
        )
        for m, n in combinations(sorted(at.keys() & stated.keys()), 2)
    )


def _places(words: Sequence[str]) -> dict[str, int]:
    """Where each number in digits stands that is there once."""
    return {word: place for place, word in enumerate(words) if word[0].isdigit() and words.count(word) == 1}


def _nearer(places: Sequence[int], one: int, other: int) -> int:
    """Below 0 where any of the places is nearer to `one`, above where nearer to `other`."""
    return min(abs(place - one) for place in places) - min(abs(place - other) for place in places)
