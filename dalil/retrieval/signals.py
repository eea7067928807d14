"""The signals that score a passage, their weights, and the rerank depth: all that was tuned by measurement."""

from collections.abc import Mapping
from typing import TypeAlias

from dalil.domain import Mode
from dalil.text.language import LANGUAGES, Language

LEXICAL, PASSAGE = "lexical", "passage_vector"
"""BM25, and the cosine of the whole passage."""

LATE, SENTENCE = "late_interaction", "sentence_late_interaction"
"""Late interaction with the whole passage, and with its best sentence; for the best passages only."""

TOKEN_SIGNALS = frozenset({LATE, SENTENCE})
"""The signals that compare tokens."""

PERIOD, RECENCY = "published_in_period", "recency"
"""1 for an article of the days that the question names; the share of the compared articles that are not newer."""

PERIOD_WEIGHT = 0.1
"""The weight of `PERIOD`, beside those of the other signals: docs/decisions/0035."""

LATEST_WEIGHT = 0.1
"""The weight of `RECENCY` in a question for the latest: docs/decisions/0035."""

SignalWeights: TypeAlias = Mapping[str, float]
"""Signal → weight; a signal without a weight takes no part."""

Weights: TypeAlias = Mapping[Mode, Mapping[Language, SignalWeights]]
"""The weights by mode and by the language of the question."""

WEIGHTS: Weights = {
    Mode.HYBRID: {
        "ar": {LEXICAL: 0.22, PASSAGE: 0.15, LATE: 0.38, SENTENCE: 0.25},
        "en": {LEXICAL: 0.15, PASSAGE: 0.15, LATE: 0.40, SENTENCE: 0.30},
        "und": {LEXICAL: 0.22, PASSAGE: 0.15, LATE: 0.38, SENTENCE: 0.25},
    },
    Mode.LEXICAL: {language: {LEXICAL: 1.0} for language in LANGUAGES},
    Mode.SEMANTIC: {language: {PASSAGE: 0.2, LATE: 0.5, SENTENCE: 0.3} for language in LANGUAGES},
}
"""Chosen on development halves: docs/decisions/0006 has the measurements."""

RERANK_DEPTH: Mapping[Language, int] = {"ar": 30, "en": 50, "und": 30}
"""Passages compared token by token, by the language of the question: docs/decisions/0010."""
