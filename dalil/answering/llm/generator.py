"""Answers that a language model behind any OpenAI-compatible endpoint writes out of the evidence."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from typing_extensions import override

from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, Generator
from dalil.answering.llm.citation_parser import UnfinishedReasoning, parse_citations
from dalil.answering.llm.passages import select_passages
from dalil.answering.llm.prompt import (
    NO_ANSWER,
    PROMPT_VERSIONS,
    build_entailment_prompt,
    build_prompt,
    format_evidence,
)
from dalil.answering.llm.transport import ChatTransport
from dalil.domain import DropReason, Hit
from dalil.errors import GeneratorUnavailable
from dalil.retrieval.query import AnalyzedQuery

_DECLINES = re.compile(rf"\W*{NO_ANSWER}")
"""`**NO_ANSWER**.`, `(NO_ANSWER)`: models decorate it."""


class ChatGenerator(Generator):
    """Asks the model at `base_url` and yields its answer sentence by sentence, each with the quotes that it copied.

    It reads the best passages whole. `evidence_tokens` limits them, as `count_tokens` measures it; the embedding
    model's tokens are near enough. `answer_tokens` limits the answer. `prompt` is a key of `PROMPT_VERSIONS`.
    `entailment_check` asks the model about each sentence whether its quotes say it. See `ChatTransport` for
    `timeout_seconds` and `retries`.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str | None,
        count_tokens: Callable[[Sequence[str]], list[int]],
        timeout_seconds: float = 30.0,
        retries: int = 2,
        evidence_tokens: int = 2_000,
        answer_tokens: int = 500,
        prompt: str = "quote-first",
        entailment_check: bool = True,
    ) -> None:
        self.name = f"chat:{model}"
        self.prompt = self._prompt = PROMPT_VERSIONS[prompt]
        self._model = model
        self._count_tokens = count_tokens
        self._evidence_tokens = evidence_tokens
        self._entailment_check = entailment_check
        self._transport = ChatTransport(
            base_url=base_url,
            model=model,
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            retries=retries,
            max_tokens=answer_tokens,
        )

    @override
    def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:
        """The model's sentences, up to the first in which it declines to answer; that one is marked."""
        prompt = build_prompt(self._prompt, question, evidence)
        try:
            for sentence in parse_citations(self._transport.stream(prompt), len(evidence)):
                # Within a sentence it is reasoning about the rules: "Should I write NO_ANSWER?"
                declines = NO_ANSWER in sentence.text
                yield replace(sentence, drop_reason=DropReason.NO_ANSWER) if declines else sentence
                if _DECLINES.match(sentence.text):
                    return
        except UnfinishedReasoning as error:
            raise GeneratorUnavailable(f"the language model {self._model!r} did not finish thinking") from error

    @override
    def fit(self, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Sequence[Evidence]:
        """Every sentence of the passages that the best evidence is from, in reading order, within the token budget."""
        return select_passages(
            evidence, hits, count_tokens=self._count_evidence_tokens, max_tokens=self._evidence_tokens
        )

    @override
    def entails(self, sentence: str, quotes: Sequence[str]) -> float | None:
        """The model's own probability that the quotes say the sentence; None if it is not to be asked."""
        if not self._entailment_check:
            return None
        return self._transport.yes_probability(build_entailment_prompt(sentence, quotes))

    @override
    def close(self) -> None:
        """Close connections. Idempotent."""
        self._transport.close()

    def _count_evidence_tokens(self, evidence: Sequence[Evidence]) -> int:
        return sum(self._count_tokens(format_evidence(evidence).splitlines()))
