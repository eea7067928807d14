"""The JSON of OpenAI's chat completions and models, as far as this service uses it.

Unknown parameters are ignored: clients send many, and new ones each year. Known parameters without an effect are
checked for their types and ranges, so that a mistake shows, but take the values that clients send: -1 for "no limit",
1.0 for 1, "0.5" for 0.5.

Only the last message of the user is the question, and its content is checked. A chat client sends the history as it is,
with images and with a model's reasoning, and cannot change it.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from dalil.wire.answers import AnswerResponse

MODEL = "dalil"
"""The only model."""

ChatRole = Literal["system", "developer", "user", "assistant", "tool", "function"]


def _join_parts(content: object) -> object:
    """The texts of a list of parts, one a line; any other value unchanged. Raises `ValueError` for another part."""
    if not isinstance(content, list):
        return content
    texts = []
    for number, part in enumerate(content, start=1):
        text = _text_of_part(part)
        if text is None:
            kind = part.get("type") if isinstance(part, dict) else None
            found = f"of the type {kind!r}" if isinstance(kind, str) else "no part"
            raise ValueError(
                f'part {number} of the question is {found}; only text is read: {{"type": "text", "text": "…"}}'
            )
        texts.append(text)
    return "\n".join(texts)


def _text_of_part(part: object) -> str | None:
    """The text of a part that is text, None for any other value."""
    match part:
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return text
        case {"type": "refusal", "refusal": str(text)}:
            return text
    return None


def _reduce_history(messages: object) -> object:
    """The messages with the text alone as the content of each but the user's last, "" where there is none."""
    if not isinstance(messages, list):
        return messages
    of_user = [place for place, message in enumerate(messages) if _is_of_user(message)]
    question = of_user[-1] if of_user else None
    return [
        {**message, "content": _text_of(message.get("content"))}
        if isinstance(message, dict) and place != question
        else message
        for place, message in enumerate(messages)
    ]


def _is_of_user(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") == "user"


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    texts = map(_text_of_part, content) if isinstance(content, list) else ()
    return "\n".join(text for text in texts if text is not None)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _read_number(value: object) -> object:
    """A number in a string as a number; any other value unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _read_integer(value: object) -> object:
    """A whole number of any form as an integer; any other value unchanged."""
    number = _read_number(value)
    return int(number) if isinstance(number, float) and number.is_integer() else number


_PARTS = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"type": {"type": "string", "examples": ["text"]}, "text": {"type": "string"}},
                    "required": ["type"],
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
        Field(
            description="text, or parts. The last message of the user has text alone. Of any other message the parts "
            "of text are read; a missing or null content, an image, a file, reasoning and other parts change nothing.",
            examples=["ماذا حدث بدرنة؟"],
        ),
    ] = None

    @model_validator(mode="after")
    def _require_content(self) -> Self:
        if self.content is None:
            raise ValueError(f"the last message of the role {self.role!r} is the question, and needs content")
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
READ_NUMBER, READ_INTEGER = BeforeValidator(_read_number), BeforeValidator(_read_integer)
Tokens = Annotated[int | None, READ_INTEGER, Field(description=f"{NO_EFFECT}: an answer never ends within a quote")]
Penalty = Annotated[Annotated[float, Field(ge=-2, le=2)] | None, READ_NUMBER, Field(description=NO_EFFECT)]


class ChatRequest(_Request):
    """A conversation; the last message of the user is the question, and may refer to the earlier ones."""

    model: str = Field(examples=[MODEL])
    messages: Annotated[
        list[ChatMessage], BeforeValidator(_reduce_history), Field(min_length=1), AfterValidator(_require_question)
    ]
    stream: bool | None = Field(None, description="send the answer as server-sent events while it is made")
    stream_options: StreamOptions | None = None
    n: Annotated[
        Annotated[int, Field(ge=1, le=1)] | None, READ_INTEGER, Field(description="there is always one answer")
    ] = None
    max_tokens: Tokens = None
    max_completion_tokens: Tokens = None
    temperature: Annotated[Annotated[float, Field(ge=0, le=2)] | None, READ_NUMBER, Field(description=NO_EFFECT)] = None
    top_p: Annotated[Annotated[float, Field(ge=0, le=1)] | None, READ_NUMBER, Field(description=NO_EFFECT)] = None
    presence_penalty: Penalty = None
    frequency_penalty: Penalty = None
    stop: Annotated[list[str] | None, BeforeValidator(_as_list), _STRING_OR_STRINGS, Field(description=NO_EFFECT)] = (
        None
    )
    seed: Annotated[int | None, READ_INTEGER, Field(description=NO_EFFECT)] = None
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
    """The answer in Markdown; without one, the closest quotes, or a sentence that there are none."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(
        description="the sentences, or with related evidence a list of quotes, each followed by its citation numbers"
        " in brackets"
    )
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
    """An answer in OpenAI's format; `dalil` has the rest of it: status, quotes, offsets, related quotes, confidence."""

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
