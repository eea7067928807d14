"""The text of a refusal, for clients that need a sentence."""

from collections.abc import Mapping

_ENGLISH = "The articles do not hold an answer to this question."

REFUSALS: Mapping[str, str] = {"ar": "لا تتضمن المقالات إجابة عن هذا السؤال.", "en": _ENGLISH, "und": _ENGLISH}
"""By the language of the question."""
