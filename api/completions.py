"""An answer as a chat completion, whole or in chunks as it is made."""

import hashlib
import re
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Literal

from api.display_title import title_of
from api.markdown import marked
from api.openai_shapes import (
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
from api.refusals import REFUSALS
from api.schemas import AnswerResponse
from dalil import __version__
from dalil.answering.answerer import CitedSentence, Searched
from dalil.citation_urls import citation_url
from dalil.domain import Answer, AnswerSentence, Citation
from dalil.engine import Engine
from dalil.stores.base import PassageStore

_WORD = re.compile(r"\s*\S+")


class Completion:
    """The answer to one conversation, made once: by `whole` or by `chunks`, which raise what `Answerer.answer` does."""

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
        """The completion once all of it is made."""
        *earlier, question = self._chat.questions
        answer = self._engine.answerer.answer(question, earlier=earlier)
        self._message.cite(answer.citations)
        for sentence in answer.sentences:
            self._message.add(sentence, answer.language)
        if not answer.sentences:
            self._message.refuse(answer.language)
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
        """The role, each sentence word by word once it is proved, the annotations, the end, and usage if asked for.

        All annotations come in one chunk, as OpenAI's own service sends them: its client's helper for streams cannot
        put together a list that comes in several. `close` ends the work behind it.
        """
        *earlier, question = self._chat.questions
        with closing(self._engine.answerer.stream(question, earlier=earlier)) as made:
            language = next(event.language for event in made if isinstance(event, Searched))
            written = (event for event in made if not isinstance(event, Searched))
            first = next(written)
            yield self._chunk(Delta(role="assistant", content=""))
            for event in chain([first], written):
                if isinstance(event, CitedSentence):
                    self._message.cite(event.citations)
                    yield from self._words(self._message.add(event.sentence, language))
                    continue
                if event.sentences:
                    yield self._chunk(Delta(annotations=self._message.annotations))
                else:
                    yield from self._words(self._message.refuse(event.language))
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
    """An answer as Markdown with markers, as far as it is written, and what each marker leads to.

    The content of an answer shows its `text`, and which sentences their quotes do not carry all of; of a refusal it is
    one sentence that says so.
    """

    def __init__(self, store: PassageStore, base_url: str) -> None:
        self.content = ""
        self.annotations: list[Annotation] = []
        self._store = store
        self._base_url = base_url
        # Titles and urls, by number.
        self._cited: dict[int, tuple[str, str]] = {}

    def cite(self, citations: Iterable[Citation]) -> None:
        """Take up citations, which sentences may then point at."""
        for citation in citations:
            url = citation_url(self._base_url, citation.article.id, citation.start, citation.end)
            title = title_of(citation.article, self._store) or citation.article.id
            self._cited[citation.number] = (title, url)

    def add(self, sentence: AnswerSentence, language: str) -> str:
        """Write one more sentence of an answer in this language; gives what that adds to the content."""
        added = f" {marked(sentence, language)}" if self.content else marked(sentence, language)
        self.content += added
        markers = [(number, len(f"[{number}]")) for number in sentence.citations]
        start = len(self.content) - sum(length for _, length in markers)
        for number, length in markers:
            title, url = self._cited[number]
            place = URLCitation(start_index=start, end_index=start + length, title=title, url=url)
            self.annotations.append(Annotation(type="url_citation", url_citation=place))
            start += length
        return added

    def refuse(self, language: str) -> str:
        """Say that there is no answer; gives what that adds to the content."""
        self.content = REFUSALS[language]
        return self.content


def _fingerprint(engine: Engine) -> str:
    """Names what an answer depends on, the articles and a language model's own settings aside."""
    answerer = engine.answerer
    kept = f"{answerer.threshold} {answerer.keep_unsupported} {engine.retriever.candidates}"
    made_by = f"{__version__} {engine.fingerprint} {answerer.generator.name} {kept}"
    return f"fp_{hashlib.sha256(made_by.encode()).hexdigest()[:12]}"
