"""The connection to an OpenAI-compatible endpoint: requests for a text, and for a yes or a no.

A text's request is retried until a piece comes, and watched until it ends. An endpoint that fails again and again is
not asked for a while.

A question goes to `base_url` alone: no redirect is followed, and no proxy or header is taken from the environment.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from math import ceil, exp
from typing import TypeAlias

import httpx2
import openai
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from typing_extensions import override

from dalil.answering.llm.circuit_breaker import CircuitBreaker
from dalil.answering.llm.prompt import Prompt
from dalil.errors import GeneratorUnavailable
from dalil.text.lexicon import read_words
from dalil.text.normalisation import normalise

MAX_ANSWER_CHARACTERS = 20_000
"""A longer answer is cut off, in case the endpoint ignores `max_tokens`."""

MAX_ANSWER_TIMEOUTS = 6
"""A whole answer may take this many times `timeout_seconds`, however often a piece comes."""

FIRST_PAUSE_SECONDS = 0.5
"""The pause before the second attempt. Each further pause is twice as long, unless the endpoint names one."""

MAX_YES_OR_NO_SECONDS = 15.0
"""The longest wait for a yes or a no. A model on two cores reads 200 tokens in 3 s, once its answer is written."""

TOP_LOGPROBS = 5
"""The alternatives of a token that are asked for; some endpoints give no more."""

# Anything else the client adds describes this machine, or comes from variables meant for another service
# (OPENAI_ORG_ID, OPENAI_PROJECT_ID, OPENAI_CUSTOM_HEADERS).
_SENT_HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "user-agent"}
)

_YES, _NO = read_words("yes_words"), read_words("no_words")

_RETRYABLE_CLIENT_ERRORS = frozenset({408, 409, 429})
"""Timeout, conflict and rate limit: the statuses below 500 that may pass."""

# The client lets errors of its transport pass as they are, and those of reading a malformed event.
_FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
)

_Pieces: TypeAlias = Generator[str, None, None]


class ChatTransport:
    """Sends a prompt and streams what the model writes.

    Each piece may take `timeout_seconds`, and the whole answer `MAX_ANSWER_TIMEOUTS` times as long. A request is
    retried `retries` times, only before its first piece and only when its failure may pass soon. A pause between
    attempts is never longer than `timeout_seconds`. After outages in a row, a `CircuitBreaker` refuses requests at
    once.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        api_key: str | None,
        timeout_seconds: float,
        retries: int,
        max_tokens: int,
    ) -> None:
        self._model = model
        self._max_tokens = max_tokens
        self._timeout_seconds = timeout_seconds
        self._retries = retries
        self._has_probabilities = True
        self._breaker = CircuitBreaker()
        # The client demands a key, also for an endpoint that needs none.
        key = api_key or "none"
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=key,
            # The explicit header wins over OPENAI_CUSTOM_HEADERS.
            default_headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_seconds,
            # The client's own retries end with the headers, and pause for minutes if the endpoint asks for it.
            max_retries=0,
            http_client=openai.DefaultHttpx2Client(
                follow_redirects=False,
                trust_env=False,
                event_hooks={"request": [_drop_headers], "response": [self._watch]},
            ),
        )

    def stream(self, prompt: Prompt) -> _Pieces:
        """The pieces of the answer, at least one. Raises `GeneratorUnavailable`, also after some pieces."""
        if seconds := self._breaker.seconds_until_call():
            raise GeneratorUnavailable(
                f"the language model {self._model!r} failed again and again, and is next asked in {ceil(seconds)} s"
            )
        attempts = Retrying(
            retry=retry_if_exception(is_retryable),
            stop=stop_after_attempt(self._retries + 1),
            wait=self._pause_seconds,
            reraise=True,
        )
        failed = False
        try:
            first, rest = attempts(self._open, prompt)
            with closing(rest):
                yield first
                yield from rest
        except _FAILURES as error:
            failed = is_outage(error)
            raise GeneratorUnavailable(f"the language model {self._model!r} failed: {describe_error(error)}") from error
        finally:
            self._breaker.record(failed=failed)

    def yes_probability(self, prompt: Prompt) -> float:
        """The probability, in [0, 1], that the model answers yes and not no; 0 or 1 if the endpoint has only words.

        Asked once, and again without probabilities where the endpoint refuses them. Raises `GeneratorUnavailable`, also
        if the answer is neither.
        """
        try:
            probability = self._ask_yes_or_no(prompt)
        except _FAILURES as error:
            raise GeneratorUnavailable(f"the language model {self._model!r} failed: {describe_error(error)}") from error
        if probability is None:
            raise GeneratorUnavailable(f"the language model {self._model!r} said neither yes nor no")
        return probability

    def close(self) -> None:
        """Close connections. Idempotent."""
        self._client.close()

    def _ask_yes_or_no(self, prompt: Prompt) -> float | None:
        try:
            return self._request_token(prompt, probabilities=self._has_probabilities)
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            if not self._has_probabilities:
                raise
            self._has_probabilities = False
            return self._request_token(prompt, probabilities=False)

    def _request_token(self, prompt: Prompt, *, probabilities: bool) -> float | None:
        completion = self._client.chat.completions.create(
            model=self._model,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            temperature=0,
            max_tokens=1,
            logprobs=True if probabilities else openai.omit,
            top_logprobs=TOP_LOGPROBS if probabilities else openai.omit,
            timeout=min(self._timeout_seconds, MAX_YES_OR_NO_SECONDS),
        )
        choice = completion.choices[0]
        tokens = (choice.logprobs.content or []) if choice.logprobs else []
        measured = [(own.token, exp(min(0.0, own.logprob))) for own in tokens[0].top_logprobs] if tokens else []
        share = share_of_yes(measured)
        # An endpoint without alternatives has only the word.
        return share_of_yes([(choice.message.content or "", 1.0)]) if share is None else share

    def _open(self, prompt: Prompt) -> tuple[str, _Pieces]:
        """The first piece and the rest: once a piece has come, a request must not be sent again."""
        pieces = self._request(prompt)
        return next(pieces), pieces

    def _request(self, prompt: Prompt) -> _Pieces:
        characters, reasons = 0, False
        with self._client.chat.completions.create(
            model=self._model,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            stream=True,
            temperature=0,
            max_tokens=self._max_tokens,
        ) as stream:
            watchdog = stream.response.stream
            for chunk in stream:
                if not chunk.choices:
                    continue
                delta = chunk.choices[0].delta
                piece: object = delta.content  # Typed as text, but an endpoint may send anything.
                is_reasoning = bool(getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None))
                reasons = reasons or is_reasoning
                if isinstance(piece, str) and piece:
                    characters += len(piece)
                    yield piece
                    if characters > MAX_ANSWER_CHARACTERS:
                        return
                # Reset after the yield, so that the time the reader takes does not count. Reasoning is progress too.
                if (piece or is_reasoning) and isinstance(watchdog, StreamWatchdog):
                    watchdog.reset()
        if not characters:
            problem = "did not finish thinking" if reasons else "wrote nothing"
            raise GeneratorUnavailable(f"the language model {self._model!r} {problem}")

    def _pause_seconds(self, state: RetryCallState) -> float:
        """The endpoint's Retry-After in seconds, else twice the pause before; at most the timeout."""
        error = state.outcome.exception() if state.outcome else None
        named = error.response.headers.get("retry-after", "") if isinstance(error, openai.APIStatusError) else ""
        pause = float(named) if named.isdecimal() else FIRST_PAUSE_SECONDS * 2.0 ** (state.attempt_number - 1)
        return min(pause, self._timeout_seconds)

    def _watch(self, response: httpx2.Response) -> None:
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = StreamWatchdog(response.stream, self._timeout_seconds)


class StreamWatchdog(httpx2.SyncByteStream):
    """The bytes of a stream. Raises `ReadTimeout` when they bring no progress, or do not end.

    The client's timeout restarts with every byte. An endpoint that sends comments, or a letter now and then, would
    never trip it. Only the time between asking for bytes and receiving them counts towards the whole answer.
    """

    def __init__(self, stream: httpx2.SyncByteStream, timeout_seconds: float) -> None:
        self._stream = stream
        self._timeout_seconds = timeout_seconds
        self._waited_seconds = 0.0
        self.reset()

    def reset(self) -> None:
        """Note progress: the next piece has the full timeout again."""
        self._last_progress = time.monotonic()

    @override
    def __iter__(self) -> Iterator[bytes]:
        asked = time.monotonic()
        for received in self._stream:
            now = time.monotonic()
            self._waited_seconds += now - asked
            if now - self._last_progress > self._timeout_seconds:
                raise httpx2.ReadTimeout("the stream brings no progress")
            if self._waited_seconds > MAX_ANSWER_TIMEOUTS * self._timeout_seconds:
                raise httpx2.ReadTimeout("the answer does not end")
            yield received
            asked = time.monotonic()

    @override
    def close(self) -> None:
        self._stream.close()


def share_of_yes(tokens: Sequence[tuple[str, float]]) -> float | None:
    """The probability of the tokens that say yes, as a share of those that say yes or no; None without any.

    >>> share_of_yes([("Yes", 0.375), (" no", 0.125), ("The", 0.5)])
    0.75
    """
    words = [(normalise(token).strip(" .!،,*\"'\n"), probability) for token, probability in tokens]
    yes = sum(probability for word, probability in words if word in _YES)
    no = sum(probability for word, probability in words if word in _NO)
    return yes / (yes + no) if yes + no > 0 else None


def is_outage(error: BaseException) -> bool:
    """Whether the endpoint is at fault, and not the request: another request would fail too."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code >= 500 or error.status_code in _RETRYABLE_CLIENT_ERRORS
    return isinstance(error, openai.APIConnectionError | httpx2.TransportError)


def is_retryable(error: BaseException) -> bool:
    """Whether the same request may soon succeed. After a timeout the reader has waited long enough."""
    return is_outage(error) and not isinstance(error, openai.APITimeoutError | httpx2.TimeoutException)


def describe_error(error: Exception) -> str:
    """A failure in words for the reader's note, without anything the endpoint sent."""
    if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, openai.APIConnectionError | httpx2.TransportError):
        return "it cannot be reached, or it broke off"
    if isinstance(error, openai.APIStatusError):
        return f"it answered with status {error.status_code}"
    return type(error).__name__


def _drop_headers(request: httpx2.Request) -> None:
    for name in request.headers.keys() - _SENT_HEADERS:
        del request.headers[name]
