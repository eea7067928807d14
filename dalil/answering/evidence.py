"""Which sentences of the passages found answer the question, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from dalil.domain import ArticleSummary, Hit, Matrix, Span
from dalil.embedding.base import Embedder
from dalil.retrieval.question import Question
from dalil.retrieval.retriever import PASSAGE
from dalil.text.analysis import key_terms, words

PASSAGES = 8
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
    (Khattab and Zaharia, "ColBERT", 2020); `score` orders evidence and means nothing else.
    """

    article: ArticleSummary
    span: Span
    text: str
    late_interaction: float
    score: float


def gather(question: Question, hits: Sequence[Hit], embedder: Embedder) -> list[Evidence]:
    """The sentences of the best passages, best first, headings and repetitions left out; at most `SENTENCES`."""
    candidates = sorted(_candidates(question, hits[:PASSAGES]), key=lambda candidate: -candidate.score)[:SENTENCES]
    (asked,) = embedder.embed_tokens([question.text], "query")
    sentences = embedder.embed_tokens([candidate.text for candidate in candidates], "document")
    read = (_read(candidate, late_interaction(asked, s)) for candidate, s in zip(candidates, sentences, strict=True))
    return sorted(read, key=lambda item: -item.score)


def _read(candidate: Evidence, interaction: float) -> Evidence:
    score = candidate.score + LATE_INTERACTION * interaction
    return replace(candidate, late_interaction=interaction, score=score)


def late_interaction(question: Matrix, sentence: Matrix) -> float:
    """Mean over the question's tokens of the best cosine with a token of the sentence; 0 where either has none."""
    if not len(question) or not len(sentence):
        return 0.0
    return float((question @ sentence.T).max(axis=1).mean())


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what a question is about a text speaks of: what it lacks, and the share it has in [0, 1].

    The share is None for a question of which keywords can tell nothing.
    """

    missing_names: int
    missing_words: int
    share: float | None


def coverage(question: Question, text: str) -> Coverage:
    """Look for the question's names, in any of their forms, and its other words."""
    held = frozenset(key_terms(text))
    names = sum(not any(form <= held for form in name) for name in question.names)
    words_ = sum(word not in held for word in question.words)
    asked = len(question.names) + len(question.words)
    return Coverage(names, words_, 1 - (names + words_) / asked if asked else None)


def confidence(question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> float:
    """The probability, in [0, 1], that the evidence answers the question; 0 without evidence.

    Logistic regressions, one a language, over the best late interaction and what the most telling of the three best
    passages lacks; fitted on XQuAD's questions asked with and without the passage that answers them
    (docs/decisions/0007). Made for the bundled model.
    """
    if not evidence:
        return 0.0
    best = max(item.late_interaction for item in evidence)
    told = max((coverage(question, hit.passage.text) for hit in hits[:3]), key=lambda found: found.share or 0.0)
    if question.language == "ar":
        return _logistic(37.0 * best + 4.8 * (told.share or 0.0) - 1.6 * told.missing_names - 32.8)
    return _logistic(54.5 * best - 1.6 * told.missing_names - 0.8 * told.missing_words - 41.2)


def _logistic(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def _candidates(question: Question, hits: Sequence[Hit]) -> list[Evidence]:
    """Every sentence worth reading once, scored by its cosines and its keywords; not yet read token by token."""
    found: dict[str, Evidence] = {}
    for hit in _about_the_same(question, hits):
        headline = " ".join(words(hit.article.title))
        passage_cosine = next(leg.raw_score for leg in hit.contributions if leg.leg == PASSAGE)
        for sentence in hit.sentences:
            key = " ".join(words(sentence.text))
            if key not in found and key != headline and is_quotable(sentence.text):
                share = coverage(question, sentence.text).share or 0.0
                score = sentence.score + passage_cosine + COVERAGE * share
                found[key] = Evidence(hit.article, sentence.span, sentence.text, 0.0, score)
    return list(found.values())


def _about_the_same(question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that speak of at least one thing the question names; all of them where it names nothing or none does."""
    if not question.names:
        return list(hits)
    missing = [coverage(question, hit.passage.text).missing_names for hit in hits]
    named = [hit for hit, lacking in zip(hits, missing, strict=True) if lacking < len(question.names)]
    return named or list(hits)


def is_quotable(sentence: str) -> bool:
    """Whether a sentence can stand as evidence: long enough, and no heading."""
    count = len(words(sentence))
    return count >= LEAST_WORDS and (sentence[-1] in _FINAL or count > 12)
