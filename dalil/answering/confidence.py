"""How sure it is that what was found answers the question: signals, and two logistic regressions over them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from math import exp
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dalil.answering.evidence import coverage
from dalil.answering.facts import facts
from dalil.retrieval.query import ENGLISH_STOP_WORDS, AnalyzedQuery
from dalil.retrieval.retriever import SearchResults
from dalil.text.analysis import STOP_WORDS, consonant_keys_of, located_words
from dalil.text.language import Language
from dalil.text.normalisation import normalise

TOP = 3
"""Hits that an answer may be in."""

LITTLE = 0.35
"""A token whose best cosine with a passage lies below it is not spoken of there."""

OTHER_YEAR = 0.2
"""What is left of the confidence where a question is of a year that nothing found is from or speaks of."""

_YEAR = re.compile(r"(?<!\d)(?:1\d|20)\d\d(?!\d)")

UNKNOWN_CONTENT = 0.7
"""Stands for the telling words of a question that has none."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question from one that is not; all but the counts lie near [-1, 1].

    None compares what was found with what else was found: how far the best stands out says more of how often a story
    was told than of whether it answers. The best passage is the one with the highest late interaction.

    `content`, `least_content`: how near the question's telling words come to the best passage, on average and the one
    that comes least near. `unspoken`: the share of tokens that it does not speak of. `sentence`: the highest cosine of
    a sentence. `covered`: the share of names and words that the best sentence holds. `missing_facts`: numbers and dates
    of the question that none of the three first passages holds. `missing_names`: names known in Arabic that the most
    telling of them lacks. `unheard`: it names something, and they speak of nothing it names. `content_words`: how many
    telling words there are.
    """

    content: float
    least_content: float
    unspoken: float
    sentence: float
    covered: float
    missing_facts: int
    missing_names: int
    unheard: bool
    content_words: int


def signals(results: SearchResults) -> Signals:
    """Look at the hits of a search, at least one."""
    question, hits = results.question, results.hits
    tokens = [own for hit in hits if (own := results.token_cosines.get(hit.passage.id))]
    # Where none was compared, no passage speaks of any token.
    matrix = np.array(tokens or [(0.0,) * max(1, len(results.token_spans))], dtype=np.float32)
    best = matrix[matrix.mean(axis=1).argmax()]
    content = _content(results, best)
    sentences = [own for hit in hits for own in hit.sentences]
    nearest = max(sentences, key=lambda own: own.cosine + own.late_interaction, default=hits[0].best_sentence)
    # A number at the end of a title is not one with that at the beginning of the text.
    texts = [f"{hit.article.title}. {hit.passage.text}." for hit in hits[:TOP]]
    missing_names = min(coverage(question, text).missing_names for text in texts)
    return Signals(
        content=float(content.mean()) if len(content) else UNKNOWN_CONTENT,
        least_content=float(content.min()) if len(content) else UNKNOWN_CONTENT,
        unspoken=float((best < LITTLE).mean()),
        sentence=max((own.cosine for own in sentences), default=hits[0].cosine),
        covered=coverage(question, nearest.text).share or 0.0,
        missing_facts=facts(question.text).missing(facts(" ".join(texts))),
        missing_names=missing_names,
        unheard=missing_names == len(question.names) and _speak_of_none(question, texts),
        content_words=len(content),
    )


def _speak_of_none(question: AnalyzedQuery, texts: Sequence[str]) -> bool:
    """Whether the question has names that the alias file does not know, and the texts hold none of them."""
    if not question.name_phonetic_keys:
        return False
    held = consonant_keys_of(" ".join(texts))
    return not any(keys & held for keys in question.name_phonetic_keys)


def _content(results: SearchResults, best: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each telling word of the question the mean over its tokens of their best cosine with the best passage."""
    found = []
    for place, word in located_words(results.question.embedding_text):
        if word not in ENGLISH_STOP_WORDS and word not in STOP_WORDS:
            own = [
                cosine
                for span, cosine in zip(results.token_spans, best, strict=False)
                if span.start < place.end and span.end > place.start
            ]
            if own:
                found.append(np.mean(own))
    return np.array(found, dtype=np.float32)


Weights: TypeAlias = Mapping[Language, tuple[float, ...]]
"""A constant, then a weight for each signal in order, as `python -m evals refusals --fit` gives them."""

ON_TOPIC: Weights = {
    "ar": (-39.2, 11.6, 4.99, -4.14, 43.9, 2.55, -0.943, -1.32, 1.59, -0.0777),
    "en": (-7.12, 7.8, 10.6, -3.73, 18.9, -0.467, -0.287, -2.37, -0.785, 0.054),
}
"""Of the question being about what the articles are about."""

ANSWERED: Weights = {
    "ar": (-20.3, 3.81, 2.68, -0.0691, 18.4, 3.44, -1.18, -0.853, 0.477, 0.0613),
    "en": (-5.52, 4.52, 6.02, -0.688, 6.06, 0.0773, -0.996, -1.64, -0.212, -0.00506),
}
"""Of a question about that being answered."""


def confidence(results: SearchResults) -> float:
    """The probability, in [0, 1], that the hits answer the question, were as many questions answerable as not.

    0 without hits. Made for the bundled model (docs/decisions/0013).
    """
    if not results.hits:
        return 0.0
    found = probability(signals(results), results.question.language)
    return found * OTHER_YEAR if _is_of_another_year(results) else found


def _is_of_another_year(results: SearchResults) -> bool:
    """Whether the question has a year that neither the hits' texts nor their articles' dates hold; no undated article
    can tell.
    """
    asked = set(_YEAR.findall(normalise(results.question.text)))
    if not asked or any(hit.article.published_at is None for hit in results.hits):
        return False
    texts = (f"{hit.article.title} {hit.passage.text} {hit.article.published_at}" for hit in results.hits)
    return not asked <= set(_YEAR.findall(normalise(" ".join(texts))))


def probability(found: Signals, language: Language) -> float:
    """What the signals amount to, in [0, 1]: that the question is on topic, and answered if it is.

    A question in neither language is taken as an Arabic one.
    """
    own: Language = "en" if language == "en" else "ar"
    return logistic(found, ON_TOPIC[own]) * logistic(found, ANSWERED[own])


def logistic(found: Signals, weights: Sequence[float]) -> float:
    """The logistic function of a constant and the weighted signals."""
    constant, *others = weights
    logit = constant + sum(weight * value for weight, value in zip(others, astuple(found), strict=True))
    return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))
