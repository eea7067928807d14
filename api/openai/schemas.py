"""The JSON of OpenAI's chat completions and models, as far as this service uses it.

Unknown parameters are ignored: clients send many, and new ones each year. Known parameters without an effect are
checked for their types, so that a mistake shows.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from dalil.wire.answers import AnswerResponse

MODEL = "dalil"
"""The only model."""

ChatRole = Literal["system", "developer", "user", "assistant", "tool", "function"]


def _join_parts(content: object) -> object:
    """The texts of a list of parts, one a line; any other value unchanged."""
    return "\n".join(map(_text_of_part, content)) if isinstance(content, list) else content


def _text_of_part(part: object) -> str:
    match part:
        case {"type": "text", "text": str(text)} | {"type": "refusal", "refusal": str(text)}:
            return text
    raise ValueError('a part is read only if it is text: {"type": "text", "text": "…"}')


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


_PARTS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                    "required": ["type", "text"],
                },
            },
            {"type": "null"},
        ]
    }
)
_STRING_OR_STRINGS = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
)


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChatMessage(_Request):
    """One message; the service reads the questions from the user's messages alone."""

    role: ChatRole
    content: Annotated[
        str | None,
        BeforeValidator(_join_parts),
        _PARTS,
        Field(description="text, or parts of text; null where an assistant called tools", examples=["ماذا حدث؟"]),
    ] = None

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.content is None and self.role != "assistant":
            raise ValueError(f"a message of the role {self.role!r} needs content")
        return self


def _require_question(messages: list[ChatMessage]) -> list[ChatMessage]:
    if not any(message.role == "user" for message in messages):
        raise ValueError("no message is of the role 'user': the last such one is the question")
    return messages


class StreamOptions(_Request):
    """Additions to a stream."""

    include_usage: bool | None = Field(None, description="end with a chunk that has `usage` and no choices")


class ResponseFormat(_Request):
    """Accepted, and without effect."""

    type: str


NO_EFFECT = "accepted, and without effect"
Tokens = Annotated[int | None, Field(ge=1, description=f"{NO_EFFECT}: an answer never ends within a quote")]
Penalty = Annotated[float | None, Field(ge=-2, le=2, description=NO_EFFECT)]


class ChatRequest(_Request):
    """A conversation; the last message of the user is the question, and may refer to the earlier ones."""

    model: str = Field(examples=[MODEL])
    messages: Annotated[list[ChatMessage], Field(min_length=1), AfterValidator(_require_question)]
    stream: bool | None = Field(None, description="send the answer as server-sent events while it is made")
    stream_options: StreamOptions | None = None
    n: Annotated[int | None, Field(ge=1, le=1, description="there is always one answer")] = None
    max_tokens: Tokens = None
    max_completion_tokens: Tokens = None
    temperature: Annotated[float | None, Field(ge=0, le=2, description=NO_EFFECT)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1, description=NO_EFFECT)] = None
    presence_penalty: Penalty = None
    frequency_penalty: Penalty = None
    stop: Annotated[list[str] | None, BeforeValidator(_as_list), _STRING_OR_STRINGS, Field(description=NO_EFFECT)] = (
        None
    )
    seed: int | None = Field(None, description=NO_EFFECT)
    user: str | None = Field(None, description=NO_EFFECT)
    logprobs: bool | None = Field(None, description=NO_EFFECT)
    tools: list[object] | None = Field(None, description=f"{NO_EFFECT}: no tool is ever called")
    response_format: ResponseFormat | None = None

    @property
    def questions(self) -> list[str]:
        """The user's messages in order, at least one; the last is the question."""
        return [message.content or "" for message in self.messages if message.role == "user"]


class URLCitation(_Response):
    """A citation marker in the message, and the page that it links to."""

    start_index: int = Field(description="offset of the marker, such as `[1]`, in Unicode code points of the content")
    end_index: int = Field(description="exclusive")
    title: str
    url: str = Field(description="a page that shows the article with the quote marked")


class Annotation(_Response):
    """The link of one citation marker; annotations have the order of the markers."""

    type: Literal["url_citation"]
    url_citation: URLCitation


class AssistantMessage(_Response):
    """The answer; a refusal to answer is a sentence in `content`, without annotations."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="the sentences, each followed by its citation numbers in brackets")
    refusal: None = None
    annotations: list[Annotation]


class Choice(_Response):
    """The only answer."""

    index: Literal[0] = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(_Response):
    """Numbers of tokens, as the embedding model counts them: of all messages, and of the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(_Response):
    """An answer in OpenAI's format; `dalil` holds the rest of it: quotes, offsets, confidence."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="seconds since 1970, UTC")
    model: str
    system_fingerprint: str = Field(description="changes when the index, the model or the version changes")
    choices: list[Choice]
    usage: Usage
    dalil: AnswerResponse


class Delta(_Response):
    """The additions of a chunk to the message; a field without an addition is absent."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(_Response):
    """The next piece of the answer."""

    index: int
    delta: Delta
    logprobs: None
    finish_reason: Literal["stop"] | None


class ChatCompletionChunk(_Response):
    """A piece of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    dalil: AnswerResponse | None = None

    def to_json(self) -> str:
        """The chunk without its unset fields."""
        return self.model_dump_json(exclude_unset=True)


class Model(_Response):
    """A model that a chat can name."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = Field(1_767_225_600, description="always the same")
    owned_by: str = "dalil"


class Models(_Response):
    """All models."""

    object: Literal["list"] = "list"
    data: list[Model]
