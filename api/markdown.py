"""A sentence of an answer as Markdown shows it: chat clients render what they get, and load what that leads to."""

import re
from collections.abc import Mapping

from dalil.domain import AnswerSentence, Verdict

_ENGLISH = {Verdict.PARTIAL: "partly supported", Verdict.UNSUPPORTED: "not supported"}
_ARABIC = {Verdict.PARTIAL: "مدعومة جزئيا", Verdict.UNSUPPORTED: "غير مدعومة"}

WARNINGS: Mapping[str, Mapping[Verdict, str]] = {"ar": _ARABIC, "en": _ENGLISH, "und": _ENGLISH}
"""What is said of a sentence that its quotes do not carry all of, by the language of the question."""

_MARKUP = re.compile(r"[\\\[\]<]|&(?=#?\w+;)")


def verbatim(text: str) -> str:
    """The text with a backslash before what would begin a link, an image, a tag or an entity, or look like a marker."""
    return _MARKUP.sub(r"\\\g<0>", text)


def marked(sentence: AnswerSentence, language: str) -> str:
    """The sentence, a warning where its quotes do not carry all of it, and its citation markers."""
    warning = WARNINGS[language].get(sentence.verdict)
    markers = "".join(f"[{number}]" for number in sentence.citations)
    return " ".join(filter(None, [verbatim(sentence.text), warning and f"({warning})", markers]))
