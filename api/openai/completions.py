"""An answer as a chat completion, whole or in chunks while it is made."""

import hashlib
import re
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Literal

from api.openai.schemas import (
    MODEL,
    Annotation,
    AssistantMessage,
    ChatCompletion,
    ChatCompletionChunk,
    ChatRequest,
    Choice,
    ChunkChoice,
    Delta,
    URLCitation,
    Usage,
)
from api.presentation.display_title import display_title
from api.presentation.markdown import to_markdown
from api.presentation.unanswered import unanswered_markdown
from dalil import __version__
from dalil.answering.answerer import SearchCompleted, SentenceReady
from dalil.citation_urls import citation_url
from dalil.domain import Answer, AnswerSentence, Citation
from dalil.engine import Engine
from dalil.stores.base import PassageStore
from dalil.wire.answers import AnswerResponse

_WORD = re.compile(r"\s*\S+")
_MARKER = re.compile(r"\[(\d+)\]")
"""Brackets of the articles are escaped, so that every match is a marker."""


class Completion:
    """The answer to one conversation. Call `whole` or `chunks` once; both raise what `Answerer.answer` raises."""

    def __init__(self, engine: Engine, chat: ChatRequest, base_url: str) -> None:
        self._engine = engine
        self._chat = chat
        self._base_url = base_url
        self._message = Message(engine.store, base_url)
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._fingerprint = _fingerprint(engine)
        self._created = int(time.time())
        self._started = time.perf_counter()

    def whole(self) -> ChatCompletion:
        """The whole completion."""
        *earlier, question = self._chat.questions
        answer = self._engine.answerer.answer(question, earlier=earlier)
        self._message.cite(answer.citations)
        for sentence in answer.sentences:
            self._message.add(sentence, answer.language)
        if not answer.sentences:
            self._message.add_unanswered(answer)
        message = AssistantMessage(content=self._message.content, annotations=self._message.annotations)
        return ChatCompletion(
            id=self._id,
            created=self._created,
            model=MODEL,
            system_fingerprint=self._fingerprint,
            choices=[Choice(message=message)],
            usage=self._usage(),
            dalil=self._details(answer),
        )

    def chunks(self) -> Generator[ChatCompletionChunk, None, None]:
        """The role, each sentence word by word once it is checked, the annotations, the end, and usage if requested.

        All annotations are in one chunk, as in OpenAI's own service: its client's helper for streams cannot join a
        list that comes in several. `close` ends the work on the answer.
        """
        *earlier, question = self._chat.questions
        with closing(self._engine.answerer.stream(question, earlier=earlier)) as stream:
            language, has_role = "", False
            for event in stream:
                if isinstance(event, SearchCompleted):
                    language = event.language
                    continue
                if not has_role:
                    yield self._chunk(Delta(role="assistant", content=""))
                    has_role = True
                if isinstance(event, SentenceReady):
                    self._message.cite(event.citations)
                    yield from self._words(self._message.add(event.sentence, language))
                    continue
                if not event.sentences:
                    yield from self._words(self._message.add_unanswered(event))
                if self._message.annotations:
                    yield self._chunk(Delta(annotations=self._message.annotations))
                yield self._chunk(Delta(), "stop").model_copy(update={"dalil": self._details(event)})
        if self._reports_usage:
            yield self._chunk(Delta()).model_copy(update={"choices": [], "usage": self._usage()})

    def _words(self, text: str) -> Iterator[ChatCompletionChunk]:
        for word in _WORD.findall(text):
            yield self._chunk(Delta(content=word))

    def _chunk(self, delta: Delta, finish_reason: Literal["stop"] | None = None) -> ChatCompletionChunk:
        chunk = ChatCompletionChunk(
            id=self._id,
            object="chat.completion.chunk",
            created=self._created,
            model=MODEL,
            system_fingerprint=self._fingerprint,
            choices=[ChunkChoice(index=0, delta=delta, logprobs=None, finish_reason=finish_reason)],
        )
        return chunk.model_copy(update={"usage": None}) if self._reports_usage else chunk

    @property
    def _reports_usage(self) -> bool:
        options = self._chat.stream_options
        return options is not None and options.include_usage is True

    def _usage(self) -> Usage:
        texts = [message.content or "" for message in self._chat.messages]
        *prompt, completion = self._engine.embedder.count_tokens([*texts, self._message.content])
        return Usage(prompt_tokens=sum(prompt), completion_tokens=completion, total_tokens=sum(prompt) + completion)

    def _details(self, answer: Answer) -> AnswerResponse:
        took_ms = round((time.perf_counter() - self._started) * 1000, 1)
        return AnswerResponse.from_domain(answer, took_ms=took_ms, base_url=self._base_url)


class Message:
    """The part of an answer that is written so far: Markdown with citation markers, and the link of each marker.

    The content of an answer has its sentences, with a warning after each one that is not fully supported, and not its
    related quotes. Without an answer, the content has the closest quotes, or reports that there are none.
    """

    def __init__(self, store: PassageStore, base_url: str) -> None:
        self.content = ""
        self.annotations: list[Annotation] = []
        self._store = store
        self._base_url = base_url
        # Titles and urls, by number.
        self._cited: dict[int, tuple[str, str]] = {}

    def cite(self, citations: Iterable[Citation]) -> None:
        """Add citations; later sentences may have their markers."""
        for citation in citations:
            url = citation_url(self._base_url, citation.article.id, citation.start, citation.end)
            title = display_title(citation.article, self._store) or citation.article.id
            self._cited[citation.number] = (title, url)

    def add(self, sentence: AnswerSentence, language: str) -> str:
        """Append a sentence of an answer in this language; returns the addition to the content."""
        markdown = to_markdown(sentence, language)
        return self._append(f" {markdown}" if self.content else markdown)

    def add_unanswered(self, answer: Answer) -> str:
        """Append the message for an answer without sentences; returns the addition to the content."""
        self.cite(answer.related)
        return self._append(unanswered_markdown(answer))

    def _append(self, markdown: str) -> str:
        start = len(self.content)
        self.content += markdown
        for marker in _MARKER.finditer(self.content, start):
            title, url = self._cited[int(marker[1])]
            place = URLCitation(start_index=marker.start(), end_index=marker.end(), title=title, url=url)
            self.annotations.append(Annotation(type="url_citation", url_citation=place))
        return markdown


def _fingerprint(engine: Engine) -> str:
    """A hash of what an answer depends on, except the articles and a language model's own settings."""
    answerer = engine.answerer
    settings = f"{answerer.threshold} {answerer.keep_unsupported} {engine.retriever.candidates}"
    made_by = f"{__version__} {engine.fingerprint} {answerer.generator.name} {settings}"
    return f"fp_{hashlib.sha256(made_by.encode()).hexdigest()[:12]}"
