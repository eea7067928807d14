"""What a question in a conversation means when it is read by itself: "and when was that?" after another question."""

import re
from collections.abc import Sequence

from dalil.retrieval.question import MAX_CHARACTERS, NO_NAMES
from dalil.text.aliases import Aliases
from dalil.text.analysis import STOP_WORDS, words
from dalil.text.normalisation import normalise

FEWEST = 3
"""A question with fewer telling words than this, and no name, cannot stand by itself."""

LONGEST_CHAIN = 3
"""How many questions are read together at most: the one that stands by itself, and those that followed it."""


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


def standalone(questions: Sequence[str], aliases: Aliases) -> str:
    """The last of a conversation's questions behind those that it follows on, in order; as it is where it is the first.

    A question follows on where it begins with "and", points back by a pronoun before it names anything or by its last
    word, or names nothing and has too few words of its own. A blank one stands alone.
    """
    if not questions[-1].strip():
        return questions[-1]
    chain: list[str] = []
    for question in filter(None, map(str.strip, questions)):
        chain = [*chain, question] if chain and _follows(question, aliases) else [question]
        chain = [*chain[:1], *chain[1:][1 - LONGEST_CHAIN :]]
    while len(chain) > 1 and len(" ".join(chain)) > MAX_CHARACTERS:
        chain = chain[1:]
    return " ".join(chain)


def _follows(question: str, aliases: Aliases) -> bool:
    asked = words(question)
    read = _EXPLETIVE.sub("", " ".join(asked))
    if _JOINED.match(read) or _THAT.search(read):
        return True
    named = [word for name in aliases.names_in(question) for word in name.words]
    named += [word for capital in _CAPITAL.finditer(question) for word in words(capital.group())]
    if _points_back(read.split(), named):
        return True
    telling = [word for word in asked if word not in NO_NAMES and word not in STOP_WORDS and word not in _ASKS]
    return not named and len(telling) < FEWEST


def _points_back(asked: Sequence[str], named: Sequence[str]) -> bool:
    """Whether a word before the first name stands for what was spoken of before, or the last word of all does.

    "What is" is said with a pronoun in Arabic, ما هي, and "this year" points at the present.
    """
    first_name = min((asked.index(word) for word in named if word in asked), default=len(asked))
    for place, word in enumerate(asked[:first_name]):
        before, after = " ".join(asked[:place][-1:]), " ".join(asked[place + 1 :][:1])
        what_is = word in _IS and before in _ASKS and after
        this_year = word in _NOW and {before, after} & _TIMES
        if word in _POINTS_BACK and not what_is and not this_year:
            return True
    return bool(asked) and asked[-1] in _DEMONSTRATIVES and not set(asked[-2:-1]) & _TIMES
