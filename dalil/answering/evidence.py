"""The sentences of the best passages that an answer may quote."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dalil.answering.answer_type import expected_answer
from dalil.answering.quotable import QuotableSentence, quotable_sentences
from dalil.domain import ArticleSummary, Hit, Span
from dalil.retrieval.query import AnalyzedQuery
from dalil.retrieval.retriever import SearchResults
from dalil.text.analysis import key_term_forms, words
from dalil.text.language import Language, fitted_language
from dalil.text.quantities import extract_numbers_and_dates
from dalil.text.years import find_years

MAX_PASSAGES = 8
"""The best passages, whose sentences are candidates."""

MAX_SENTENCES = 12
"""The sentences that are kept as evidence."""

QUESTION_WEIGHT = 0.6
"""The weight of an article's own question in the scores of the sentence that answers it; the rest is the sentence's."""

CONTEXT_WEIGHT = 0.4
"""The weight of a heading, an introduction or a table's header in the scores of the line that is read with it."""


class EvidenceWeights(NamedTuple):
    """The weights of a sentence's features, in units of the logarithm of odds; see `Evidence`."""

    late_interaction: float
    token_precision: float
    passage_score: float
    article_match: float
    token_share: float
    states_expected: float
    is_lede: float
    missing_names: float
    other_year: float


EVIDENCE_WEIGHTS: Mapping[Language, EvidenceWeights] = {
    "ar": EvidenceWeights(9.51, 7.39, 2.49, 15.6, 3.52, 2.84, -0.89, -1.5, -1.0),
    "en": EvidenceWeights(15.1, 18.3, 4.33, 12.4, 1.87, 2.5, -0.11, -1.5, -1.0),
}
"""Logistic regressions on pairs of a sentence that answers and one that does not. The last two weights were chosen by
hand on the development halves: docs/decisions/0024."""

OTHER_ARTICLE_DROP = 1.3
"""What a sentence of another article than the best one's loses, in units of log odds: it may speak of another event.
Chosen on the development halves: docs/decisions/0024."""

MAX_RELATED_DROP = 3.5
"""How far below the best sentence a related quote may be, in units of log odds; chosen on the development halves, where
no evidence is hidden by it."""

TIE = 0.001
"""Cosines of codes this near to each other are equal."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article, verbatim, and its features.

    `late_interaction` is that of `ScoredSentence`, raised by the question, heading or header that the sentence is read
    with; `token_precision` is the sentence's own. `passage_score` is the hit's score. `article_match` is the mean, over
    the question's tokens, of their best cosine with the article's passages that were found, in [-1, 1]. `token_share`
    is the share of the question's tokens that match this sentence best of the article, in [0, 1]. `states_expected`:
    the question asks for a number or a date, and the sentence has one that the question has not. `is_lede`: it is the
    article's first one. `missing_names` is the share of the question's names that the article's title and the passages
    that were found lack, in [0, 1]. `other_year`: question and sentence name years, and none in common.

    `rank_score` orders evidence: the difference of two is the logarithm of the odds that the first one answers and not
    the second, other things equal. `answerable` is the probability by a reader that it answers, in [0, 1], of which
    `rank_score` is the logit then; None without a reader. `antecedent` is the text right before `span` that a quote
    begins with if the sentence refers back ("and added that"): the sentence before it and the space between.
    """

    article: ArticleSummary
    span: Span
    text: str
    late_interaction: float = 0.0
    token_precision: float = 0.0
    passage_score: float = 0.0
    article_match: float = 0.0
    token_share: float = 0.0
    states_expected: bool = False
    is_lede: bool = False
    missing_names: float = 0.0
    other_year: bool = False
    rank_score: float = 0.0
    answerable: float | None = None
    antecedent: str = ""

    def follows(self, other: "Evidence") -> bool:
        """Whether it comes later in the same article."""
        return self.article.id == other.article.id and other.span.end <= self.span.start

    def drop_below(self, best: "Evidence") -> float:
        """How far it ranks below the best one, in log odds; by `OTHER_ARTICLE_DROP` more in another article."""
        return best.rank_score - self.rank_score + OTHER_ARTICLE_DROP * (self.article.id != best.article.id)


def select_evidence(results: SearchResults) -> list[Evidence]:
    """The sentences of the best passages, best first, without headings and repetitions; at most `MAX_SENTENCES`."""
    return sorted(_candidates(results), key=lambda candidate: -candidate.rank_score)[:MAX_SENTENCES]


def widen_quotes(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence as it is quoted: a sentence that refers back with the sentence before it, as one quote.

    `evidence` is best first. A sentence that comes after a quote that has it already is left out, and one whose
    antecedent is quoted before it stays alone.
    """
    quotes: list[Evidence] = []
    for item in evidence:
        own = [quote.span for quote in quotes if quote.article.id == item.article.id]
        if any(span.start <= item.span.start and item.span.end <= span.end for span in own):
            continue
        start = item.span.start - len(item.antecedent)
        is_quoted_before = any(span.start <= start < span.end for span in own)
        quotes.append(item if is_quoted_before else _with_antecedent(item))
    return quotes


def _with_antecedent(item: Evidence) -> Evidence:
    span = Span(item.span.start - len(item.antecedent), item.span.end)
    return replace(item, span=span, text=item.antecedent + item.text, antecedent="")


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
    held = key_term_forms(text)
    names = sum(not any(form <= held for form in name) for name in question.names)
    words_ = sum(word not in held for word in question.words)
    asked = len(question.names) + len(question.words)
    return Coverage(names, words_, 1 - (names + words_) / asked if asked else None)


def _candidates(results: SearchResults) -> list[Evidence]:
    """Every quotable sentence once."""
    hits = results.hits[:MAX_PASSAGES]
    found: dict[str, Evidence] = {}
    passages = Counter(hit.article.id for hit in hits)
    articles = _articles_token_cosines(results, hits)
    missing_names = _articles_missing_names(results.question, hits)
    asked = _Asked(_expected_statement(results.question.text), find_years(results.question.text))
    for hit in hits:
        is_alone = passages[hit.article.id] == 1
        for quotable in quotable_sentences(hit.passage, hit.article.title, is_alone=is_alone):
            key = " ".join(words(hit.sentences[quotable.place].text))
            if key not in found:
                article = _ArticleFeatures(articles.get(hit.article.id), missing_names[hit.article.id])
                found[key] = _evidence(results, hit, quotable, article, asked)
    return list(found.values())


def _articles_token_cosines(results: SearchResults, hits: Sequence[Hit]) -> Mapping[str, NDArray[np.float64]]:
    """Article id → for each of the question's tokens the best cosine with a token of the article's hits."""
    best: dict[str, NDArray[np.float64]] = {}
    for hit in hits:
        if tokens := results.token_cosines.get(hit.passage.id):
            own = np.array(tokens)
            best[hit.article.id] = np.maximum(best[hit.article.id], own) if hit.article.id in best else own
    return best


def _articles_missing_names(question: AnalyzedQuery, hits: Sequence[Hit]) -> Mapping[str, float]:
    """Article id → the share of the question's names that neither its title nor its hits have."""
    texts: dict[str, list[str]] = {}
    for hit in hits:
        texts.setdefault(hit.article.id, [hit.article.title]).append(hit.passage.text)
    asked = max(1, len(question.names))
    return {key: coverage(question, ". ".join(own)).missing_names / asked for key, own in texts.items()}


def _expected_statement(question: str) -> Callable[[str], bool]:
    """Whether a sentence has a number, or a date, of its own where the question asks for one."""
    expected = expected_answer(question)
    asked, asked_years = extract_numbers_and_dates(question), find_years(question)

    def states_expected(sentence: str) -> bool:
        if expected is None:
            return False
        stated = extract_numbers_and_dates(sentence)
        numbers = stated.numbers - asked.numbers
        if expected.kind == "number":
            return bool(numbers)
        is_dated = stated.months - asked.months or stated.weekdays - asked.weekdays
        return bool(is_dated) or bool(find_years(sentence) - asked_years)

    return states_expected


class _Asked(NamedTuple):
    """What sentences are compared with: whether one states what the question asks for, and the question's years."""

    states_expected: Callable[[str], bool]
    years: frozenset[int]


class _ArticleFeatures(NamedTuple):
    """What all sentences of an article share; `token_cosines` as `_articles_token_cosines` gives them."""

    token_cosines: NDArray[np.float64] | None
    missing_names: float


def _evidence(
    results: SearchResults,
    hit: Hit,
    quotable: QuotableSentence,
    article: _ArticleFeatures,
    asked: _Asked,
) -> Evidence:
    """A sentence as evidence; its late interaction is mixed with those that it is read with if that is higher."""
    sentence = hit.sentences[quotable.place]
    own = sentence.late_interaction
    weighted = [(hit.sentences[place].late_interaction, QUESTION_WEIGHT) for place in quotable.questions]
    weighted += [(hit.sentences[place].late_interaction, CONTEXT_WEIGHT) for place in quotable.context]
    sentences = results.sentence_token_cosines.get(hit.passage.id, ())
    share = 0.0
    if article.token_cosines is not None and sentences:
        # An answer has the matches of the question that it is read with.
        tokens = np.max([sentences[place] for place in (quotable.place, *quotable.questions)], axis=0)
        share = float((tokens >= article.token_cosines - TIE).mean())
    years = find_years(sentence.text) if asked.years else frozenset()
    features = EvidenceWeights(
        late_interaction=max([own, *(weight * score + (1 - weight) * own for score, weight in weighted)]),
        token_precision=sentence.token_precision,
        passage_score=hit.score,
        article_match=0.0 if article.token_cosines is None else float(article.token_cosines.mean()),
        token_share=share,
        states_expected=asked.states_expected(sentence.text),
        is_lede=sentence.span.start == 0,
        missing_names=article.missing_names,
        other_year=bool(years) and asked.years.isdisjoint(years),
    )
    antecedent = ""
    if quotable.antecedent is not None:
        start = hit.sentences[quotable.antecedent].span.start
        antecedent = hit.passage.text[start - hit.passage.start : sentence.span.start - hit.passage.start]
    weights = EVIDENCE_WEIGHTS[fitted_language(results.question.language)]
    return Evidence(
        hit.article,
        sentence.span,
        sentence.text,
        **features._asdict(),
        rank_score=sum(weight * value for weight, value in zip(weights, features, strict=True)),
        antecedent=antecedent,
    )
