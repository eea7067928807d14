"""From a question to a cited answer or a refusal, each with its reasons."""

import collections.abc
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from dalil.answering.attribution.quotes import QuoteVerifier
from dalil.answering.attribution.verifier import SentenceVerifier
from dalil.answering.confidence import (
    answer_threshold,
    estimate_confidence,
    limit_confidence,
    related_threshold,
    strength_of,
)
from dalil.answering.copied_words import CopiedWords, CopiedWordsFinder
from dalil.answering.counted import Quote, states_another_number
from dalil.answering.disagreements import find_disagreements
from dalil.answering.evidence import MAX_RELATED_DROP, Evidence, select_evidence, widen_quotes
from dalil.answering.explanation import explain_answer, explain_own_reply
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.answering.missing_details import missing_details
from dalil.answering.own_reply import OwnReply, own_reply
from dalil.answering.reader import Reader, rank_by_reader
from dalil.answering.recency import newest_first, put_current_first
from dalil.answering.short_answer import find_short_answer, looks_back
from dalil.domain import (
    DEFAULT_TIME,
    NO_FILTERS,
    Answer,
    AnswerSentence,
    AnswerStatus,
    Citation,
    Confidence,
    Disagreement,
    DroppedSentence,
    DropReason,
    DuplicateGroup,
    EntailmentExplanation,
    Filters,
    RefusalReason,
    ShortAnswer,
    Span,
    TimeOptions,
    Verdict,
)
from dalil.errors import GeneratorUnavailable, InvalidQuery
from dalil.limits import MAX_CITATIONS
from dalil.observer import NO_OBSERVER, Observer, Stage
from dalil.retrieval.query import AnalyzedQuery, validate_text
from dalil.retrieval.query_rewriting import rewrite_followup
from dalil.retrieval.retriever import Retriever, SearchResults
from dalil.stores.base import PassageStore
from dalil.text.analysis import words
from dalil.text.language import Language
from dalil.text.normalisation import normalise

MAX_DRAFT_SENTENCES = 12
"""The most sentences with citations that are taken from a generator."""

ENTAILMENT_THRESHOLD = 0.5
"""The least probability, by the generator itself, that its quotes say a sentence."""

MAX_SHORT_ANSWER_WORDS = 8
"""Copied words that are more than these are no short answer."""

_DROP_REASONS: Mapping[Verdict, DropReason] = {
    Verdict.UNSUPPORTED: DropReason.UNSUPPORTED,
    Verdict.PARTIAL: DropReason.PARTLY_SUPPORTED,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SearchCompleted:
    """The search is done: the language and the confidence of the answer to come."""

    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """The next sentence of the answer, and those of its citations that no earlier sentence has.

    The first sentence has the answer's `short_answer`.
    """

    sentence: AnswerSentence
    citations: tuple[Citation, ...]
    short_answer: ShortAnswer | None = None


AnswerStream: TypeAlias = collections.abc.Generator[SearchCompleted | SentenceReady | Answer, None, None]
"""An answer in the making: `SearchCompleted`, each `SentenceReady`, the whole `Answer`. `close` stops the work."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Searches, selects evidence, lets a generator write, and keeps the sentences that their quotes support.

    Below the threshold of confidence the closest quotes are given as `related`, and below the threshold of topicality
    nothing is. A sentence rests on words that the generator copied from the evidence, and cites the sentences that hold
    them. One that these do not fully support is dropped, or kept with its verdict where `keep_unsupported`. One that
    they do not say, by the generator's own check, is dropped. Where the generator fails, the answer is extractive, with
    a note. Whatever is answered or not, quotes that were found are shown. A `reader` orders the evidence, and the
    confidence is no higher than the highest of its probabilities.

    `threshold` and `related_threshold` replace those of confidence and of topicality, which differ by language.
    `max_related_drop` is how far below the best sentence a related quote may be, in units of log odds.
    """

    store: PassageStore
    retriever: Retriever
    generator: Generator
    threshold: float | None = None
    related_threshold: float | None = None
    keep_unsupported: bool = False
    reader: Reader | None = None
    max_related_drop: float = MAX_RELATED_DROP
    observer: Observer = NO_OBSERVER

    def answer(
        self,
        text: str,
        *,
        filters: Filters = NO_FILTERS,
        max_citations: int = 5,
        earlier: Sequence[str] = (),
        explain: bool = False,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> Answer:
        """An answer or related evidence with 1 to `max_citations` verified quotes, or `insufficient_evidence`.

        Small talk ("thanks!") and a question that names nothing to search for get a `reply` without a search. With a
        filter for articles a question may name nothing, since it is about these. `earlier` are the previous questions
        of the conversation, which this one may follow on. `explain` adds the explanation. Of near-duplicate articles
        one is quoted, the original if it can be, unless `collapse` is false. `time` is as in `Retriever.search`.
        Raises `InvalidQuery` as `Retriever.search` does, and for `max_citations` outside 1 to 10.
        """
        events = self.stream(
            text,
            filters=filters,
            max_citations=max_citations,
            earlier=earlier,
            explain=explain,
            collapse=collapse,
            time=time,
        )
        return next(event for event in events if isinstance(event, Answer))

    def stream(
        self,
        text: str,
        *,
        filters: Filters = NO_FILTERS,
        max_citations: int = 5,
        earlier: Sequence[str] = (),
        explain: bool = False,
        collapse: bool = True,
        time: TimeOptions = DEFAULT_TIME,
    ) -> AnswerStream:
        """The same answer as a stream of events; a reply without a search is the only event."""
        if not 1 <= max_citations <= MAX_CITATIONS:
            raise InvalidQuery(f"max_citations has to be from 1 to {MAX_CITATIONS}, not {max_citations!r}")
        question = validate_text(rewrite_followup([*earlier, text], self.retriever.aliases))
        reply = own_reply(question, self.retriever.aliases, earlier=earlier)
        if reply and not (reply.reason is RefusalReason.TOO_VAGUE and filters.article_ids):
            answer = self._reply(question, reply, explain=explain)
            self.observer.answered(answer)
            yield answer
            return
        results = self.retriever.search(question, filters=filters, collapse=collapse, time=time)
        with self.observer.stage(Stage.EVIDENCE):
            ranked = self._rank_evidence(results)
            evidence = self.generator.fit(ranked, results.hits)
            confidence = self._estimate_confidence(results, ranked) if evidence else None
        threshold = self.threshold_of(results.question.language)
        yield SearchCompleted(results.question.language, confidence.value if confidence else 0.0)
        duplicates = {hit.article.id: hit.duplicates for hit in results.hits if hit.duplicates}
        builder = _AnswerBuilder(self, results.question, ranked, evidence, max_citations, duplicates)
        if confidence is None:
            builder.refuse(RefusalReason.NO_EVIDENCE, "no passage of the articles has a sentence to quote")
        elif confidence.value < threshold:
            builder.refuse(
                RefusalReason.LOW_CONFIDENCE,
                f"the confidence {confidence.value:.3f} is below the threshold {threshold:.3f}",
            )
        else:
            yield from builder.write()
        if builder.sentences or (confidence and self._is_related(confidence, results.question.language)):
            builder.add_related()
        answer = builder.build(results, confidence, threshold=threshold, explain=explain)
        self.observer.answered(answer)
        yield answer

    def _rank_evidence(self, results: SearchResults) -> list[Evidence]:
        evidence = select_evidence(results)
        if self.reader is not None:
            evidence = rank_by_reader(self.reader, results.question.text, evidence)
        current = put_current_first(evidence, results.question)
        return newest_first(current, results.question.text, results.times)

    def _estimate_confidence(self, results: SearchResults, ranked: Sequence[Evidence]) -> Confidence | None:
        confidence = estimate_confidence(results, ranked)
        answerable = ranked[0].answerable if ranked else None
        return confidence if confidence is None or answerable is None else limit_confidence(confidence, answerable)

    def threshold_of(self, language: Language) -> float:
        """The least confidence of an answer to a question in this language."""
        return answer_threshold(language) if self.threshold is None else self.threshold

    def _is_related(self, confidence: Confidence, language: Language) -> bool:
        threshold = related_threshold(language) if self.related_threshold is None else self.related_threshold
        return confidence.topicality >= threshold

    def _reply(self, question: str, reply: OwnReply, *, explain: bool) -> Answer:
        return Answer(
            question=question,
            language=reply.language,
            status=AnswerStatus.INSUFFICIENT_EVIDENCE,
            confidence=0.0,
            sentences=(),
            citations=(),
            generator=self.generator.name,
            notes=(reply.note,),
            refusal_reason=reply.reason,
            explanation=(
                explain_own_reply(question, reply.language, threshold=self.threshold_of(reply.language))
                if explain
                else None
            ),
            reply=reply.text,
        )


@dataclass(slots=True)
class _AnswerBuilder:
    """An answer in the making: the sentences so far, and everything that was left out.

    `ranked` is the evidence best first, `evidence` what the generator was given. `citations` is the numbered evidence,
    by its index, in order of first use. `duplicates` are by the id of the quoted article.
    """

    answerer: Answerer
    question: AnalyzedQuery
    ranked: Sequence[Evidence]
    evidence: Sequence[Evidence]
    max_citations: int
    duplicates: Mapping[str, DuplicateGroup]
    sentences: list[AnswerSentence] = field(default_factory=list)
    citations: dict[int, Citation] = field(default_factory=dict)
    short_answer: ShortAnswer | None = None
    related: list[Citation] = field(default_factory=list)
    dropped: list[DroppedSentence] = field(default_factory=list)
    entailments: list[EntailmentExplanation] = field(default_factory=list)
    invalid_citations: int = 0
    notes: list[str] = field(default_factory=list)
    refusal_reason: RefusalReason | None = None
    generator: Generator = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _copied_answer: ShortAnswer | None = None
    _entailment_failed: bool = False
    _copied: CopiedWordsFinder = field(init=False)
    _quotes: QuoteVerifier = field(init=False)
    _verifier: SentenceVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.generator = self.answerer.generator
        self._copied = CopiedWordsFinder(self.evidence)
        self._quotes = QuoteVerifier(self.answerer.store)
        self._verifier = SentenceVerifier(self.answerer.retriever.encoder, self.answerer.retriever.aliases)

    def write(self) -> Iterator[SentenceReady]:
        """Let the generator write, or the extractive one where it fails, and keep the sentences that hold."""
        before = 0
        try:
            yield from self._write()
        except GeneratorUnavailable as error:
            if self.sentences:
                self.notes.append(f"{error}; the answer ends where it stopped")
                return
            self.notes.append(f"{error}; the answer is put together from the articles' own sentences")
            self.generator, self.invalid_citations = ExtractiveGenerator(), 0
            self.evidence = widen_quotes(self.ranked)
            self._copied = CopiedWordsFinder(self.evidence)
            before = len(self.dropped)
            yield from self._write()
        if not self.sentences:
            dropped = self.dropped[before:]
            unsupported = sum(sentence.is_unsupported for sentence in dropped)
            if any(sentence.reason is DropReason.NOT_ENTAILED for sentence in dropped):
                self.refuse(
                    RefusalReason.NOTHING_ENTAILED,
                    f"{self.generator.name} finds that quotes say no sentence that it wrote, of {unsupported}",
                )
            elif unsupported:
                self.refuse(
                    RefusalReason.NOTHING_SUPPORTED,
                    f"quotes support no sentence that {self.generator.name} wrote, of {unsupported}",
                )
            else:
                self.refuse(RefusalReason.GENERATOR_DECLINED, f"{self.generator.name} found no answer in the evidence")

    def refuse(self, reason: RefusalReason, note: str) -> None:
        """Refuse to answer, for a reason that a reader can check."""
        self.refusal_reason = reason
        self.notes.append(note)

    def add_related(self) -> None:
        """Add the best quotes that are not cited, until evidence falls off or the limit of citations is reached.

        A quote with another number than a cited one is added wherever it ranks: a contradiction is not hidden.
        """
        for item in widen_quotes(self.ranked):
            if len(self.citations) + len(self.related) >= self.max_citations:
                return
            is_near = item.drop_below(self.ranked[0]) <= self.answerer.max_related_drop
            if not is_near and not self._disagrees(item):
                continue
            quote = self._quotes.verify(item)
            if quote and not any(_is_cited(quote, citation) for citation in self.citations.values()):
                self.related.append(self._citation(len(self.citations) + len(self.related) + 1, quote))

    def build(
        self, results: SearchResults, confidence: Confidence | None, *, threshold: float, explain: bool
    ) -> Answer:
        """The finished answer; the debug log has it with its explanation."""
        is_logged = _log.isEnabledFor(logging.DEBUG)
        explanation = None
        if explain or is_logged:
            explanation = explain_answer(
                results,
                self.evidence,
                confidence,
                threshold=threshold,
                reader=self.answerer.reader.name if self.answerer.reader else None,
                prompt=self.generator.prompt,
                entailments=self.entailments,
                aliases=self.answerer.retriever.aliases,
            )
        answer = Answer(
            question=self.question.text,
            language=self.question.language,
            status=self._status,
            confidence=confidence.value if confidence else 0.0,
            sentences=tuple(self.sentences),
            citations=tuple(self.citations.values()),
            generator=self.generator.name,
            dropped=tuple(self.dropped),
            invalid_citations=self.invalid_citations,
            notes=tuple(self.notes),
            refusal_reason=self.refusal_reason,
            strength=strength_of(confidence.value if confidence else 0.0),
            short_answer=self.short_answer,
            related=tuple(self.related),
            missing=() if self.sentences else missing_details(results, self.answerer.retriever.aliases),
            times=results.times,
            disagreements=self._disagreements(),
            explanation=explanation,
        )
        _log.debug("%s", answer)
        return answer if explain or not is_logged else replace(answer, explanation=None)

    def _disagrees(self, item: Evidence) -> bool:
        """Whether it states another number of the same thing than a cited quote of another article."""
        quote = Quote(item.text, item.article.title)
        return not looks_back(self.question, item.text, item.article.published_at) and any(
            item.article.id != citation.article.id
            and states_another_number(self.question, Quote(citation.quote, citation.article.title), quote)
            for citation in self.citations.values()
        )

    def _disagreements(self) -> tuple[Disagreement, ...]:
        quotes = [*self.citations.values(), *self.related]
        return find_disagreements(self.question, quotes, self.answerer.retriever.encoder) if self.sentences else ()

    def _write(self) -> Iterator[SentenceReady]:
        taken = 0
        with closing(self.generator.draft(self.question, self.evidence)) as drafts:
            while draft := self._next(drafts):
                if taken == MAX_DRAFT_SENTENCES:
                    self.notes.append(f"{self.generator.name} wrote more than {taken} sentences; the rest was not read")
                    return
                self.invalid_citations += draft.invalid_citations
                with self.answerer.observer.stage(Stage.VERIFY):
                    checked = self._check(draft)
                if isinstance(checked, SentenceReady):
                    if not self.sentences:
                        self.short_answer = self._copied_answer or self._short_answer(checked.sentence)
                        checked = replace(checked, short_answer=self.short_answer)
                    self.sentences.append(checked.sentence)
                    self._seen.add(normalise(draft.text))
                    yield checked
                elif checked.text:  # a draft without text carries only invalid citations
                    self.dropped.append(checked)
                    _log.debug("%s", checked)
                taken += bool(draft.evidence or draft.quotes)

    def _short_answer(self, sentence: AnswerSentence) -> ShortAnswer | None:
        """The short answer of the first sentence; none where it may be of another event.

        That is where its article lacks a name of the question, or a sentence that looks back ranks highest.
        """
        cited = {citation.number: index for index, citation in self.citations.items()}
        best = max(self.ranked, key=lambda item: item.rank_score)
        if self.evidence[cited[sentence.citations[0]]].missing_names or looks_back(
            self.question, best.text, best.article.published_at
        ):
            return None
        encoder = self.answerer.retriever.encoder
        return find_short_answer(self.question, (sentence,), self.citations.values(), encoder)

    def _next(self, drafts: Drafts) -> DraftSentence | None:
        with self.answerer.observer.stage(Stage.GENERATE):
            return next(drafts, None)

    def _check(self, draft: DraftSentence) -> SentenceReady | DroppedSentence:
        """The sentence with the citations that support it and that the limit allows, or why it is dropped."""
        found = self._find_copied_words(draft)
        if isinstance(found, DropReason):
            return DroppedSentence(draft.text, found)
        quotes = self._verified_quotes(dict.fromkeys(place.index for place in found))
        if isinstance(quotes, DropReason):
            return DroppedSentence(draft.text, quotes)
        # A quote that does not support the sentence is not cited beside one that does.
        indexes = list(quotes)
        support = self._verifier.minimal_support(draft.text, [quotes[index].text for index in indexes])
        supporting = [indexes[place] for place in support]
        new = [index for index in supporting if index not in self.citations][: self._room]
        cited = [index for index in supporting if index in self.citations or index in new]
        if not cited:
            return DroppedSentence(draft.text, DropReason.NO_CITATIONS_LEFT)
        texts = [quotes[index].text for index in cited]
        attribution = self._verifier.check(draft.text, texts)
        reason = _DROP_REASONS.get(attribution.verdict)
        if reason and not self.answerer.keep_unsupported:
            return DroppedSentence(draft.text, reason, attribution.findings)
        if not self._is_entailed(draft.text, texts):
            return DroppedSentence(draft.text, DropReason.NOT_ENTAILED, attribution.findings)
        for index in new:
            self.citations[index] = self._citation(len(self.citations) + 1, quotes[index])
        if not self.sentences and draft.quotes:
            self._copied_answer = self._shortest_copy(place for place in found if place.index in cited)
        numbers = tuple(self.citations[index].number for index in cited)
        sentence = AnswerSentence(draft.text, numbers, attribution.support, attribution.verdict, attribution.findings)
        return SentenceReady(sentence, tuple(self.citations[index] for index in new))

    def _find_copied_words(self, draft: DraftSentence) -> list[CopiedWords] | DropReason:
        """The places in the evidence from which the draft's words are copied.

        A sentence without quotes has to be copied itself, from what it cites. Each of its quotes has to be in the
        evidence, and may be in another sentence than in the one that it cites: models miscount.
        """
        if draft.drop_reason:
            return draft.drop_reason
        if normalise(draft.text) in self._seen:
            return DropReason.REPEATED
        existing = {index for index in draft.evidence if 0 <= index < len(self.evidence)}
        if not existing and not draft.quotes:
            return DropReason.NOT_CITED
        found: list[CopiedWords] = []
        for quote in draft.quotes or (draft.text,):
            places = self._copied.find(quote, existing, elsewhere=bool(draft.quotes))
            if not places:
                return DropReason.QUOTE_NOT_COPIED
            found += places
        return found

    def _verified_quotes(self, indexes: Collection[int]) -> dict[int, Evidence] | DropReason:
        """The evidence with these indexes as the stored articles have it now."""
        # Where nothing of it can be cited any more, no article is fetched for it.
        if not self._room and self.citations.keys().isdisjoint(indexes):
            return DropReason.NO_CITATIONS_LEFT
        quotes = {index: quote for index in indexes if (quote := self._quotes.verify(self.evidence[index]))}
        return quotes or DropReason.QUOTE_NOT_FOUND

    def _is_entailed(self, sentence: str, quotes: Sequence[str]) -> bool:
        """False if the generator finds that the quotes do not say the sentence. A quote itself is not asked about."""
        if self._entailment_failed or normalise(sentence) in map(normalise, quotes):
            return True
        try:
            probability = self.generator.entails(sentence, quotes)
        except GeneratorUnavailable as error:
            self._entailment_failed = True  # It is not waited for again.
            self.notes.append(f"{error}; it did not check its sentences, which rules have checked")
            return True
        if probability is None:
            return True
        self.entailments.append(EntailmentExplanation(sentence, probability))
        return probability >= ENTAILMENT_THRESHOLD

    def _shortest_copy(self, places: Iterable[CopiedWords]) -> ShortAnswer | None:
        """The copied words that are fewest, if they are few enough, and their sentence is still at its place."""
        answers = []
        for place in places:
            citation = self.citations[place.index]
            text = place.span.of(citation.quote)
            if citation.quote == self.evidence[place.index].text and len(words(text)) <= MAX_SHORT_ANSWER_WORDS:
                start, end = citation.start + place.span.start, citation.start + place.span.end
                answers.append(ShortAnswer(text, citation.number, start, end, citation.article.published_at))
        return min(answers, key=lambda answer: len(answer.text), default=None)

    def _citation(self, number: int, quote: Evidence) -> Citation:
        before, after = self._quotes.context(quote)
        duplicates = self.duplicates.get(quote.article.id)
        return Citation(number, quote.article, quote.text, quote.span.start, quote.span.end, before, after, duplicates)

    @property
    def _status(self) -> AnswerStatus:
        if self.sentences:
            return AnswerStatus.ANSWERED
        return AnswerStatus.RELATED_EVIDENCE if self.related else AnswerStatus.INSUFFICIENT_EVIDENCE

    @property
    def _room(self) -> int:
        return self.max_citations - len(self.citations)


def _is_cited(quote: Evidence, citation: Citation) -> bool:
    """True if the citation has a part of the quote."""
    return citation.article.id == quote.article.id and Span(citation.start, citation.end).overlaps(quote.span)
