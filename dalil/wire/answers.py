"""Answers, whole and as the events of a stream: `POST /v1/answer`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StrictBool

from dalil import domain
from dalil.citation_urls import citation_url
from dalil.domain import AnswerStatus, DetailKind, DropReason, RefusalReason, Strength, Verdict
from dalil.limits import MAX_CITATIONS
from dalil.wire.articles import DuplicateGroup, Span
from dalil.wire.base import ResponseModel
from dalil.wire.explanations import AnswerExplanation
from dalil.wire.fields import Collapse, Filters, Question
from dalil.wire.times import TimedRequest, TimeExpression

MAX_EARLIER_QUESTIONS = 50
"""The most earlier questions of one request."""


class AnswerRequest(TimedRequest):
    """The body of `POST /v1/answer`."""

    question: Question
    filters: Filters = Filters()
    earlier: Annotated[list[Question], Field(max_length=MAX_EARLIER_QUESTIONS)] = Field(
        [], description="the questions before this one, oldest first, which it may follow on"
    )
    max_citations: Annotated[int, Field(strict=True, ge=1, le=MAX_CITATIONS)] = 5
    stream: StrictBool = Field(
        False, description="send each sentence as a server-sent event as soon as its quotes are checked"
    )
    collapse: Collapse = True
    explain: StrictBool = Field(False, description="add how the answer came about, from the query to the confidence")

    @property
    def time(self) -> domain.TimeOptions:
        """What the request says of time."""
        return domain.TimeOptions(self.read_times, self.reference_date)


class Citation(ResponseModel):
    """A verified quote: the characters `start` to `end` of the article's text are exactly `quote`."""

    number: int
    article_id: str
    title: str
    source: str | None
    published_at: datetime | None
    url: str | None
    quote: str
    start: int
    end: int
    before: str = Field("", description="the article's text before the quote, a line of whole words")
    after: str = Field("", description="the article's text after the quote, a line of whole words")
    link: str = Field(description="url of a page that shows the article with the quote marked")
    duplicates: DuplicateGroup | None = Field(description="articles with the same story; null where there are none")

    @classmethod
    def from_domain(cls, citation: domain.Citation, *, base_url: str) -> Self:
        """The citation with its article's fields beside its own; its link starts with `base_url`."""
        article = citation.article
        return cls(
            number=citation.number,
            article_id=article.id,
            title=article.title,
            source=article.source,
            published_at=article.published_at,
            url=article.url,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            before=citation.before,
            after=citation.after,
            link=citation_url(base_url, article.id, citation.start, citation.end),
            duplicates=DuplicateGroup.from_domain(citation.duplicates) if citation.duplicates else None,
        )

    def to_domain(self) -> domain.Citation:
        """The engine's record."""
        article = domain.ArticleSummary(self.article_id, self.title, self.source, self.published_at, self.url)
        duplicates = self.duplicates.to_domain() if self.duplicates else None
        return domain.Citation(
            self.number, article, self.quote, self.start, self.end, self.before, self.after, duplicates
        )


class Finding(ResponseModel):
    """One reason why the quotes of a sentence do not fully support it."""

    rule: str = Field(description="the check that objects")
    verdict: Verdict = Field(description="the best verdict that the sentence can still have")
    message: str
    span: Span | None = Field(description="the part of the sentence at fault; null for the whole sentence")

    @classmethod
    def from_domain(cls, finding: domain.Finding) -> Self:
        """The same finding."""
        span = None if finding.span is None else Span.from_domain(finding.span)
        return cls(rule=finding.rule, verdict=finding.verdict, message=finding.message, span=span)

    def to_domain(self) -> domain.Finding:
        """The engine's record."""
        return domain.Finding(self.rule, self.verdict, self.message, self.span.to_domain() if self.span else None)


class AnswerSentence(ResponseModel):
    """One sentence of an answer and the numbers of the citations that support it, at least one."""

    text: str
    citations: list[int]
    support: float = Field(description="how similar its quotes are to it, in [0, 1]; 1 where it is a quote itself")
    verdict: Verdict
    findings: list[Finding] = Field(description="why the sentence is not fully supported; empty where it is")

    @classmethod
    def from_domain(cls, sentence: domain.AnswerSentence) -> Self:
        """The same sentence."""
        return cls(
            text=sentence.text,
            citations=list(sentence.citations),
            support=sentence.support,
            verdict=sentence.verdict,
            findings=[Finding.from_domain(finding) for finding in sentence.findings],
        )

    def to_domain(self) -> domain.AnswerSentence:
        """The engine's record."""
        return domain.AnswerSentence(
            text=self.text,
            citations=tuple(self.citations),
            support=self.support,
            verdict=self.verdict,
            findings=tuple(finding.to_domain() for finding in self.findings),
        )


class DroppedSentence(ResponseModel):
    """A sentence that the generator wrote and the answer leaves out."""

    text: str
    reason: DropReason
    findings: list[Finding] = Field(description="why its quotes do not fully support it; empty for another reason")

    @classmethod
    def from_domain(cls, sentence: domain.DroppedSentence) -> Self:
        """The same sentence."""
        findings = [Finding.from_domain(finding) for finding in sentence.findings]
        return cls(text=sentence.text, reason=sentence.reason, findings=findings)

    def to_domain(self) -> domain.DroppedSentence:
        """The engine's record."""
        return domain.DroppedSentence(self.text, self.reason, tuple(finding.to_domain() for finding in self.findings))


class ShortAnswer(ResponseModel):
    """The part of a quote that answers; `text` is exactly the characters `start` to `end` of the article's text."""

    text: str
    citation: int = Field(description="the number of the citation whose quote has it")
    start: int
    end: int
    published_at: datetime | None = Field(None, description="of its article: the date of which the answer is")

    @classmethod
    def from_domain(cls, short_answer: domain.ShortAnswer) -> Self:
        """The same part."""
        return cls(
            text=short_answer.text,
            citation=short_answer.citation,
            start=short_answer.start,
            end=short_answer.end,
            published_at=short_answer.published_at,
        )

    def to_domain(self) -> domain.ShortAnswer:
        """The engine's record."""
        return domain.ShortAnswer(self.text, self.citation, self.start, self.end, self.published_at)


class StatedValue(ResponseModel):
    """A number as a quote states it."""

    text: str = Field(description="in the words of the quote, with the unit or what it counts")
    value: float
    citation: int = Field(description="the number of the citation, or of the related quote, whose quote has it")
    published_at: datetime | None = Field(description="of its article")


class Disagreement(ResponseModel):
    """Different numbers that quotes of different articles state for the same thing."""

    quantity: str = Field(description="what is counted or measured, in the words of a quote; may be empty")
    values: list[StatedValue] = Field(description="at least two, the newest first and undated ones last")

    @classmethod
    def from_domain(cls, disagreement: domain.Disagreement) -> Self:
        """The same values."""
        return cls(
            quantity=disagreement.quantity,
            values=[
                StatedValue(text=one.text, value=one.value, citation=one.citation, published_at=one.published_at)
                for one in disagreement.values
            ],
        )

    def to_domain(self) -> domain.Disagreement:
        """The engine's record."""
        return domain.Disagreement(
            self.quantity,
            tuple(domain.StatedValue(one.text, one.value, one.citation, one.published_at) for one in self.values),
        )


class MissingDetail(ResponseModel):
    """A detail of the question that was looked for and not found."""

    kind: DetailKind
    text: str = Field(description="in the words of the question")

    @classmethod
    def from_domain(cls, detail: domain.MissingDetail) -> Self:
        """The same detail."""
        return cls(kind=detail.kind, text=detail.text)

    def to_domain(self) -> domain.MissingDetail:
        """The engine's record."""
        return domain.MissingDetail(self.kind, self.text)


class SearchCompleted(ResponseModel):
    """The first event of a streamed answer: the search is done."""

    language: str
    confidence: float


class SentenceReady(AnswerSentence):
    """An event of a streamed answer: a sentence, and those of its citations that no earlier sentence has."""

    new_citations: list[Citation]
    short_answer: ShortAnswer | None = Field(description="that of the answer, in the first event of a sentence")

    @classmethod
    def from_parts(
        cls,
        sentence: domain.AnswerSentence,
        new_citations: Iterable[domain.Citation],
        short_answer: domain.ShortAnswer | None = None,
        *,
        base_url: str,
    ) -> Self:
        """The sentence with its new citations, whose links start with `base_url`."""
        return cls(
            **AnswerSentence.from_domain(sentence).model_dump(),
            new_citations=[Citation.from_domain(citation, base_url=base_url) for citation in new_citations],
            short_answer=ShortAnswer.from_domain(short_answer) if short_answer else None,
        )


class AnswerResponse(ResponseModel):
    """An answer in which every sentence cites a quote, or closest quotes that may not answer, or nothing."""

    question: str
    language: str
    status: AnswerStatus = Field(
        description="`related_evidence`: the quotes in `related` are about the question and may not answer it;"
        " `insufficient_evidence`: nothing found is about it"
    )
    confidence: float = Field(description="the probability, in [0, 1], that the first sentence answers")
    strength: Strength = Field(description="the confidence in words")
    short_answer: ShortAnswer | None = Field(
        description="the number or the date in a quote that answers; null where none is sure"
    )
    text: str = Field(
        description="the sentences, each followed by its citation numbers in brackets; without sentences the reply to "
        "a message that is no question, or is too vague to be searched"
    )
    sentences: list[AnswerSentence]
    citations: list[Citation]
    related: list[Citation] = Field(description="quotes that are no part of the answer; numbered after `citations`")
    missing: list[MissingDetail] = Field(
        description="details of the question that were looked for and not found; empty in an answer"
    )
    times: list[TimeExpression] = Field(
        description="the times of the question that narrowed or ordered what was found, as they were read"
    )
    disagreements: list[Disagreement] = Field(
        description="numbers in which the quotes of an answer, related ones included, differ"
    )
    generator: str = Field(description="who wrote it: `extractive`, or `chat:` and the model's name")
    dropped_sentences: int = Field(description="sentences left out because no quote fully supports them")
    dropped: list[DroppedSentence] = Field(
        description="every sentence left out with its reason, repetitions and those beyond `max_citations` included"
    )
    invalid_citations: int = Field(description="citations left out because their evidence does not exist")
    notes: list[str] = Field(description="what else a reader should know, such as that the language model failed")
    refusal_reason: RefusalReason | None = Field(description="why the question is not answered; null where it is")
    explain: AnswerExplanation | None = Field(description="null unless requested")
    took_ms: float

    @classmethod
    def from_domain(cls, answer: domain.Answer, *, took_ms: float, base_url: str) -> Self:
        """The whole answer; the links of its citations start with `base_url`."""
        return cls(
            question=answer.question,
            language=answer.language,
            status=answer.status,
            confidence=answer.confidence,
            strength=answer.strength,
            short_answer=ShortAnswer.from_domain(answer.short_answer) if answer.short_answer else None,
            text=answer.text,
            sentences=[AnswerSentence.from_domain(sentence) for sentence in answer.sentences],
            citations=[Citation.from_domain(citation, base_url=base_url) for citation in answer.citations],
            related=[Citation.from_domain(citation, base_url=base_url) for citation in answer.related],
            missing=[MissingDetail.from_domain(detail) for detail in answer.missing],
            times=[TimeExpression.from_domain(time) for time in answer.times],
            disagreements=[Disagreement.from_domain(one) for one in answer.disagreements],
            generator=answer.generator,
            dropped_sentences=answer.dropped_sentences,
            dropped=[DroppedSentence.from_domain(sentence) for sentence in answer.dropped],
            invalid_citations=answer.invalid_citations,
            notes=list(answer.notes),
            refusal_reason=answer.refusal_reason,
            explain=AnswerExplanation.from_domain(answer.explanation) if answer.explanation else None,
            took_ms=took_ms,
        )

    def to_domain(self) -> domain.Answer:
        """The engine's record."""
        return domain.Answer(
            question=self.question,
            language=self.language,
            status=self.status,
            confidence=self.confidence,
            sentences=tuple(sentence.to_domain() for sentence in self.sentences),
            citations=tuple(citation.to_domain() for citation in self.citations),
            generator=self.generator,
            dropped=tuple(sentence.to_domain() for sentence in self.dropped),
            invalid_citations=self.invalid_citations,
            notes=tuple(self.notes),
            refusal_reason=self.refusal_reason,
            strength=self.strength,
            short_answer=self.short_answer.to_domain() if self.short_answer else None,
            related=tuple(citation.to_domain() for citation in self.related),
            missing=tuple(detail.to_domain() for detail in self.missing),
            times=tuple(time.to_domain() for time in self.times),
            disagreements=tuple(one.to_domain() for one in self.disagreements),
            explanation=self.explain.to_domain() if self.explain else None,
            reply="" if self.sentences else self.text,
        )
