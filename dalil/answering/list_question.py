"""Questions that ask for several things at once."""

from collections.abc import Sequence
from functools import cache

from pydantic import BaseModel, ConfigDict

from dalil.answering.answer_type import is_one_of
from dalil.text.analysis import located_words
from dalil.text.arabic import is_arabic_word
from dalil.text.lexicon import WordLists, read_lexicon

MAX_NOUN_DISTANCE = 2
"""Words behind an English question word among which its noun is looked for: "which European countries"."""


class ListQuestionWords(BaseModel):
    """The lists of `list_questions.yaml`, which describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    imperatives: WordLists
    polite_words: WordLists
    question_words: WordLists
    plural_questions: WordLists
    fillers: WordLists
    plural_nouns: WordLists


def asks_for_list(question: str) -> bool:
    """Whether a question asks for several things: "list", «اذكر», or a question word with a noun in the plural.

    >>> asks_for_list("Which countries sent aid?"), asks_for_list("Which country sent aid?")
    (True, False)
    >>> asks_for_list("ما هي الدول التي أرسلت مساعدات؟")
    True
    """
    lists = _list_question_words()
    words = [word for _, word in located_words(question)]
    first = next((word for word in words if word not in lists.polite_words.folded), "")
    if first in lists.imperatives.folded:
        return True
    return any(_asks_for_several(words, place, lists) for place in range(len(words)))


def _asks_for_several(words: Sequence[str], place: int, lists: ListQuestionWords) -> bool:
    phrases = lists.plural_questions.folded
    if any(" ".join(words[place : place + length]) in phrases for length in (2, 3)):
        return True
    if words[place] not in lists.question_words.folded:
        return False
    behind = place + 1
    while behind < len(words) and words[behind] in lists.fillers.folded:
        behind += 1
    # An Arabic noun precedes its adjectives.
    distance = 1 if is_arabic_word(words[place]) else MAX_NOUN_DISTANCE
    return any(is_one_of(word, lists.plural_nouns.folded) for word in words[behind : behind + distance])


@cache
def _list_question_words() -> ListQuestionWords:
    return read_lexicon("list_questions", ListQuestionWords)
