"""Question in, cited answer or refusal out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from dalil.answering.evidence import Evidence, confidence, gather
from dalil.answering.generator import DraftSentence, Generator
from dalil.answering.verification import QuoteVerifier
from dalil.domain import Answer, AnswerSentence, AnswerStatus, Citation, Filters
from dalil.errors import InvalidQuery
from dalil.retrieval.retriever import Retriever
from dalil.stores.base import NO_FILTERS, PassageStore

MAX_CITATIONS = 10
"""The most citations one answer may be asked for."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Searches, gathers evidence, lets a generator write, and keeps what is proved.

    Below `threshold` of confidence nothing is answered.
    """

    store: PassageStore
    retriever: Retriever
    generator: Generator
    threshold: float

    def answer(self, text: str, *, filters: Filters = NO_FILTERS, max_citations: int = 5) -> Answer:
        """An answer with 1 to `max_citations` verified quotes, or `insufficient_evidence` without any.

        Raises `InvalidQuery` as `Retriever.search` does, and for `max_citations` outside 1 to 10.
        """
        if not 1 <= max_citations <= MAX_CITATIONS:
            raise InvalidQuery(f"max_citations has to be from 1 to {MAX_CITATIONS}, not {max_citations!r}")
        results = self.retriever.search(text, filters=filters)
        question = results.question
        evidence = gather(question, results.hits)
        sure = confidence(question, evidence, results.hits)
        verifier = QuoteVerifier(self.store)
        proved = list(islice(filter(verifier.is_verbatim, evidence), max_citations))
        draft = self.generator.draft(question, proved) if sure >= self.threshold else []
        sentences, citations = _cited(draft, proved)
        return Answer(
            question=question.text,
            language=question.language,
            status=AnswerStatus.ANSWERED if sentences else AnswerStatus.INSUFFICIENT_EVIDENCE,
            confidence=sure,
            sentences=sentences,
            citations=citations,
            generator=self.generator.name,
        )


def _cited(
    draft: Sequence[DraftSentence], evidence: Sequence[Evidence]
) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """The draft's sentences that cite evidence there is, and that evidence numbered in order of first use."""
    numbers: dict[int, int] = {}
    sentences = []
    for sentence in draft:
        used = [index for index in sentence.evidence if 0 <= index < len(evidence)]
        if not used:
            continue
        for index in used:
            numbers.setdefault(index, len(numbers) + 1)
        support = max(min(1.0, max(0.0, evidence[index].late_interaction)) for index in used)
        sentences.append(AnswerSentence(sentence.text, tuple(numbers[index] for index in used), support))
    citations = tuple(
        Citation(
            number, evidence[index].article, evidence[index].text, evidence[index].span.start, evidence[index].span.end
        )
        for index, number in numbers.items()
    )
    return tuple(sentences), citations
