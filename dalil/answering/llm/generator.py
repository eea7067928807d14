"""Answers that a language model behind any OpenAI-compatible endpoint writes out of the evidence."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from typing_extensions import override

from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, Generator
from dalil.answering.llm.citation_parser import UnfinishedReasoning, parse_citations
from dalil.answering.llm.prompt import NO_ANSWER, build_prompt, fit_budget
from dalil.answering.llm.transport import ChatTransport
from dalil.domain import DropReason
from dalil.errors import GeneratorUnavailable
from dalil.retrieval.query import AnalyzedQuery

_DECLINES = re.compile(rf"\W*{NO_ANSWER}")
"""`**NO_ANSWER**.`, `(NO_ANSWER)`: models decorate it."""


class ChatGenerator(Generator):
    """Asks the model at `base_url` and yields its answer sentence by sentence.

    `evidence_tokens` limits the evidence in the prompt, as `count_tokens` measures it; the embedding model's tokens are
    near enough. `answer_tokens` limits the answer. See `ChatTransport` for `timeout_seconds` and `retries`.
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
    ) -> None:
        self.name = f"chat:{model}"
        self._model = model
        self._count_tokens = count_tokens
        self._evidence_tokens = evidence_tokens
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
        prompt = build_prompt(question, evidence)
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
    def fit(self, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
        """The evidence within the token budget."""
        return fit_budget(evidence, count_tokens=self._count_tokens, max_tokens=self._evidence_tokens)

    @override
    def close(self) -> None:
        """Close connections. Idempotent."""
        self._transport.close()
