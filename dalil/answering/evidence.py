"""The sentences of the best passages that an answer may quote."""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.domain import ArticleSummary, Hit, Span
from dalil.retrieval.query import AnalyzedQuery
from dalil.text.analysis import key_terms, words
from dalil.text.arabic import ends_like_a_sentence

MAX_PASSAGES = 8
"""The best passages, whose sentences are candidates."""

MAX_SENTENCES = 12
"""The sentences that are kept as evidence."""

COVERAGE_WEIGHT = 0.1
"""The weight of coverage beside the two cosines and the late interaction; chosen on XQuAD, docs/decisions/0007."""

MIN_WORDS = 4
"""A line of fewer words is a label or a fragment and proves nothing by itself."""

UNTERMINATED_MIN_WORDS = 13
"""A line without a final mark and of fewer words is taken for a heading."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, verbatim, and its scores.

    `cosine` and `late_interaction` are those of `ScoredSentence`, `passage_cosine` is the whole passage's. `coverage`
    is the share of the question's names and words that the sentence has, in [0, 1]; 0 for a question without any.
    """

    article: ArticleSummary
    span: Span
    text: str
    cosine: float = 0.0
    late_interaction: float = 0.0
    passage_cosine: float = 0.0
    coverage: float = 0.0

    @property
    def rank_score(self) -> float:
        """What evidence is ordered by; it means nothing else."""
        return self.cosine + self.late_interaction + self.passage_cosine + COVERAGE_WEIGHT * self.coverage


def select_evidence(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Evidence]:
    """The sentences of the best passages, best first, without headings and repetitions; at most `MAX_SENTENCES`."""
    candidates = _candidates(question, hits[:MAX_PASSAGES])
    return sorted(candidates, key=lambda candidate: -candidate.rank_score)[:MAX_SENTENCES]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a question's names and words a text lacks, and the share that it has, in [0, 1].

    The share is None for a question without such names and words.
    """

    missing_names: int
    missing_words: int
    share: float | None


def coverage(question: AnalyzedQuery, text: str) -> Coverage:
    """Count the question's names, in any of their forms, and its other words in the text."""
    held = frozenset(key_terms(text))
    names = sum(not any(form <= held for form in name) for name in question.names)
    words_ = sum(word not in held for word in question.words)
    asked = len(question.names) + len(question.words)
    return Coverage(names, words_, 1 - (names + words_) / asked if asked else None)


def _candidates(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Evidence]:
    """Every quotable sentence once."""
    found: dict[str, Evidence] = {}
    for hit in _naming_the_same(question, hits):
        headline = " ".join(words(hit.article.title))
        for sentence in hit.sentences:
            key = " ".join(words(sentence.text))
            if key not in found and key != headline and is_quotable(sentence.text):
                share = coverage(question, sentence.text).share or 0.0
                found[key] = Evidence(
                    article=hit.article,
                    span=sentence.span,
                    text=sentence.text,
                    cosine=sentence.cosine,
                    late_interaction=sentence.late_interaction,
                    passage_cosine=hit.cosine,
                    coverage=share,
                )
    return list(found.values())


def _naming_the_same(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that mention at least one name of the question, in the title or the text; all hits where none does."""
    if not question.names:
        return list(hits)
    missing = [coverage(question, f"{hit.article.title}\n{hit.passage.text}").missing_names for hit in hits]
    named = [hit for hit, lacking in zip(hits, missing, strict=True) if lacking < len(question.names)]
    return named or list(hits)


def is_quotable(sentence: str) -> bool:
    """Whether a sentence can stand as evidence: long enough, and no heading."""
    count = len(words(sentence))
    return count >= (MIN_WORDS if ends_like_a_sentence(sentence) else UNTERMINATED_MIN_WORDS)
