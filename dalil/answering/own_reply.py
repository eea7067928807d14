"""The replies to messages that need no search: small talk, and questions that name nothing to search for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from dalil.domain import RefusalReason
from dalil.retrieval.query import ENGLISH_STOP_WORDS
from dalil.text.aliases import Aliases
from dalil.text.analysis import STOP_WORDS, located_words
from dalil.text.arabic import CONJUNCTIONS, strip_proclitic
from dalil.text.language import Language, language_of
from dalil.text.lexicon import Word, read_lexicon, read_words
from dalil.text.quantities import extract_numbers_and_dates
from dalil.text.small_talk import SmallTalk, small_talk, small_talk_before

_CONTENTLESS_WORDS = ENGLISH_STOP_WORDS | STOP_WORDS | read_words("generic_words")


class ReplyText(BaseModel):
    """One reply in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Word
    ar: Word


ReplyTexts: TypeAlias = dict[SmallTalk | Literal["too_vague"], ReplyText]
"""The entries of `own_replies.yaml`: one for each kind of small talk, and one for a question that is too vague."""


@dataclass(frozen=True, slots=True)
class OwnReply:
    """A reply that rests on no article; `note` says why there was no search."""

    text: str
    language: Language
    reason: RefusalReason
    note: str


def own_reply(message: str, aliases: Aliases, *, earlier: Sequence[str] = ()) -> OwnReply | None:
    """The reply to small talk and to a question without content; None for a message to be searched.

    `message` is the last one of a conversation as `rewrite_followup` gives it, so that "Why?" has content if it follows
    on a question. `earlier` are the messages before it; a message without letters gets its reply in their language.
    """
    language = next(
        (found for text in (message, *reversed(earlier)) if (found := language_of(text)) != "und"), language_of(message)
    )
    kind = small_talk(message)
    if kind:
        note = f"the message is no question about the articles ({kind.replace('_', ' ')}); nothing was searched"
        return OwnReply(_text(kind, language), language, RefusalReason.NOT_A_QUESTION, note)
    if not has_content(message, aliases):
        note = "the question names no event, place, person or thing; nothing was searched"
        return OwnReply(_text("too_vague", language), language, RefusalReason.TOO_VAGUE, note)
    return None


def has_content(question: str, aliases: Aliases) -> bool:
    """Whether a question names anything to search for: a name, a number, a date, or a word that is not generic.

    A stop word in capitals is a name ("the WHO"), if the question also has small letters.
    """
    located = list(located_words(question))[small_talk_before(question) :]
    spellings = [question[span.start : span.end] for span, _ in located]
    has_small_letters = any(spelling.islower() for spelling in spellings)
    if any(
        _has_content(word) or (has_small_letters and _is_abbreviation(spelling))
        for (_, word), spelling in zip(located, spellings, strict=True)
    ):
        return True
    quantities = extract_numbers_and_dates(question)
    return bool(aliases.names_in(question) or quantities.numbers or quantities.months)


def _has_content(word: str) -> bool:
    forms = {word, strip_proclitic(word, CONJUNCTIONS, min_letters=2)}
    return _CONTENTLESS_WORDS.isdisjoint(forms)


def _is_abbreviation(spelling: str) -> bool:
    return len(spelling) > 1 and spelling.isascii() and spelling.isupper()


@cache
def _reply_texts() -> ReplyTexts:
    return read_lexicon("own_replies", ReplyTexts)


def _text(kind: SmallTalk | Literal["too_vague"], language: Language) -> str:
    texts = _reply_texts()[kind]
    return texts.ar if language == "ar" else texts.en
