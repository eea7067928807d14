"""AnalyzedQuery in, cited answer or refusal out."""

import collections.abc
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeAlias

from dalil.answering.confidence import confidence
from dalil.answering.evidence import Evidence, gather
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.generator import DraftSentence, Generator
from dalil.answering.verification import QuoteVerifier, SentenceVerifier
from dalil.domain import NO_FILTERS, Answer, AnswerSentence, AnswerStatus, Citation, Filters, Verdict
from dalil.errors import GeneratorUnavailable, InvalidQuery
from dalil.limits import MAX_CITATIONS
from dalil.retrieval.query import AnalyzedQuery
from dalil.retrieval.query_rewriting import rewrite_followup
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import PassageStore
from dalil.text.normalisation import normalise

MAX_SENTENCES = 12
"""The most sentences with citations that are taken from a generator."""


@dataclass(frozen=True, slots=True)
class SearchCompleted:
    """The search is done; the answer will have this language and this confidence."""

    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class SentenceReady:
    """A sentence of an unfinished answer, and those of its citations that no earlier sentence has."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


AnswerStream: TypeAlias = collections.abc.Generator[SearchCompleted | SentenceReady | Answer, None, None]
"""The events of one answer: `SearchCompleted`, a `SentenceReady` for each sentence once it is checked, the `Answer`.

`close` ends the work on the answer.
"""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Searches, gathers evidence, lets a generator write, and keeps what is proved.

    Below `threshold` of confidence nothing is answered. A sentence that its quotes do not support is dropped, or kept
    with its verdict where `keep_unsupported`; one that repeats another is left out. Where the generator fails, the
    answer is extractive and says so.
    """

    store: PassageStore
    retriever: Retriever
    generator: Generator
    threshold: float
    keep_unsupported: bool = False

    def answer(
        self, text: str, *, filters: Filters = NO_FILTERS, max_citations: int = 5, earlier: Sequence[str] = ()
    ) -> Answer:
        """An answer with 1 to `max_citations` verified quotes, or `insufficient_evidence` without any.

        `earlier` are the questions asked before in the same conversation, which this one may follow on. Raises
        `InvalidQuery` as `Retriever.search` does, and for `max_citations` outside 1 to 10.
        """
        return next(
            event
            for event in self.stream(text, filters=filters, max_citations=max_citations, earlier=earlier)
            if isinstance(event, Answer)
        )

    def stream(
        self, text: str, *, filters: Filters = NO_FILTERS, max_citations: int = 5, earlier: Sequence[str] = ()
    ) -> AnswerStream:
        """The same as it is made."""
        if not 1 <= max_citations <= MAX_CITATIONS:
            raise InvalidQuery(f"max_citations has to be from 1 to {MAX_CITATIONS}, not {max_citations!r}")
        question = rewrite_followup([*earlier, text], self.retriever.aliases)
        results = self.retriever.search(question, filters=filters)
        evidence = gather(results.question, results.hits)
        sure = confidence(results) if evidence else 0.0
        yield SearchCompleted(results.question.language, sure)
        making = _Making(self, results.question, evidence, max_citations)
        if evidence and sure >= self.threshold:
            yield from making.sentences()
        yield Answer(
            question=results.question.text,
            language=results.question.language,
            status=AnswerStatus.ANSWERED if making.done else AnswerStatus.INSUFFICIENT_EVIDENCE,
            confidence=sure,
            sentences=tuple(making.done),
            citations=tuple(making.cited.values()),
            generator=making.generator.name,
            dropped_sentences=making.dropped,
            invalid_citations=making.invalid_citations,
            notes=tuple(making.notes),
        )


@dataclass(slots=True)
class _Making:
    """An answer that is being made: what is proved so far, and what was left out.

    `cited` is the numbered evidence, by its index, in order of first use.
    """

    answerer: Answerer
    question: AnalyzedQuery
    evidence: Sequence[Evidence]
    max_citations: int
    done: list[AnswerSentence] = field(default_factory=list)
    cited: dict[int, Citation] = field(default_factory=dict)
    dropped: int = 0
    invalid_citations: int = 0
    notes: list[str] = field(default_factory=list)
    generator: Generator = field(init=False)
    _said: set[str] = field(default_factory=set)
    _quotes: QuoteVerifier = field(init=False)
    _sentences: SentenceVerifier = field(init=False)

    def __post_init__(self) -> None:
        self.generator = self.answerer.generator
        self._quotes = QuoteVerifier(self.answerer.store)
        self._sentences = SentenceVerifier(self.answerer.retriever.encoder, self.answerer.retriever.aliases)

    def sentences(self) -> Iterator[SentenceReady]:
        try:
            yield from self._proved()
        except GeneratorUnavailable as error:
            if self.done:
                self.notes.append(f"{error}; the answer ends where it stopped")
                return
            self.notes.append(f"{error}; the answer is put together from the articles' own sentences")
            self.generator, self.dropped, self.invalid_citations = ExtractiveGenerator(), 0, 0
            yield from self._proved()
        if not self.done:
            self.notes.append(
                f"none of the sentences that {self.generator.name} wrote ({self.dropped}) is borne out by its quotes"
                if self.dropped
                else f"{self.generator.name} found no answer in the evidence"
            )

    def _proved(self) -> Iterator[SentenceReady]:
        taken = 0
        with closing(self.generator.draft(self.question, self.evidence)) as drafts:
            for draft in drafts:
                self.invalid_citations += draft.invalid_citations
                if made := self._checked(draft):
                    self.done.append(made.sentence)
                    self._said.add(normalise(draft.text))
                    yield made
                taken += bool(draft.evidence)
                if taken == MAX_SENTENCES:
                    return

    def _checked(self, draft: DraftSentence) -> SentenceReady | None:
        """The sentence with the citations that hold and for which there is room, unless they do not carry it.

        One that has been said is not said again.
        """
        if normalise(draft.text) in self._said:
            return None
        there = [index for index in draft.evidence if 0 <= index < len(self.evidence)]
        room = self.max_citations - len(self.cited)
        # Where nothing of it can be cited any more, no article is fetched for it.
        if there and not room and self.cited.keys().isdisjoint(there):
            return None
        held = {index: quote for index in there if (quote := self._quotes.verified(self.evidence[index]))}
        # A quote that does not say so is not cited beside one that does.
        places = list(held)
        carrying = [places[at] for at in self._sentences.carrying(draft.text, [held[place].text for place in places])]
        new = [index for index in carrying if index not in self.cited][:room]
        used = [index for index in carrying if index in self.cited or index in new]
        if held and not used:
            return None
        support, verdict = self._sentences.check(draft.text, [held[index].text for index in used])
        if not used or (verdict is Verdict.UNSUPPORTED and not self.answerer.keep_unsupported):
            self.dropped += bool(draft.text)
            return None
        for index in new:
            quote = held[index]
            self.cited[index] = Citation(
                len(self.cited) + 1, quote.article, quote.text, quote.span.start, quote.span.end
            )
        numbers = tuple(self.cited[index].number for index in used)
        sentence = AnswerSentence(draft.text, numbers, support, verdict)
        return SentenceReady(sentence, tuple(self.cited[index] for index in new))
