"""The signals that score a passage, their weights, and the rerank depth: all that was tuned by measurement."""

from collections.abc import Mapping
from typing import TypeAlias

from dalil.domain import Mode
from dalil.text.language import LANGUAGES, Language

LEXICAL, PASSAGE, SENTENCE, LATE = "lexical", "passage_vector", "sentence_vector", "late_interaction"
"""BM25; the cosine of the whole passage; the cosine of its best sentence; late interaction, for the best passages."""

SignalWeights: TypeAlias = Mapping[str, float]
"""Signal → weight; a signal without a weight takes no part."""

Weights: TypeAlias = Mapping[Mode, Mapping[Language, SignalWeights]]
"""The weights by mode and by the language of the question."""

WEIGHTS: Weights = {
    Mode.HYBRID: {
        "ar": {LEXICAL: 0.22, PASSAGE: 0.22, SENTENCE: 0.12, LATE: 0.44},
        "en": {LEXICAL: 0.16, PASSAGE: 0.21, SENTENCE: 0.21, LATE: 0.42},
        "und": {LEXICAL: 0.22, PASSAGE: 0.22, SENTENCE: 0.12, LATE: 0.44},
    },
    Mode.LEXICAL: {language: {LEXICAL: 1.0} for language in LANGUAGES},
    Mode.SEMANTIC: {language: {PASSAGE: 0.25, SENTENCE: 0.25, LATE: 0.5} for language in LANGUAGES},
}
"""Chosen on development halves: docs/decisions/0006 has the measurements."""

RERANK_DEPTH: Mapping[Language, int] = {"ar": 20, "en": 50, "und": 20}
"""Passages compared token by token, by the language of the question: docs/decisions/0010."""
