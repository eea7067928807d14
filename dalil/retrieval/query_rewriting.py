"""Questions of a conversation rewritten to be complete: "and when was that?" is searched with the question before."""

import re
from collections.abc import Sequence
from functools import cache

from babel import Locale
from pydantic import BaseModel, ConfigDict

from dalil.limits import MAX_QUERY_CHARACTERS
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.text.aliases import Aliases, FoundName
from dalil.text.analysis import STOP_WORDS, located_words, words
from dalil.text.latin_names import latin_names
from dalil.text.lexicon import WordLists, read_lexicon
from dalil.text.small_talk import small_talk, small_talk_before

MIN_CONTENT_WORDS = 3
"""A question with fewer content words, and without a name, is incomplete by itself."""

MAX_CHAIN_QUESTIONS = 3
"""Questions that are joined at most: a complete one and the follow-ups to it."""

MAX_HISTORY_QUESTIONS = 50
"""Questions of a conversation that are considered, the last ones: a chat client sends all of it each time."""


class FollowupWords(BaseModel):
    """The lists of `followups.yaml`, which describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    demonstratives: WordLists
    anaphors: WordLists
    proximal_demonstratives: WordLists
    time_nouns: WordLists
    question_words: WordLists
    copular_pronouns: WordLists
    connectives: WordLists
    topic_shifts: WordLists
    words_before_pronominal_that: WordLists
    extraposition_predicates: WordLists
    prepositions_after_and: WordLists
    function_words: WordLists


_WORDS = read_lexicon("followups", FollowupWords)
_DEMONSTRATIVES = _WORDS.demonstratives.folded
# "that" is mostly a conjunction ("the claim that …"); `_PRONOMINAL_THAT` finds it as a pronoun.
_ANAPHORS = (_DEMONSTRATIVES - {"that"}) | _WORDS.anaphors.folded
_PROXIMAL_DEMONSTRATIVES = _WORDS.proximal_demonstratives.folded
_TIME_NOUNS = _WORDS.time_nouns.folded
_QUESTION_WORDS = _WORDS.question_words.folded
_COPULAR_PRONOUNS = _WORDS.copular_pronouns.folded
_FUNCTION_WORDS = _WORDS.function_words.folded


def _any_of(words_: frozenset[str]) -> str:
    return f"(?:{'|'.join(sorted(words_))})"


_CONNECTIVE = _any_of(_WORDS.connectives.folded)
_TOPIC_SHIFT = f"[وف]?{_any_of(_WORDS.topic_shifts.folded)}"
_FOLLOWUP_START = re.compile(rf"(?:{_CONNECTIVE}|{_TOPIC_SHIFT}|و{_any_of(_QUESTION_WORDS)})\b")
_PRONOMINAL_THAT = re.compile(rf"\b{_any_of(_WORDS.words_before_pronominal_that.folded)} that\b")
_EXPLETIVE_IT = re.compile(rf"\bit (?=(?:(?:is|was) )?{_any_of(_WORDS.extraposition_predicates.folded)}\b)")
_LEAD_IN = re.compile(
    rf"(?:{_CONNECTIVE} )*"
    rf"(?:{_TOPIC_SHIFT} |و(?={_any_of(_WORDS.prepositions_after_and.folded)} ))?"
)
_JOINED_AND = re.compile(r"(?<!\S)و(?=\w{3})")


def rewrite_followup(questions: Sequence[str], aliases: Aliases) -> str:
    """The last question of a conversation, preceded by the questions that it depends on; unchanged if it has none.

    A question is a follow-up if it begins with "and" or the like, has a pronoun before its first name or as its last
    word, or has no name and fewer than `MIN_CONTENT_WORDS` content words. A question that only names something else
    ("and Japan?") replaces the names of the same kind in the questions before it. A blank message, one of more than
    `MAX_QUERY_CHARACTERS`, one without a word, and small talk ("thanks!") are neither rewritten nor followed up.
    """
    last = questions[-1]
    if _is_not_a_question(last):
        return last
    chain: list[str] = []
    history = (question.strip() for question in questions[-MAX_HISTORY_QUESTIONS:] if not _is_not_a_question(question))
    for question in history:
        if chain and (names := _names_if_nothing_else(question, aliases)):
            # "Who leads Egypt?" and "and Japan?" become "Who leads?" and "Japan?".
            others = (_remove_names(before, names, aliases) for before in chain)
            chain = [*(before for before in others if words(before)), _detach_and(question, aliases)]
        elif chain and _is_followup(question, aliases):
            chain = [*chain, question]
        else:
            chain = [question]
        chain = [*chain[:1], *chain[1:][1 - MAX_CHAIN_QUESTIONS :]]
    while len(chain) > 1 and len(" ".join(chain)) > MAX_QUERY_CHARACTERS:
        chain = chain[1:]
    return " ".join(chain)


def _is_not_a_question(text: str) -> bool:
    """True if a message has no word, is too long to be searched, or is small talk."""
    return len(text) > MAX_QUERY_CHARACTERS or not words(text) or small_talk(text) is not None


def _detach_and(question: str, aliases: Aliases) -> str:
    """The question without an Arabic "and" that is joined to a name and hides it: واليابان; else unchanged."""
    detached = _JOINED_AND.sub("", question)
    own, names = ([name.words for name in aliases.names_in(text)] for text in (question, detached))
    # The و of a name that begins with one, such as واشنطن, stays, and so does that of وماذا.
    return detached if names != own and len(names) >= len(own) else question


def _names_if_nothing_else(question: str, aliases: Aliases) -> Sequence[FoundName]:
    """The names in a question that consists of a lead-in ("and", "what about") and names; else none."""
    detached = _detach_and(question, aliases)
    folded = " ".join(words(detached))
    rest = _LEAD_IN.sub("", " ".join(words(detached)[small_talk_before(detached) :]), count=1)
    names = aliases.names_in(detached)
    allowed = _FUNCTION_WORDS | {word for name in names for word in name.words}
    has_lead_in = (detached, rest) != (question, folded)
    return names if has_lead_in and allowed.issuperset(rest.split()) else []


def _remove_names(question: str, replacements: Sequence[FoundName], aliases: Aliases) -> str:
    """The question without its names of the replacements' kinds. There are two kinds: countries, and the rest."""
    kinds = {_is_country(name) for name in replacements}
    removed = [name.words for name in aliases.names_in(question) if _is_country(name) in kinds]
    located = list(located_words(question))
    places = {
        place
        for start in range(len(located))
        for name in removed
        if tuple(word for _, word in located[start : start + len(name)]) == name
        for place in range(start, start + len(name))
    }
    for place in sorted(places, reverse=True):
        span, _ = located[place]
        question = question[: span.start].rstrip() + question[span.end :]
    return question.strip()


def _is_country(name: FoundName) -> bool:
    return not _countries().isdisjoint(name.arabic)


@cache
def _countries() -> frozenset[str]:
    return frozenset(Locale("ar").territories.values())


def _is_followup(question: str, aliases: Aliases) -> bool:
    folded = words(question)
    # "Is it true that …": this "it" refers to nothing before.
    without_expletive = _EXPLETIVE_IT.sub("", " ".join(folded))
    if _FOLLOWUP_START.match(without_expletive) or _PRONOMINAL_THAT.search(without_expletive):
        return True
    named = [word for name in aliases.names_in(question) for word in name.words]
    # Any question begins with a capital letter, and a single one is "I".
    capitalised = [name for name in latin_names(question) if name.span.start and len(name.written) > 1]
    named += [word for name in capitalised for word in words(name.written)]
    if _has_anaphor(without_expletive.split(), named):
        return True
    empty = ENGLISH_STOP_WORDS | STOP_WORDS | _QUESTION_WORDS
    return not named and sum(word not in empty for word in folded) < MIN_CONTENT_WORDS


def _has_anaphor(folded: Sequence[str], named: Sequence[str]) -> bool:
    """True if a word before the first name refers back, or the last word of all does."""
    first_name = min((folded.index(word) for word in named if word in folded), default=len(folded))
    for place, word in enumerate(folded[:first_name]):
        before, after = " ".join(folded[max(0, place - 1) : place]), " ".join(folded[place + 1 : place + 2])
        # ما هي أسلحة: behind a question word the pronoun is "is", unless it is the last word.
        is_copula = word in _COPULAR_PRONOUNS and before in _QUESTION_WORDS and after
        # "this year", العام هذا: the present, not something before.
        is_present_time = word in _PROXIMAL_DEMONSTRATIVES and {before, after} & _TIME_NOUNS
        if word in _ANAPHORS and not is_copula and not is_present_time:
            return True
    return bool(folded) and folded[-1] in _DEMONSTRATIVES and not set(folded[-2:-1]) & _TIME_NOUNS
