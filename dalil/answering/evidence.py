"""Which sentences of the passages found answer the question."""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.domain import ArticleSummary, Hit, Span
from dalil.retrieval.query import AnalyzedQuery
from dalil.text.analysis import key_terms, words

PASSAGES = 8
"""How many of the best passages give sentences."""

SENTENCES = 12
"""How many sentences are kept as evidence."""

COVERAGE = 0.1
"""What it counts beside the two cosines and the late interaction; chosen on XQuAD, docs/decisions/0007."""

LEAST_WORDS = 4
"""A line of fewer words is a label or a fragment and proves nothing by itself."""

_FINAL = frozenset(".!?؟…\"'»”’)]:")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, verbatim, and how well it answers.

    `late_interaction` is as in `ScoredSentence`; `score` orders evidence and means nothing else.
    """

    article: ArticleSummary
    span: Span
    text: str
    late_interaction: float
    score: float


def gather(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Evidence]:
    """The sentences of the best passages, best first, headings and repetitions left out; at most `SENTENCES`."""
    return sorted(_candidates(question, hits[:PASSAGES]), key=lambda candidate: -candidate.score)[:SENTENCES]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what a question is about a text speaks of: what it lacks, and the share it has in [0, 1].

    The share is None for a question of which keywords can tell nothing.
    """

    missing_names: int
    missing_words: int
    share: float | None


def coverage(question: AnalyzedQuery, text: str) -> Coverage:
    """Look for the question's names, in any of their forms, and its other words."""
    held = frozenset(key_terms(text))
    names = sum(not any(form <= held for form in name) for name in question.names)
    words_ = sum(word not in held for word in question.words)
    asked = len(question.names) + len(question.words)
    return Coverage(names, words_, 1 - (names + words_) / asked if asked else None)


def _candidates(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Evidence]:
    """Every sentence worth reading once."""
    found: dict[str, Evidence] = {}
    for hit in _about_the_same(question, hits):
        headline = " ".join(words(hit.article.title))
        for sentence in hit.sentences:
            key = " ".join(words(sentence.text))
            if key not in found and key != headline and is_quotable(sentence.text):
                share = coverage(question, sentence.text).share or 0.0
                score = sentence.cosine + sentence.late_interaction + hit.cosine + COVERAGE * share
                found[key] = Evidence(hit.article, sentence.span, sentence.text, sentence.late_interaction, score)
    return list(found.values())


def _about_the_same(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that speak of at least one thing the question names, be it in the title; all where none does."""
    if not question.names:
        return list(hits)
    missing = [coverage(question, f"{hit.article.title}\n{hit.passage.text}").missing_names for hit in hits]
    named = [hit for hit, lacking in zip(hits, missing, strict=True) if lacking < len(question.names)]
    return named or list(hits)


def is_quotable(sentence: str) -> bool:
    """Whether a sentence can stand as evidence: long enough, and no heading."""
    count = len(words(sentence))
    return count >= LEAST_WORDS and (sentence[-1] in _FINAL or count > 12)
