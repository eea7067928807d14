"""Questions that the titles of articles suggest, in the language of the interface."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from api.pages.preferences import UiLanguage
from api.pages.rendering import TEXTS
from dalil.text.english_names import english_names

MAX_NAMES = 3
"""Names of one question: more make it vague."""

MAX_USES = 2
"""Questions with the same name: others are more of the collection."""

MIN_TOPIC_WORDS, MAX_TOPIC_WORDS = 2, 7
"""Words of a title's first part that is short enough to ask about."""

_PART_END = re.compile(r"\.\.|[:؟?!…|]")
_QUOTATION_MARKS = str.maketrans("", "", '«»"“”')


def candidate_questions(titles: Iterable[str], language: UiLanguage) -> Iterator[str]:
    """A question for each title that suggests one, none twice.

    In Arabic it asks about the first part of the title, in English about the names that the title has.
    """
    topics = _topics_in_english(titles) if language == "en" else map(_topic_in_arabic, titles)
    template = TEXTS[language]["question_about"]
    return (template.format(topic=topic) for topic in dict.fromkeys(filter(None, topics)))


def _topic_in_arabic(title: str) -> str:
    """«زلزال المغرب» of زلزال المغرب.. أكثر من ألفي قتيل; empty if the part is too short or too long."""
    part = _PART_END.split(title, maxsplit=1)[0].translate(_QUOTATION_MARKS)
    words = part.split()
    return " ".join(words) if MIN_TOPIC_WORDS <= len(words) <= MAX_TOPIC_WORDS else ""


def _topics_in_english(titles: Iterable[str]) -> Iterator[str]:
    """The names of each title, at least two: North Korea and Russia. Names that were often used are passed over."""
    used: Counter[str] = Counter()
    for title in titles:
        names = [name.english for name in english_names().find(title) if used[name.english] < MAX_USES][:MAX_NAMES]
        if len(names) > 1:
            used.update(names)
            yield f"{', '.join(names[:-1])} and {names[-1]}"
