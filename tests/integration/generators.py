"""Generators and an answerer that do what a test needs: wait, fail, stop early."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dalil.answering.answerer import Answerer, AnswerStream, SentenceReady
from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.domain import DEFAULT_TIME, NO_FILTERS, Answer, Filters, ShortAnswer, TimeOptions
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.retrieval.query import AnalyzedQuery
from dalil.stores.lance import LanceStore
from tests.integration.api_service import build


class Paced(Generator):
    """Writes its first sentence at once, and ten more after `go_on`, over more than two seconds.

    Notes whether it wrote to its end or was closed.
    """

    name = "paced"

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.closed = False

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        try:
            yield DraftSentence(evidence[0].text, (0,))
            assert self.go_on.wait(30)
            for more in range(1, 11):
                yield DraftSentence(evidence[1].text + "!" * more, (1,))
                time.sleep(0.21)
        except GeneratorExit:
            self.closed = True
            raise
        finally:
            self.ended.set()


class Slow(Paced):
    """Writes nothing before `go_on`."""

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
        assert self.go_on.wait(30)
        yield from super().draft(question, evidence)


class Breaking(Generator):
    """Writes a sentence and then fails."""

    name = "breaking"

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        yield DraftSentence(evidence[0].text, (0,))
        raise self.failure


class BestOnly(Generator):
    """Writes the best evidence alone, so that the rest of it is related."""

    name = "best only"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        yield DraftSentence(evidence[0].text, (0,))


class Doubtful(Generator):
    """Rewrites the best evidence, and finds with a probability of .87 that the quotes say what it wrote."""

    name = "doubtful"
    prompt = "doubtful.v3"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        quote = evidence[0].text
        yield DraftSentence(f"{quote.rstrip('.')}!", (0,), quotes=(quote,))

    def entails(self, sentence: str, quotes: Sequence[str]) -> float:  # noqa: ARG002
        return 0.87


class BestTwo(Generator):
    """Writes the best two sentences, however far the evidence falls off after the first."""

    name = "best two"

    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
        for index in (0, 1):
            yield DraftSentence(evidence[index].text, (index,))


class FirstWordAnswerer(Answerer):
    """Gives the first word of the first quote as the short answer."""

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
        short = None
        for event in super().stream(
            text,
            filters=filters,
            max_citations=max_citations,
            earlier=earlier,
            explain=explain,
            collapse=collapse,
            time=time,
        ):
            if isinstance(event, SentenceReady) and short is None:
                first = event.citations[0]
                word = first.quote.split()[0]
                short = ShortAnswer(word, first.number, first.start, first.start + len(word))
                yield replace(event, short_answer=short)
            elif isinstance(event, Answer):
                yield replace(event, short_answer=short)
            else:
                yield event


def written_by(generator: Generator, index: Path) -> Engine:
    """An engine over the index with this generator."""
    engine = build(LanceStore(index), FakeEmbedder())
    return replace(engine, answerer=replace(engine.answerer, generator=generator))


def with_short_answers(engine: Engine) -> Engine:
    """The engine with a `FirstWordAnswerer`."""
    answerer = engine.answerer
    return replace(
        engine,
        answerer=FirstWordAnswerer(
            answerer.store,
            answerer.retriever,
            answerer.generator,
            threshold=answerer.threshold,
            max_related_drop=answerer.max_related_drop,
        ),
    )


def short_and_related(index: Path) -> Engine:
    """An engine that answers with one sentence, a short answer and related quotes."""
    return with_short_answers(written_by(BestOnly(), index))
