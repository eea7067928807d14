"""The records that the write side, the read side and the evals share. All are frozen. Imports nothing of Dalil.

Every offset counts Unicode code points of `Article.text`; `end` is exclusive.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

# The core installation, which is the client alone, has no numpy: records only name its types.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.float32]"
"""Shape (d,), unit length."""

Matrix: TypeAlias = "NDArray[np.float32]"
"""Shape (n, d), rows of unit length."""

Signature: TypeAlias = "NDArray[np.uint16]"
"""Shape (n,): the MinHash signature of an article's text, see `dalil.text.minhash`; (0,) for a text too short."""

CodeMatrix: TypeAlias = "NDArray[np.uint8]"
"""Shape (t, ⌈d / 4⌉): one row for each token, four dimensions in a byte; see `dalil.embedding.quantization`."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters `text[start:end]` of an article's text, 0 ≤ start ≤ end."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start!r} and {self.end!r}")

    def of(self, text: str) -> str:
        """The characters of `text` that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """True if the two have a character in common."""
        return self.start < other.end and other.start < self.end


DayOrder: TypeAlias = Literal["dmy", "mdy"]
"""Which number is the day in 11/10/2024."""


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article's fields in a list, a hit or a citation: all but text, language and metadata."""

    id: str
    title: str
    source: str | None = None
    published_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article.

    `text` is the decoded input without its byte order mark and with CRLF made LF; nothing else is changed.
    `published_at` has a time zone; without one it is UTC.
    """

    id: str
    title: str
    text: str
    source: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    language: str = "ar"
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.published_at is not None and self.published_at.tzinfo is None:
            object.__setattr__(self, "published_at", self.published_at.replace(tzinfo=UTC))

    @property
    def summary(self) -> ArticleSummary:
        """The article without its text."""
        return ArticleSummary(self.id, self.title, self.source, self.published_at, self.url)

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of all fields: it changes when any field changes."""
        fields = [
            self.id,
            self.title,
            self.text,
            self.source,
            self.published_at.isoformat() if self.published_at else None,
            self.url,
            self.language,
            sorted(self.metadata.items()),
        ]
        return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive whole sentences of one article; the unit of retrieval.

    `text == article.text[start:end]`; `sentences` are spans inside [start, end), in order, without overlap.
    """

    id: str
    article_id: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]

    @classmethod
    def of(cls, article_id: str, start: int, end: int, text: str, sentences: tuple[Span, ...]) -> "Passage":
        """A passage whose id is a hash of (article id, start, end, text): equal input gives an equal id."""
        key = json.dumps([article_id, start, end, text], ensure_ascii=True).encode()
        return cls(hashlib.sha256(key).hexdigest()[:32], article_id, start, end, text, sentences)

    @property
    def span(self) -> Span:
        """The passage's place in its article."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedTokens:
    """The vectors of a passage's tokens at two bits for each dimension, in the order of its sentences.

    The first `counts[0]` rows of `codes` belong to the first sentence, and so on; `sum(counts) == len(codes)`.
    """

    codes: CodeMatrix
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class IndexedPassage:
    """A passage with the terms and vectors by which it is searched.

    `terms` is the space-separated output of `dalil.text.analysis.terms`. `vector` is that of the whole passage.
    """

    passage: Passage
    terms: str
    vector: Vector
    tokens: QuantizedTokens


@dataclass(frozen=True, slots=True, eq=False)
class IndexedArticle:
    """An article with all its passages, at least one. A store writes or replaces it in one step.

    `version` is a hash of the content and of the settings of chunking: an article is indexed again if it changes.
    `signature` finds the article's near-duplicates.
    """

    article: Article
    version: str
    passages: tuple[IndexedPassage, ...]
    signature: Signature

    def __post_init__(self) -> None:
        if not self.passages:
            raise ValueError(f"article {self.article.id!r} has no passage: an article without one is not stored")


class Mode(StrEnum):
    """Which retrievers search."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the articles to search; an empty tuple or None is no condition.

    Both dates are inclusive. A `date` is compared with the day on which the article was published in its own time zone;
    a `datetime` is a moment, in UTC if it has no time zone. An article without `published_at` passes a date filter only
    with `include_undated`, one without `source` never a source filter.
    """

    article_ids: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: date | None = None
    published_to: date | None = None
    include_undated: bool = False

    def __post_init__(self) -> None:
        for name in ("published_from", "published_to"):
            moment = getattr(self, name)
            if isinstance(moment, datetime) and moment.tzinfo is None:
                object.__setattr__(self, name, moment.replace(tzinfo=UTC))


NO_FILTERS = Filters()


class TimeEffect(StrEnum):
    """What a time in a question does to its search.

    `narrow`: only articles of these days, and undated ones, are searched. `prefer`: articles of these days come first
    among others that answer alike. `newest_first`: newer articles do.
    """

    NARROW = "narrow"
    PREFER = "prefer"
    NEWEST_FIRST = "newest_first"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time that a question names, in its words, and the days that it means, both inclusive.

    "latest" means no days: both are None then.
    """

    text: str
    published_from: date | None
    published_to: date | None
    effect: TimeEffect


class SortOrder(StrEnum):
    """The order of hits: best first, or the same hits with the newest article first and undated ones last."""

    RELEVANCE = "relevance"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class TimeOptions:
    """What time does to a search.

    `read`: times that the question names have their effect, unless the filters have a date. `reference_date` is the
    day from which "last week" counts; None is today. `recency` is the weight of the recency of a hit's article, in
    [0, 1], beside the weights of the other signals, which add up to 1.
    """

    read: bool = True
    reference_date: date | None = None
    recency: float = 0.0
    sort: SortOrder = SortOrder.RELEVANCE


DEFAULT_TIME = TimeOptions()


@dataclass(frozen=True, slots=True, eq=False)
class StoredPassage:
    """A passage from a store; `vector` and `tokens` are as in `IndexedPassage`, the vector rounded to float16."""

    passage: Passage
    article: ArticleSummary
    vector: Vector
    tokens: QuantizedTokens


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One result of one search of a store. A higher score is better; scores of two searches are not comparable.

    `vector` is as in `StoredPassage`. `row` is the passage's place in the store, None if the store does not use it.
    `generation` names the table or index that was searched, empty for the live one.
    """

    passage_id: str
    score: float
    vector: Vector
    row: int | None = None
    generation: str = ""


@dataclass(frozen=True, slots=True)
class FacetFields:
    """The fields of a passage's article that facets count; `published_on` is the day in the article's own time zone."""

    article_id: str
    source: str | None
    published_on: date | None


@dataclass(frozen=True, slots=True, eq=False)
class SignedArticle:
    """An article without its text, and the signature that finds its near-duplicates."""

    article: ArticleSummary
    signature: Signature


FacetValue = TypeVar("FacetValue")


@dataclass(frozen=True, slots=True)
class FacetCount(Generic[FacetValue]):
    """The number of distinct articles with a value; at least 1."""

    value: FacetValue
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts of the articles that a search considered, by source and by year and day of publication.

    Sources are in order of count, highest first, then of name. Years and days are those where the article was
    published, latest first; a day has an entry only if an article was published on it.
    """

    sources: tuple[FacetCount[str], ...]
    years: tuple[FacetCount[int], ...]
    days: tuple[FacetCount[date], ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution of one signal to a hit's score.

    `rank` counts from 1; it is None if the signal did not score the passage itself. `raw_score` is in the signal's
    own unit (BM25, cosine, mean MaxSim); `normalised_score` is in [0, 1]. The hit's score is the sum
    of `weight * normalised_score`.
    """

    signal: str
    rank: int | None
    raw_score: float
    normalised_score: float
    weight: float

    @property
    def contribution(self) -> float:
        """The share itself: `weight * normalised_score`."""
        return self.weight * self.normalised_score


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a hit's passage and its similarity to the question.

    `late_interaction` is the mean, over the question's tokens, of the best cosine with a token of the sentence (Khattab
    and Zaharia, "ColBERT", 2020), of centred token vectors. `token_precision` is the mean, over the sentence's tokens,
    of the best cosine with a token of the question (the precision of BERTScore). Both are in [-1, 1].
    """

    span: Span
    text: str
    late_interaction: float
    token_precision: float = 0.0


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """An article with nearly the same text as another one.

    `similarity` is the estimated Jaccard similarity of their word n-grams, in [0, 1].
    """

    article: ArticleSummary
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """The other articles with the same story as an article: earliest first, undated last.

    `earliest` and `latest` are the ids of the first and the last dated article of all, that one included; None without
    a date. The similarities are with that one.
    """

    articles: tuple[NearDuplicate, ...]
    earliest: str | None = None
    latest: str | None = None


@dataclass(frozen=True, slots=True)
class CollapsedPassage:
    """A passage that was found and is not shown, because its article is a near-duplicate of a hit's article."""

    passage_id: str
    article_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One ranked passage; `rank` counts from 1, `cosine` compares the whole passage with the question.

    `duplicates` are the near-duplicates of its article, None if it has none or they were not collapsed. `collapsed` are
    the passages of these that were found; they are with the first hit of the article.
    """

    rank: int
    score: float
    passage: Passage
    article: ArticleSummary
    cosine: float
    best_sentence: ScoredSentence
    sentences: tuple[ScoredSentence, ...]
    contributions: tuple[Contribution, ...]
    duplicates: DuplicateGroup | None = None
    collapsed: tuple[CollapsedPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A verified quote: `article.text[start:end] == quote`. `number` counts from 1 within an answer.

    `before` and `after` are the article's text on either side of the quote, a line of whole words each; empty where the
    text begins or ends. `duplicates` are the near-duplicates of the article, as in `Hit`.
    """

    number: int
    article: ArticleSummary
    quote: str
    start: int
    end: int
    before: str = ""
    after: str = ""
    duplicates: DuplicateGroup | None = None


class Verdict(StrEnum):
    """The degree to which the quotes that a sentence cites support it."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Finding:
    """One objection of one attribution rule to a sentence.

    `verdict` is the best verdict that the sentence can still have: PARTIAL or UNSUPPORTED. `span` is the part of
    the sentence (not of an article) at fault, in code points; None for the whole sentence. `message` is one line.
    """

    rule: str
    verdict: Verdict
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer and the numbers of the citations that support it, at least one.

    `support` is the similarity of the sentence and its quotes, token by token, in [0, 1]; it is 1 for a quote itself.
    `findings` are the reasons why the sentence is not fully supported; empty if it is.
    """

    text: str
    citations: tuple[int, ...]
    support: float
    verdict: Verdict
    findings: tuple[Finding, ...] = ()

    @property
    def marked(self) -> str:
        """The sentence followed by its citation markers."""
        return f"{self.text} {''.join(f'[{number}]' for number in self.citations)}"


class DropReason(StrEnum):
    """Why a sentence of the generator is not in the answer."""

    REPEATED = "repeated"
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    INCOMPLETE = "incomplete"
    NOT_CITED = "not_cited"
    QUOTE_NOT_COPIED = "quote_not_copied"
    QUOTE_NOT_FOUND = "quote_not_found"
    NO_CITATIONS_LEFT = "no_citations_left"
    UNSUPPORTED = "unsupported"
    PARTLY_SUPPORTED = "partly_supported"
    NOT_ENTAILED = "not_entailed"


@dataclass(frozen=True, slots=True)
class DroppedSentence:
    """A sentence that the generator wrote and the answer leaves out; `findings` say why it is not fully supported."""

    text: str
    reason: DropReason
    findings: tuple[Finding, ...] = ()

    @property
    def is_unsupported(self) -> bool:
        """Whether it states something that no quote fully supports: no repetition, none too many, and no refusal."""
        return self.reason not in {DropReason.REPEATED, DropReason.NO_CITATIONS_LEFT, DropReason.NO_ANSWER}


class RefusalReason(StrEnum):
    """Why a question is not answered."""

    NO_EVIDENCE = "no_evidence"
    LOW_CONFIDENCE = "low_confidence"
    GENERATOR_DECLINED = "generator_declined"
    NOTHING_SUPPORTED = "nothing_supported"
    NOTHING_ENTAILED = "nothing_entailed"
    NOT_A_QUESTION = "not_a_question"
    TOO_VAGUE = "too_vague"


@dataclass(frozen=True, slots=True)
class QueryExplanation:
    """How a question was analysed.

    `names` has a tuple for each name that the aliases know: the words of the question, then its Arabic forms. `terms`
    are what the keyword search looks for, as the index has them: `#` begins a stem, `~` a consonant key.
    """

    text: str
    language: str
    embedding_text: str
    terms: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class HitExplanation:
    """A passage that was found, without its text; `score` is the sum of `weight * normalised_score`.

    `collapsed` are the passages of near-duplicates that it is shown for.
    """

    rank: int
    score: float
    passage_id: str
    article_id: str
    start: int
    end: int
    contributions: tuple[Contribution, ...]
    collapsed: tuple[CollapsedPassage, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceExplanation:
    """A sentence that the answer may quote, and the parts of its `rank_score`, which orders the evidence.

    The difference of two `rank_score`s is the logarithm of the odds that the one answers and not the other.
    `late_interaction` and `token_precision` are those of `ScoredSentence`, `passage_score` is the hit's score.
    `article_match` is the late interaction of the question with all passages of the article that were found;
    `token_share` is the share of the question's tokens that match this sentence best of these. `states_expected`: the
    sentence has a number or a date, as the question asks for. `is_lede`: it is the first one of the article.
    `missing_names` is the share of the question's names that the article's title and hits lack. `other_year`: question
    and sentence name years, and none in common.
    `answerable` is the probability by the reader that the sentence answers, of which `rank_score` is the logit then;
    None without a reader.
    """

    article_id: str
    start: int
    end: int
    text: str
    rank_score: float
    late_interaction: float
    token_precision: float
    passage_score: float
    article_match: float
    token_share: float
    states_expected: bool
    is_lede: bool
    missing_names: float
    other_year: bool
    answerable: float | None = None


@dataclass(frozen=True, slots=True)
class FeatureExplanation:
    """One feature of the confidence with its weight in each of the two logistic regressions."""

    name: str
    value: float
    topicality_weight: float
    answerability_weight: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """The probability that the first sentences answer the question, and how it comes about; all in [0, 1].

    `uncalibrated` is `topicality` × `answerability`; `value` is the share of such questions that were answered on the
    development halves, times `year_factor`, and at most `answerable`. `topicality` and `answerability` are the logistic
    functions of an intercept and the sum over the features of value × weight. `year_factor` is below 1 for a question
    about a year that nothing found is from or mentions. `answerable` is the highest probability by the reader that a
    sentence answers; None without a reader.
    """

    value: float
    uncalibrated: float
    topicality: float
    topicality_intercept: float
    answerability: float
    answerability_intercept: float
    year_factor: float
    features: tuple[FeatureExplanation, ...]
    answerable: float | None = None


@dataclass(frozen=True, slots=True)
class EntailmentExplanation:
    """The generator's answer to whether the quotes say a sentence: the probability of yes, in [0, 1]."""

    sentence: str
    probability: float


@dataclass(frozen=True, slots=True)
class AnswerExplanation:
    """How an answer or a refusal came about, in the order of the work; `confidence` is None where nothing was found.

    `evidence` is what the generator was given, in its order. `reader` is the name of the reader, `prompt` the name and
    version of the generator's prompt; None without one. `entailments` has each sentence that the rules passed and the
    generator was asked about.
    """

    query: QueryExplanation
    hits: tuple[HitExplanation, ...]
    evidence: tuple[EvidenceExplanation, ...]
    confidence: Confidence | None
    threshold: float
    reader: str | None = None
    prompt: str | None = None
    entailments: tuple[EntailmentExplanation, ...] = ()


class AnswerStatus(StrEnum):
    """The outcome of a question: an answer, quotes that may not answer it, or nothing about it."""

    ANSWERED = "answered"
    RELATED_EVIDENCE = "related_evidence"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"


class Strength(StrEnum):
    """The confidence of an answer in words; the limits are in `dalil.answering.confidence`."""

    WELL_SUPPORTED = "well_supported"
    PARTLY_SUPPORTED = "partly_supported"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The part of a quote that answers: a number with its unit, or a date.

    `text == article.text[start:end]`, within the quote of the citation with the number `citation`. `published_at` is
    the date of its article.
    """

    text: str
    citation: int
    start: int
    end: int
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A number as the quote of a citation states it: `text` is its words there, with the unit or the counted noun.

    `published_at` is the date of the citation's article.
    """

    text: str
    value: float
    citation: int
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Different numbers that quotes of different articles state for the same thing.

    `values` has at least two, the newest first and undated ones last. `quantity` is the counted noun or the unit in the
    words of the best quote that has one; else empty.
    """

    quantity: str
    values: tuple[StatedValue, ...]


class DetailKind(StrEnum):
    """The kind of a detail of a question."""

    NAME = "name"
    NUMBER = "number"
    DATE = "date"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class MissingDetail:
    """A detail of the question that the passages found do not have; `text` is in the words of the question."""

    kind: DetailKind
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer every sentence of which cites at least one verified quote, or a refusal without sentences.

    `status` is `answered` with sentences, best first, and their `citations`. It is `related_evidence` where no sentence
    is sure: then `related` has the closest quotes, which may not answer. It is `insufficient_evidence` where nothing is
    about the question. An answer may have `related` quotes too; their numbers follow those of `citations`.

    `confidence` is the probability, in [0, 1], that the first sentence answers; `strength` has it in words.
    `short_answer` is None where no part of a quote is sure to answer. `missing` has the details of the question that
    were looked for and not found, in a refusal alone. `question` is the question as it
    was searched: a follow-up comes after the questions that it follows on. `dropped` are the sentences that the
    generator wrote and that are left out, each with its reason; `invalid_citations` counts its citations of evidence
    that does not exist. `refusal_reason` is None in an answer. `notes` are remarks for readers, such as that the
    language model failed; the last one of a refusal says its reason in words. `reply` is the response to a message that
    is no question, or is too vague to be searched; otherwise it is empty. `times` are those of the question that
    narrowed or ordered what was found. `disagreements` are the numbers in which the quotes of an answer, related ones
    included, differ. `explanation` is None unless requested.
    """

    question: str
    language: str
    status: AnswerStatus
    confidence: float
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    generator: str
    dropped: tuple[DroppedSentence, ...] = ()
    invalid_citations: int = 0
    notes: tuple[str, ...] = ()
    refusal_reason: RefusalReason | None = None
    strength: Strength = Strength.WEAK
    short_answer: ShortAnswer | None = None
    related: tuple[Citation, ...] = ()
    missing: tuple[MissingDetail, ...] = ()
    times: tuple[TimeExpression, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    explanation: AnswerExplanation | None = None
    reply: str = ""

    @property
    def dropped_sentences(self) -> int:
        """How many sentences of the generator no quote fully supports; repetitions and those beyond the limit aside."""
        return sum(sentence.is_unsupported for sentence in self.dropped)

    @property
    def text(self) -> str:
        """The sentences, each followed by its citation markers; the reply if there are none."""
        return " ".join(sentence.marked for sentence in self.sentences) or self.reply


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An article and its lead sentence: `article.text[start:end] == text`."""

    article: ArticleSummary
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """The articles of one day, each in its own time zone, the earliest first; `day` is None for undated ones."""

    day: date | None
    entries: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The articles that are most about a subject by day, the earliest day first and undated articles last.

    `question` is the subject as it was searched; `times` are those that it names and that had an effect.
    """

    question: str
    language: str
    days: tuple[TimelineDay, ...]
    times: tuple[TimeExpression, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexFingerprint:
    """The model, text analysis and schema that made an index. An index of another fingerprint is not usable."""

    embedding_model: str
    dimension: int
    text_analysis_version: int
    schema_version: int

    def differences(self, other: "IndexFingerprint") -> list[str]:
        """One line for each field that differs, `name: self's value, not other's value`; empty if none differs."""
        return [
            f"{name}: {getattr(self, name)!r}, not {getattr(other, name)!r}"
            for name in self.__slots__
            if getattr(self, name) != getattr(other, name)
        ]


@dataclass(frozen=True, slots=True)
class IndexCounts:
    """The numbers of articles and passages in an index."""

    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class ClusterHealth:
    """Whether the shards of an index are where they should be.

    `green`: all are. `yellow`: some replicas are on no node, so that one more node less may lose data. `red`: some
    primary shards are, and searches fail.
    """

    status: Literal["green", "yellow", "red"]
    nodes: int
    unassigned_shards: int


@dataclass(frozen=True, slots=True)
class IndexUsage:
    """The bytes that an index takes, and when it was last written; `written_at` is None if that is not known."""

    bytes: int
    written_at: datetime | None
