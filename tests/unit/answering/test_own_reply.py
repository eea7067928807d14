"""Replies without a search, and the questions that have enough content to be searched."""

import pytest

from dalil.answering.own_reply import OwnReply, ReplyText, has_content, own_reply
from dalil.domain import RefusalReason
from dalil.retrieval.query_rewriting import rewrite_followup
from dalil.text.aliases import Aliases
from dalil.text.lexicon import read_lexicon
from dalil.text.small_talk import SmallTalk

ALIASES = Aliases.standard()
BEFORE = "What weapons did North Korea send to Russia?"

VAGUE = [
    *(
        "What happened?",
        "the of in",
        "the",
        "tell me more",
        "why?",
        "When was that?",
        "any news?",
        "who is he?",
        "How many?",
    ),
    *(
        "what is the latest news?",
        "hi, what happened?",
        "What happened today?",
        "tell me something",
        "what's new",
        "what?",
    ),
    *("so what happened then?", "continue", "what did he say?", "what is this?", "And?", "explain", "why? thanks"),
    *(
        "ماذا حدث؟",
        "وماذا حدث بعد ذلك؟",
        "ومتى كان ذلك؟",
        "كم؟",
        "من هو؟",
        "ما الجديد؟",
        "ما آخر الأخبار؟",
        "في من على",
    ),
    *(
        "المزيد من التفاصيل",
        "ماذا قال؟",
        "شو صار؟",
        "إيه اللي حصل؟",
        "شنو وقع؟",
        "وش صار؟",
        "شنو طرا؟",
        "علاش؟",
        "احكيلي",
    ),
    *("ايش صار امس؟", "ليش؟", "؟", "?!", "...", "🤷 what happened?"),
]
WITH_CONTENT = [
    *("What happened in Derna?", "What happened in Nice?", "What happened in Gaza?", "What did the WHO say?"),
    *(
        "what happened in the US?",
        "what happened in 2019?",
        "What happened in May?",
        "Putin?",
        "Who is Ali?",
        "Who is Kim?",
    ),
    *("thanks, and how many shells?", "thank you Putin letter", "What is NATO?", "and Japan?", "how many died?"),
    *("what about the earthquake?", "news about Sudan", "What is IT?", "Did North Korea send 1000 containers?", "1520"),
    *("درنة", "ماذا حدث في درنة؟", "ماذا حدث في حماة؟", "من هو علي عبد الله صالح؟", "شكرا، كم عدد القتلى؟", "من قتل؟"),
    *(
        "أخبار السودان",
        "ماذا قال أبي أحمد؟",
        "من هو سلام فياض؟",
        "تمام سلام",
        "واليابان؟",
        "شو صار بغزة؟",
        "ماذا حدث سنة 1755؟",
    ),
]


def reply(*messages: str) -> OwnReply | None:
    return own_reply(rewrite_followup(messages, ALIASES), ALIASES, earlier=messages[:-1])


@pytest.mark.parametrize("question", VAGUE)
def test_a_question_that_names_nothing_asks_back(question: str) -> None:
    found = reply(question)
    assert found
    assert found.reason is RefusalReason.TOO_VAGUE
    assert found.text == (
        "أي حدث أو مكان أو شخص تقصد؟" if found.language == "ar" else "Which event, place or person do you mean?"
    )


@pytest.mark.parametrize("question", WITH_CONTENT)
def test_a_question_that_names_something_is_searched(question: str) -> None:
    assert has_content(question, ALIASES)
    assert reply(question) is None


@pytest.mark.parametrize(
    "question", ["why?", "tell me more", "What happened?", "And when was that?", "ماذا حدث؟", "المزيد"]
)
def test_a_question_that_follows_on_another_has_its_content(question: str) -> None:
    assert reply(BEFORE, question) is None
    assert reply(BEFORE, "thanks", question) is None


@pytest.mark.parametrize("earlier", [["What happened?"], ["thanks"], ["؟"], [""]])
def test_a_question_that_follows_on_nothing_with_content_asks_back(earlier: list[str]) -> None:
    found = reply(*earlier, "why?")
    assert found
    assert found.reason is RefusalReason.TOO_VAGUE


@pytest.mark.parametrize(
    ("messages", "language"),
    [
        (["شكرا"], "ar"),
        (["thanks"], "en"),
        ([BEFORE, "شكرا"], "ar"),
        (["ما الأسلحة؟", "thanks"], "en"),
        (["ما الأسلحة؟", "👍"], "ar"),
        ([BEFORE, "ما الأسلحة؟", "👍"], "ar"),
        ([BEFORE, "👍"], "en"),
        (["👍"], "und"),
        (["؟"], "ar"),
    ],
)
def test_a_reply_is_in_the_language_of_the_message(messages: list[str], language: str) -> None:
    found = reply(*messages)
    assert found
    assert found.language == language
    is_arabic = any("ء" <= character <= "ي" for character in found.text)
    assert is_arabic == (language == "ar")


@pytest.mark.parametrize("message", ["👍", "thanks", "من أنت؟", "؟"])
def test_what_is_no_question_repeats_no_answer(message: str) -> None:
    found = reply(BEFORE, message)
    assert found
    assert found.note.endswith("nothing was searched")


def test_every_kind_has_a_reply_in_both_languages() -> None:
    texts = read_lexicon("own_replies", dict[str, ReplyText])
    assert texts.keys() == {*SmallTalk, "too_vague"}
    replies = [text for own in texts.values() for text in (own.en, own.ar)]
    assert len(set(replies)) == len(replies)
