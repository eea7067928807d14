"""What a question in a conversation means when it is read by itself: "and when was that?" after another question."""

import re
from collections.abc import Sequence
from functools import cache

from babel import Locale

from dalil.retrieval.query import ENGLISH_STOP_WORDS, MAX_QUERY_CHARACTERS
from dalil.text.aliases import Aliases, FoundName
from dalil.text.analysis import STOP_WORDS, located_words, words
from dalil.text.normalisation import normalise

FEWEST = 3
"""A question with fewer telling words than this, and no name, cannot stand by itself."""

LONGEST_CHAIN = 3
"""How many questions are read together at most: the one that stands by itself, and those that followed it."""

REMEMBERED = 50
"""How many of a conversation's last questions are looked at: a chat sends all of itself each time."""


def _folded(words_: str) -> frozenset[str]:
    return frozenset(normalise(words_).split())


_DEMONSTRATIVES = _folded("""
this these that those it هذا هذه هؤلاء ذلك تلك أولئك
دا دي ده كده كدا هاد هادي هادشي داك ديك هداك هديك
""")
"""Egyptian and Moroccan ones last."""

_POINTS_BACK = (_DEMONSTRATIVES - {"that"}) | _folded("""
he him his she her hers its they them their theirs former latter
هو هي هم هما هناك عنه عنها عنهم فيه فيها فيهم منه منها منهم له لها لهم به بها بهم إليه إليها إليهم عليه عليها عليهم
بعده بعدها قبله قبلها خلاله خلالها لديه لديها لديهم عددهم عددها كلهم كلها سببه سببها
""")
"""Words that stand for what was spoken of before."""

_IS = _folded("هو هي هم هما")
_NOW = _folded("this these هذا هذه دا دي ده هاد هادي")
_TIMES = _folded("""
year month week day days morning evening summer winter spring autumn season century
العام السنة الشهر الأسبوع اليوم الأيام الليلة الصباح المساء الصيف الشتاء الربيع الخريف الموسم القرن
""")
_ASKS = _folded("""
ما من ماذا متى أين كم كيف لماذا هل أي
إيه مين فين إمتى إزاي كام ليه شنو شكون علاش كيفاش فوقاش فوقتاش شحال منين
""")
"""Egyptian and Moroccan ones last."""

_JOINED = re.compile(
    rf"(?:and|but|also|so|then|what about|how about|طب|طيب|[وف]?ماذا عن|و(?:{'|'.join(_ASKS)}))\b", re.IGNORECASE
)
_THAT = re.compile(r"\b(?:was|is|did|does|about|after|before|of|since|do|like) that\b")
_EXPLETIVE = re.compile(r"\bit (?=(?:(?:is|was) )?(?:true|known|clear|possible|likely|said|reported)\b)")
_CAPITAL = re.compile(r"(?<=\s)[A-Z]\w+")

_COURTESIES = _folded("""
thanks thank thx ty ok okay cool nice great good perfect awesome excellent wow bye goodbye hello hi hey yes no sure
understood شكرا مشكور مشكورة تسلم تسلمي ممتاز رائع جميل تمام حسنا أوكي أوك نعم مفهوم فهمت مرحبا أهلا وداعا متشكر ميرسي
""")
_WITH_COURTESIES = _folded("""
you that this it is was helps helped helpful makes sense very much really so a lot for the all your help answer got i
see and well done جزيلا لك لكم على هذا ذلك المساعدة الإجابة كثيرا جدا الله خيرا جزاك جزاكم بارك فيك و مع السلامة وسهلا
""")
_LEADS_ON = re.compile(
    rf"(?:(?:and|but|also|so|then|طب|طيب|{'|'.join(sorted(_COURTESIES))}) )*"
    r"(?:(?:what|how) about |[وف]?ماذا عن |و(?=(?:في|من|عن|مع|الي|علي) ))?"
)
_LITTLE = _folded("a an the in at on of to from for by with then too also now في من على إلى عن مع أيضا كذلك")
_WRITTEN_AND = re.compile(r"(?<!\S)و(?=\w{3})")


def rewrite_followup(questions: Sequence[str], aliases: Aliases) -> str:
    """The last of a conversation's questions behind those that it follows on, in order; as it is where it is the first.

    A question follows on where it begins with "and", points back by a pronoun before it names anything or by its last
    word, or names nothing and has too few words of its own. One that does nothing but name something else of the same
    kind, "and Japan?", asks it of that alone: names of that kind are left out of those before it. A blank one, one too
    long to be read, and thanks stand alone, and are followed by nothing.
    """
    last = questions[-1]
    if _is_no_question(last):
        return last
    chain: list[str] = []
    for question in (question.strip() for question in questions[-REMEMBERED:] if not _is_no_question(question)):
        if chain and (named := _nothing_but_names(question, aliases)):
            others = (_without(before, named, aliases) for before in chain)
            chain = [*(before for before in others if words(before)), _unjoined(question, aliases)]
        elif chain and _follows(question, aliases):
            chain = [*chain, question]
        else:
            chain = [question]
        chain = [*chain[:1], *chain[1:][1 - LONGEST_CHAIN :]]
    while len(chain) > 1 and len(" ".join(chain)) > MAX_QUERY_CHARACTERS:
        chain = chain[1:]
    return " ".join(chain)


def _is_no_question(text: str) -> bool:
    if len(text) > MAX_QUERY_CHARACTERS or not text.strip():
        return True
    said = set(words(text))
    return bool(said & _COURTESIES) and said <= _COURTESIES | _WITH_COURTESIES


def _unjoined(question: str, aliases: Aliases) -> str:
    """The question, without an Arabic "and" that is written to a name and hides it."""
    bare = _WRITTEN_AND.sub("", question)
    return bare if bare != question and len(aliases.names_in(bare)) > len(aliases.names_in(question)) else question


def _nothing_but_names(question: str, aliases: Aliases) -> Sequence[FoundName]:
    """What a question names that says no more than "and" or "what about" it; else nothing."""
    bare = _unjoined(question, aliases)
    asked = " ".join(words(bare))
    said = _LEADS_ON.sub("", asked, count=1)
    names = aliases.names_in(bare)
    idle = _LITTLE | {word for name in names for word in name.words}
    return names if (bare, said) != (question, asked) and idle.issuperset(said.split()) else []


def _without(question: str, named: Sequence[FoundName], aliases: Aliases) -> str:
    """The question without what it names of the kinds that are named: countries, or anything else."""
    kinds = {_is_country(name) for name in named}
    left_out = [name.words for name in aliases.names_in(question) if _is_country(name) in kinds]
    asked = list(located_words(question))
    places = {
        place
        for start in range(len(asked))
        for name in left_out
        if tuple(word for _, word in asked[start : start + len(name)]) == name
        for place in range(start, start + len(name))
    }
    for place in sorted(places, reverse=True):
        span, _ = asked[place]
        question = question[: span.start].rstrip() + question[span.end :]
    return question.strip()


def _is_country(name: FoundName) -> bool:
    return not _countries().isdisjoint(name.arabic)


@cache
def _countries() -> frozenset[str]:
    return frozenset(Locale("ar").territories.values())


def _follows(question: str, aliases: Aliases) -> bool:
    asked = words(question)
    read = _EXPLETIVE.sub("", " ".join(asked))
    if _JOINED.match(read) or _THAT.search(read):
        return True
    named = [word for name in aliases.names_in(question) for word in name.words]
    named += [word for capital in _CAPITAL.finditer(question) for word in words(capital.group())]
    if _points_back(read.split(), named):
        return True
    telling = [
        word for word in asked if word not in ENGLISH_STOP_WORDS and word not in STOP_WORDS and word not in _ASKS
    ]
    return not named and len(telling) < FEWEST


def _points_back(asked: Sequence[str], named: Sequence[str]) -> bool:
    """Whether a word before the first name stands for what was spoken of before, or the last word of all does.

    "What is" is said with a pronoun in Arabic, ما هي, and "this year" points at the present.
    """
    first_name = min((asked.index(word) for word in named if word in asked), default=len(asked))
    for place, word in enumerate(asked[:first_name]):
        before, after = " ".join(asked[max(0, place - 1) : place]), " ".join(asked[place + 1 : place + 2])
        what_is = word in _IS and before in _ASKS and after
        this_year = word in _NOW and {before, after} & _TIMES
        if word in _POINTS_BACK and not what_is and not this_year:
            return True
    return bool(asked) and asked[-1] in _DEMONSTRATIVES and not set(asked[-2:-1]) & _TIMES
