"""Messages that ask nothing about the articles, and messages that only look like these."""

import pytest

from dalil.text.analysis import words
from dalil.text.lexicon import read_lexicon
from dalil.text.small_talk import (
    MAX_SMALL_TALK_WORDS,
    SmallTalk,
    SmallTalkPhrases,
    small_talk,
    small_talk_before,
)

MESSAGES = {
    SmallTalk.THANKS: [
        *(
            "thanks",
            "Thank you!",
            "thx",
            "Thanks a lot! 🌹",
            "THANKS",
            "thaaaanks!!",
            "no thanks",
            "Thanks, that helps",
        ),
        *("Thanks so much for your help!", "ok thanks bye", "cool, thanks :)", "thank you, that's great", "shukran"),
        *("شكرا", "شكرا 🌹", "شُكرًا", "شكرًا جزيلا لك", "شكراااا جزيلاً يا صديقي", "لا شكرا", "تمام، شكراً"),
        *("جزاك الله خيرا، شكرا", "يعطيك العافية", "الله يعطيك العافية", "تسلم إيدك", "متشكر أوي", "كتر خيرك", "يسلمو"),
        *("الله يرحم الوالدين", "ما قصرت", "بارك الله فيك", "شكرا ومع السلامة", "مشكور يا غالي", "شكــــرا"),
    ],
    SmallTalk.GREETING: [
        *("hello", "Hi there!", "good morning", "Good evening.", "hey", "hellooooo", "how are you?", "what's up?"),
        *("مرحبا", "أهلا وسهلا", "صباح الخير", "مساء النور", "صباح الخير يا دليل", "كيفك؟", "إزيك عامل إيه؟", "شلونك"),
        *("هلا والله", "لاباس؟", "كيف حالك اليوم؟", "Good morning, how are you?", "أهلين 👋"),
    ],
    SmallTalk.PEACE_GREETING: [
        *("السلام عليكم", "السلام عليكم ورحمة الله وبركاته", "سلام عليكم", "وعليكم السلام", "سلام", "salam alaikum"),
        *("السلام عليكم، صباح الخير", "السّلامُ عليكم!"),
    ],
    SmallTalk.FAREWELL: [
        *("bye", "Goodbye!", "see you later", "Good night", "have a nice day", "مع السلامة", "وداعا", "إلى اللقاء"),
        *("تصبح على خير", "بسلامة", "في أمان الله", "ok, bye"),
    ],
    SmallTalk.ACKNOWLEDGEMENT: [
        *(
            "👍",
            "🙏🏻",
            "❤️",
            "👍👍🏽 👏",
            ":)",
            "<3",
            "ok",
            "OK.",
            "got it",
            "I see",
            "makes sense",
            "That makes sense now.",
        ),
        *(
            "great!",
            "Nice",
            "No.",
            "yes",
            "haha",
            "hahaha",
            "Understood",
            "that’s great",
            "really?",
            "well done",
            "cool 😎",
        ),
        *(
            "تمام",
            "ماشي",
            "طيب",
            "حسنا",
            "نعم",
            "لا",
            "فهمت",
            "واخا",
            "صافي",
            "ممتاز",
            "ههههه",
            "أيوه",
            "جميل",
            "إن شاء الله",
        ),
        *("على راسي", "كلام منطقي", "وصلت الفكرة"),
    ],
    SmallTalk.DISAGREEMENT: [
        *("that's wrong", "I don't understand", "not what I asked", "غلط", "هذا غير صحيح", "مش فاهم", "لم أفهم"),
    ],
    SmallTalk.ABOUT_ASSISTANT: [
        *("who are you?", "What can you do?", "hi, who are you?", "help", "are you a bot?", "What's your name?"),
        *("do you speak Arabic?", "من أنت؟", "انت مين؟", "شكون نتا؟", "مين أنت", "ما اسمك؟", "ماذا يمكنك أن تفعل؟"),
        *("عندي سؤال", "هل أنت إنسان؟", "وش تقدر تسوي؟", "صباح الخير، كيداير اليوم وشنو سميتك؟"),
    ],
}

NO_SMALL_TALK = [
    *(
        "thanks, and how many shells?",
        "thank you Putin letter",
        "Thank you letter from Putin to Kim",
        "thanks to whom?",
    ),
    *("Hello Kitty", "Hello from Gaza: what is it?", "good morning Vietnam", "Goodbye Lenin", "hi-tech weapons"),
    *("hi, what weapons did DPRK send?", "ok, and when was that?", "Great, but why?", "who are the Houthis?"),
    *(
        "who are you voting for?",
        "what can you do about inflation?",
        "What happened in Nice?",
        "help Gaza",
        "is it true?",
    ),
    *(
        "Is that good?",
        "what is this?",
        "Great Britain",
        "No Man's Land",
        "good news from Sudan?",
        "Cool Japan",
        "yes vote",
    ),
    *(
        "Hey Jude",
        "Salam Fayyad",
        "bye-election",
        "Who is Salam?",
        "you",
        "for the help",
        "Morning Star",
        "why?",
        "2024",
    ),
    *("شكرا، ومتى كان ذلك؟", "شكرا لبوتين", "شكرا، كم عدد القتلى؟", "من وجه شكرا إلى روسيا؟", "سلام فياض"),
    *("نواف سلام", "تمام سلام", "من هو سلام فياض؟", "عملية السلام", "اتفاق السلام في السودان", "السلام", "صباح فخري"),
    *("جميل السيد", "مبارك", "حسن نصر الله", "رجب طيب أردوغان", "مرحبا بالعالم", "لا للحرب", "نعم للدستور", "من هو؟"),
    *(
        "من أنت يا ترامب",
        "كيف حال أسعار القمح؟",
        "طيب واليابان؟",
        "ماشي العاصي",
        "الله",
        "هلا غزة",
        "حزب الله",
        "زين العابدين",
    ),
    *("谢谢", "؟", "...", "", "12"),
]


@pytest.mark.parametrize(
    ("message", "kind"), [(message, kind) for kind, messages in MESSAGES.items() for message in messages]
)
def test_small_talk_is_of_its_kind(message: str, kind: SmallTalk) -> None:
    assert small_talk(message) is kind


@pytest.mark.parametrize("message", NO_SMALL_TALK)
def test_a_message_with_content_is_no_small_talk(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize("kind", SmallTalk)
def test_a_question_behind_small_talk_has_content(kind: SmallTalk) -> None:
    for message in MESSAGES[kind]:
        assert small_talk(f"{message}. What weapons did North Korea send?") is None
        assert small_talk(f"{message} ما الأسلحة التي أرسلتها كوريا الشمالية؟") is None


def test_a_phrase_is_of_one_kind_and_written_once() -> None:
    lists = read_lexicon("small_talk", SmallTalkPhrases)
    kinds = [getattr(lists, name) for name in SmallTalkPhrases.model_fields]
    phrases = [tuple(words(phrase)) for own in kinds[:7] for phrase in (*own.en, *own.ar)]
    assert sorted({phrase for phrase in phrases if phrases.count(phrase) > 1}) == []
    assert all(phrases)


def test_an_ambiguous_phrase_is_small_talk_by_itself() -> None:
    lists = read_lexicon("small_talk", SmallTalkPhrases)
    assert all(small_talk(phrase) for phrase in (*lists.ambiguous.en, *lists.ambiguous.ar))


def test_a_long_message_is_no_small_talk() -> None:
    assert small_talk("ok " * MAX_SMALL_TALK_WORDS) is SmallTalk.ACKNOWLEDGEMENT
    assert small_talk("ok " * (MAX_SMALL_TALK_WORDS + 1)) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("thanks. why?", 1),
        ("Thank you very much, and Japan?", 5),
        ("شكرا، ماذا حدث؟", 1),
        ("why?", 0),
        ("what happened in Nice?", 0),
        ("", 0),
    ],
)
def test_small_talk_before_a_question_is_counted_in_words(text: str, count: int) -> None:
    assert small_talk_before(text) == count
