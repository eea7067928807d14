"""The text of a refusal, for clients that need a sentence."""

from collections.abc import Mapping

from dalil.domain import Answer

_ENGLISH = "The articles do not hold an answer to this question."

REFUSALS: Mapping[str, str] = {"ar": "لا تتضمن المقالات إجابة عن هذا السؤال.", "en": _ENGLISH, "und": _ENGLISH}
"""By the language of the question."""


def refusal_text(answer: Answer) -> str:
    """The text of an answer without sentences: its own reply, or that the articles do not hold an answer."""
    return answer.reply or REFUSALS[answer.language]
