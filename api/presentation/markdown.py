"""A sentence of an answer as safe Markdown: chat clients render what they receive, and may load its links."""

import re
from collections.abc import Mapping

from dalil.domain import AnswerSentence, Verdict

_ENGLISH = {Verdict.PARTIAL: "partly supported", Verdict.UNSUPPORTED: "not supported"}
_ARABIC = {Verdict.PARTIAL: "مدعومة جزئيا", Verdict.UNSUPPORTED: "غير مدعومة"}

WARNINGS: Mapping[str, Mapping[Verdict, str]] = {"ar": _ARABIC, "en": _ENGLISH, "und": _ENGLISH}
"""The warning after a sentence that its quotes do not fully support, by the language of the question."""

_MARKUP = re.compile(r"[\\\[\]<]|&(?=#?\w+;)")


def escape(text: str) -> str:
    """The text with a backslash before each character that Markdown could read as markup or as a citation marker."""
    return _MARKUP.sub(r"\\\g<0>", text)


def to_markdown(sentence: AnswerSentence, language: str) -> str:
    """The sentence, a warning if its quotes do not fully support it, and its citation markers."""
    warning = WARNINGS[language].get(sentence.verdict)
    markers = "".join(f"[{number}]" for number in sentence.citations)
    return " ".join(filter(None, [escape(sentence.text), warning and f"({warning})", markers]))
