"""The sentences of the best passages that an answer may quote."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dalil.answering.quotable import QuotableSentence, quotable_sentences
from dalil.domain import ArticleSummary, Hit, ScoredSentence, Span
from dalil.retrieval.query import AnalyzedQuery
from dalil.text.analysis import key_terms, words

MAX_PASSAGES = 8
"""The best passages, whose sentences are candidates."""

MAX_SENTENCES = 12
"""The sentences that are kept as evidence."""

COVERAGE_WEIGHT = 0.1
"""The weight of coverage beside the two cosines and the late interaction; chosen on XQuAD, docs/decisions/0007."""

QUESTION_WEIGHT = 0.6
"""The weight of an article's own question in the scores of the sentence that answers it; the rest is the sentence's."""

CONTEXT_WEIGHT = 0.4
"""The weight of a heading, an introduction or a table's header in the scores of the line that is read with it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, verbatim, and its scores.

    `cosine` and `late_interaction` are those of `ScoredSentence`, `passage_cosine` is the whole passage's. `coverage`
    is the share of the question's names and words that the sentence has, in [0, 1]; 0 for a question without any. All
    but `passage_cosine` are raised by the question, heading or header that the sentence is read with.
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
    passages = Counter(hit.article.id for hit in hits)
    for hit in _naming_the_same(question, hits):
        is_alone = passages[hit.article.id] == 1
        for quotable in quotable_sentences(hit.passage, hit.article.title, is_alone=is_alone):
            key = " ".join(words(hit.sentences[quotable.place].text))
            if key not in found:
                found[key] = _evidence(question, hit, quotable)
    return list(found.values())


def _evidence(question: AnalyzedQuery, hit: Hit, quotable: QuotableSentence) -> Evidence:
    """A sentence as evidence; each score is its own, or a mixture with those that it is read with if that is higher."""
    sentence = hit.sentences[quotable.place]
    weighted = [(hit.sentences[place], QUESTION_WEIGHT) for place in quotable.questions]
    weighted += [(hit.sentences[place], CONTEXT_WEIGHT) for place in quotable.context]

    def read_with(own: float, score: Callable[[ScoredSentence], float]) -> float:
        return max([own, *(weight * score(other) + (1 - weight) * own for other, weight in weighted)])

    return Evidence(
        article=hit.article,
        span=sentence.span,
        text=sentence.text,
        cosine=read_with(sentence.cosine, lambda other: other.cosine),
        late_interaction=read_with(sentence.late_interaction, lambda other: other.late_interaction),
        passage_cosine=hit.cosine,
        coverage=coverage(question, "\n".join(own.text for own in (sentence, *(o for o, _ in weighted)))).share or 0.0,
    )


def _naming_the_same(question: AnalyzedQuery, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that mention at least one name of the question, in the title or the text; all hits where none does."""
    if not question.names:
        return list(hits)
    missing = [coverage(question, f"{hit.article.title}\n{hit.passage.text}").missing_names for hit in hits]
    named = [hit for hit, lacking in zip(hits, missing, strict=True) if lacking < len(question.names)]
    return named or list(hits)
