"""Which sentences of the passages found answer the question, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from dalil.domain import ArticleSummary, Hit, Matrix, Span
from dalil.embedding.base import Embedder
from dalil.retrieval.question import Question
from dalil.text.analysis import key_terms, words

PASSAGES = 5
"""How many of the best passages give sentences."""

SENTENCES = 12
"""How many sentences are read token by token: the embedder's one dear step in an answer."""

LATE_INTERACTION, COVERAGE = 0.5, 0.1
"""What they count beside the two cosines; chosen on XQuAD, docs/decisions/0007."""

LEAST_WORDS = 4
"""A line of fewer words is a label or a fragment and proves nothing by itself."""

_FINAL = frozenset(".!?؟…\"'»”’)]:")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, verbatim, and how well it answers.

    `late_interaction` is the mean over the question's tokens of their best cosine with a token of the sentence
    (Khattab and Zaharia, "ColBERT", 2020); `coverage` the share of what the question is about that the sentence's
    passage names, in [0, 1], None where keywords cannot tell; `score` orders evidence and means nothing else.
    """

    article: ArticleSummary
    span: Span
    text: str
    late_interaction: float
    coverage: float | None
    score: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    span: Span
    text: str
    cosines: float
    coverage: float | None


def gather(question: Question, hits: Sequence[Hit], embedder: Embedder) -> list[Evidence]:
    """The sentences of the best passages, best first, headings and repetitions left out; at most `SENTENCES`."""
    candidates = sorted(_candidates(question, hits[:PASSAGES]), key=lambda candidate: -_score(candidate, 0.0))
    candidates = candidates[:SENTENCES]
    (asked,) = embedder.embed_tokens([question.text], "query")
    sentences = embedder.embed_tokens([candidate.text for candidate in candidates], "document")
    evidence = []
    for candidate, sentence in zip(candidates, sentences, strict=True):
        interaction = late_interaction(asked, sentence)
        evidence.append(
            Evidence(
                candidate.hit.article,
                candidate.span,
                candidate.text,
                interaction,
                candidate.coverage,
                _score(candidate, interaction),
            )
        )
    return sorted(evidence, key=lambda item: -item.score)


def late_interaction(question: Matrix, sentence: Matrix) -> float:
    """Mean over the question's tokens of the best cosine with a token of the sentence; 0 where either has none."""
    if not len(question) or not len(sentence):
        return 0.0
    return float((question @ sentence.T).max(axis=1).mean())


def coverage(question: Question, text: str) -> float | None:
    """The share of the question's requirements that the text meets; None for a question that has none."""
    if not question.requirements:
        return None
    held = frozenset(key_terms(text))
    met = sum(any(alternative <= held for alternative in requirement) for requirement in question.requirements)
    return met / len(question.requirements)


def confidence(question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> float:
    """The probability, in [0, 1], that the evidence answers the question; 0 without evidence.

    A logistic regression over the best late interaction and the best coverage among three passages, fitted on XQuAD's
    questions asked with and without the passage that answers them (docs/decisions/0007). Made for the bundled model.
    """
    if not evidence:
        return 0.0
    best = max(item.late_interaction for item in evidence)
    covered = max((coverage(question, hit.passage.text) or 0.0 for hit in hits[:3]), default=0.0)
    if question.language == "ar":
        return 1 / (1 + exp(-(37.7 * best + 4.7 * covered - 33.3)))
    return 1 / (1 + exp(-(55.3 * best - 41.8)))


def _candidates(question: Question, hits: Sequence[Hit]) -> list[_Candidate]:
    found: dict[str, _Candidate] = {}
    for hit in hits:
        passage_cosine = next(c.raw_score for c in hit.contributions if c.leg == "passage_vector")
        for sentence in hit.sentences:
            key = " ".join(words(sentence.text))
            if key not in found and is_quotable(sentence.text):
                found[key] = _Candidate(
                    hit,
                    sentence.span,
                    sentence.text,
                    sentence.score + passage_cosine,
                    coverage(question, sentence.text),
                )
    return list(found.values())


def is_quotable(sentence: str) -> bool:
    """Whether a sentence can stand as evidence: long enough, and no heading."""
    count = len(words(sentence))
    return count >= LEAST_WORDS and (sentence[-1] in _FINAL or count > 12)


def _score(candidate: _Candidate, interaction: float) -> float:
    return candidate.cosines + LATE_INTERACTION * interaction + COVERAGE * (candidate.coverage or 0.0)
