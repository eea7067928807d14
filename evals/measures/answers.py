"""The measures of one answer: its quotes, its short answer, and the decision to present it as answered.

Each question has a value for each measure that applies to it. A mean is over the questions with a value. The evidence
of a question is its labels of the highest grade. A quote is evidence if it shares a character with one of these labels.

Of an answerable question:

- answered: 1 if the answer is presented as answered, else 0.
- first sentence: 1 if a quote of the first sentence is evidence, else 0. Where the question is not answered, the first
  related quote counts: a reader sees it first.
- evidence cited: 1 if a citation is evidence, else 0.
- evidence shown: 1 if a citation or a related quote is evidence, else 0.
- citation precision, where it is answered: the share of citations that share a character with a label of any grade.
- citation recall: the share of the evidence that is cited. Of alternatives one is enough.
- short answer given, where it is answered and its evidence is the shortest stretch: 1 if there is a short answer.
- short answer exact, short answer F1, where a short answer is given: its words against those of the evidence, as SQuAD
  compares them (Rajpurkar et al., EMNLP 2016); of alternatives the best one counts.

Of an unanswerable question; one of a user's own set counts as a near miss:

- near misses answered: of a near miss, 1 if it is presented as answered, else 0.
- off topic answered, off topic related: of an off-topic question, 1 if it is presented as answered, or gets related
  quotes instead, else 0.

Of every question that is presented as answered:

- precision of answered: 1 if it is answerable and one of the first three sentences cites evidence, else 0.
- sentences: the number of sentences.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ConfigDict, with_config

from dalil.domain import Answer, AnswerStatus, Article
from dalil.text.normalisation import normalise
from evals.datasets.questions import EvalQuestion, Label

NEAR_MISSES_ANSWERED, PRECISION_OF_ANSWERED = "near misses answered", "precision of answered"
OFF_TOPIC_ANSWERED, OFF_TOPIC_RELATED = "off topic answered", "off topic related"
ANSWERED, FIRST_SENTENCE, SENTENCES = "answered", "first sentence", "sentences"
EVIDENCE_CITED, EVIDENCE_SHOWN = "evidence cited", "evidence shown"
SHORT_ANSWER_GIVEN, SHORT_ANSWER_EXACT, SHORT_ANSWER_F1 = "short answer given", "short answer exact", "short answer F1"
CITATION_PRECISION, CITATION_RECALL = "citation precision", "citation recall"
ANSWER_MEASURES = (
    NEAR_MISSES_ANSWERED,
    PRECISION_OF_ANSWERED,
    OFF_TOPIC_ANSWERED,
    OFF_TOPIC_RELATED,
    ANSWERED,
    FIRST_SENTENCE,
    EVIDENCE_CITED,
    EVIDENCE_SHOWN,
    SENTENCES,
    SHORT_ANSWER_GIVEN,
    SHORT_ANSWER_EXACT,
    SHORT_ANSWER_F1,
    CITATION_PRECISION,
    CITATION_RECALL,
)
"""The names of the measures, in the order of the tables: first what harms a reader most."""

OFF_TOPIC = "off-topic"
"""The kind of a question that the articles are not about."""

READ_SENTENCES = 3
"""The sentences of an answer that a reader can be expected to check."""

INVALID_QUERY = "invalid_query"
"""The status of a question that the engine refuses to read."""

_WORD = re.compile(r"\w+(?:[.,٫]\d+)*")


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """The span of an article that a citation points to."""

    article_id: str
    start: int
    end: int


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The answer to a question without its texts; `confidence` is in [0, 1].

    `status` is that of the answer, or `INVALID_QUERY`. `sentences` has the citations of each sentence, as indexes into
    `citations`. `related` are the quotes that are no part of the answer.
    """

    status: str
    confidence: float
    citations: tuple[CitedSpan, ...] = ()
    sentences: tuple[tuple[int, ...], ...] = ()
    related: tuple[CitedSpan, ...] = ()
    short_answer: CitedSpan | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the question is presented as answered."""
        return self.status == AnswerStatus.ANSWERED.value

    @property
    def first_quotes(self) -> tuple[CitedSpan, ...]:
        """The quotes of the first sentence, or the first related quote where there is no sentence."""
        return self.quotes_of(1) if self.sentences else self.related[:1]

    def quotes_of(self, sentences: int) -> tuple[CitedSpan, ...]:
        """The quotes of the first sentences, at most as many as asked for."""
        return tuple(self.citations[index] for own in self.sentences[:sentences] for index in own)


def record_answer(answer: Answer | None) -> AnswerRecord:
    """The record of an answer; None is a question that the engine refuses to read."""
    if answer is None:
        return AnswerRecord(INVALID_QUERY, 0.0)
    places = {citation.number: index for index, citation in enumerate(answer.citations)}
    short = answer.short_answer
    return AnswerRecord(
        status=answer.status.value,
        confidence=answer.confidence,
        citations=tuple(CitedSpan(one.article.id, one.start, one.end) for one in answer.citations),
        sentences=tuple(tuple(places[number] for number in sentence.citations) for sentence in answer.sentences),
        related=tuple(CitedSpan(one.article.id, one.start, one.end) for one in answer.related),
        short_answer=CitedSpan(answer.citations[places[short.citation]].article.id, short.start, short.end)
        if short
        else None,
    )


def score_answer(question: EvalQuestion, answer: AnswerRecord, articles: Mapping[str, Article]) -> dict[str, float]:
    """Measure → value for one answer; `articles` are those of the set, by id."""
    evidence = best_labels(question.labels)
    values: dict[str, float] = {}
    if answer.is_answered:
        values[PRECISION_OF_ANSWERED] = float(any_overlaps(answer.quotes_of(READ_SENTENCES), evidence))
        values[SENTENCES] = float(len(answer.sentences))
    if question.labels:
        return values | _score_answerable(question, evidence, answer) | _score_short_answer(evidence, answer, articles)
    if question.kind == OFF_TOPIC:
        related = answer.status == AnswerStatus.RELATED_EVIDENCE.value
        return values | {OFF_TOPIC_ANSWERED: float(answer.is_answered), OFF_TOPIC_RELATED: float(related)}
    return values | {NEAR_MISSES_ANSWERED: float(answer.is_answered)}


def best_labels(labels: Sequence[Label]) -> tuple[Label, ...]:
    """The labels of the highest grade; empty for none."""
    best = max((label.grade for label in labels), default=0)
    return tuple(label for label in labels if label.grade == best)


def word_f1(given: str, expected: str) -> float:
    """The harmonic mean of the precision and the recall of the words, each counted as often as it occurs.

    Words are compared after normalisation, without punctuation. Two texts without words are equal.
    """
    own, other = Counter(_words(given)), Counter(_words(expected))
    shared = (own & other).total()
    return 2 * shared / (own.total() + other.total()) if own or other else 1.0


def _score_answerable(question: EvalQuestion, evidence: Sequence[Label], answer: AnswerRecord) -> dict[str, float]:
    cited = [label for label in evidence if any_overlaps(answer.citations, [label])]
    values = {
        ANSWERED: float(answer.is_answered),
        FIRST_SENTENCE: float(any_overlaps(answer.first_quotes, evidence)),
        EVIDENCE_CITED: float(bool(cited)),
        EVIDENCE_SHOWN: float(bool(cited) or any_overlaps(answer.related, evidence)),
        CITATION_RECALL: float(bool(cited)) if question.alternatives else len(cited) / len(evidence),
    }
    if answer.is_answered and answer.citations:
        labelled = sum(any_overlaps([one], question.labels) for one in answer.citations)
        values[CITATION_PRECISION] = labelled / len(answer.citations)
    return values


def _score_short_answer(
    evidence: Sequence[Label], answer: AnswerRecord, articles: Mapping[str, Article]
) -> dict[str, float]:
    stretches = [label.span.of(articles[label.article_id].text) for label in evidence if label.sentence]
    if not stretches or not answer.is_answered:
        return {}
    if answer.short_answer is None:
        return {SHORT_ANSWER_GIVEN: 0.0}
    place = answer.short_answer
    given = articles[place.article_id].text[place.start : place.end]
    return {
        SHORT_ANSWER_GIVEN: 1.0,
        SHORT_ANSWER_EXACT: float(any(_words(given) == _words(stretch) for stretch in stretches)),
        SHORT_ANSWER_F1: max(word_f1(given, stretch) for stretch in stretches),
    }


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text))


def any_overlaps(spans: Sequence[CitedSpan], labels: Sequence[Label]) -> bool:
    """Whether a span shares a character with a label of the same article, or with a copy of it."""
    return any(_overlap(span, label) for span in spans for label in labels)


def _overlap(citation: CitedSpan, label: Label) -> bool:
    return any(
        citation.article_id == article_id and citation.start < span.end and span.start < citation.end
        for article_id, span in label.places
    )
