"""A chat completions endpoint on a real socket that answers by a script."""

import json
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, TypeAlias

from typing_extensions import override

_EVIDENCE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the endpoint. Header names are in lower case; `at` is its time on the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    model: str
    stream: bool
    temperature: float
    max_tokens: int
    logprobs: bool
    rules: str
    prompt: str
    at: float

    @property
    def evidence(self) -> dict[int, str]:
        """The evidence in the prompt by its number."""
        return {int(number): line for number, line in _EVIDENCE.findall(self.prompt)}

    def number_of(self, words: str) -> int:
        """The number of the first piece of evidence that contains the words."""
        return next(number for number, line in self.evidence.items() if words in line)


def quote_first(request: Request, quote: str, sentence: str = "") -> str:
    """The two lines of an answer's sentence: the quote with its number, and the sentence, by default the quote."""
    number = request.number_of(quote)
    return f"QUOTE: «{quote}» [{number}]\nANSWER: {(sentence or quote)[:-1]} [{number}]."


class HungUp(Exception):
    """The client has closed the connection."""


class Exchange:
    """A request, with methods that send parts of an answer."""

    def __init__(self, request: Request, handler: BaseHTTPRequestHandler, ended: threading.Event) -> None:
        self.request = request
        self._handler = handler
        self._ended = ended

    def begin(self, status: int = 200, **headers: str) -> None:
        """Send the status and the headers of a stream."""
        self._handler.send_response(status)
        fields = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        for name, value in {**fields, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def piece(self, content: object) -> None:
        """Send one piece of the model's text."""
        self.event(
            {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": content}}]}
        )

    def pieces(self, text: str, size: int = 5) -> None:
        """Send a text in pieces of a few characters."""
        for start in range(0, len(text), size):
            self.piece(text[start : start + size])

    def event(self, data: object) -> None:
        """Send one event."""
        self.line(f"data: {json.dumps(data)}\n\n")

    def line(self, text: str) -> None:
        """Send a text as one chunk of the stream, valid or not."""
        received = text.encode()
        self._send(f"{len(received):X}\r\n".encode() + received + b"\r\n")

    def reply(self, content: str, logprobs: Mapping[str, float] | None = None) -> None:
        """Send a whole answer of one token, with the logarithms of the probabilities of its alternatives."""
        choice: dict[str, object] = {"index": 0, "message": {"role": "assistant", "content": content}}
        if logprobs:
            alternatives = [{"token": token, "logprob": value} for token, value in logprobs.items()]
            token = {"token": content, "logprob": logprobs.get(content, -9.0), "top_logprobs": alternatives}
            choice["logprobs"] = {"content": [token]}
        self.begin(Content_Type="application/json")
        self.line(json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}))
        self._send(b"0\r\n\r\n")

    def end(self) -> None:
        """Send the events that complete an answer, and end the stream."""
        self.event({"id": "1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.line("data: [DONE]\n\n")
        self._send(b"0\r\n\r\n")

    def wait(self, seconds: float) -> None:
        """Send nothing for some time. Raises `HungUp` when the client closes the connection."""
        until = time.monotonic() + seconds
        connection: socket.socket = self._handler.connection
        while time.monotonic() < until and not self._ended.is_set():
            readable, _, _ = select.select([connection], [], [], min(0.02, seconds))
            if readable and not _is_there(connection):
                raise HungUp

    def close(self) -> None:
        """Close the connection without completing the answer."""
        self._handler.close_connection = True
        self._handler.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, content: bytes) -> None:
        try:
            self._handler.wfile.write(content)
            self._handler.wfile.flush()
        except OSError as error:
            raise HungUp from error


Script: TypeAlias = Callable[[Exchange], None]


def says(text: str | Callable[[Request], str], size: int = 5) -> Script:
    """A script that writes a text, or a function's result for the request, and completes the answer."""

    def script(exchange: Exchange) -> None:
        exchange.begin()
        exchange.pieces(text if isinstance(text, str) else text(exchange.request), size)
        exchange.end()

    return script


def replies(content: str, logprobs: Mapping[str, float] | None = None) -> Script:
    """A script that answers a request that is not streamed."""
    return lambda exchange: exchange.reply(content, logprobs)


def refuses(status: int, **headers: str) -> Script:
    """A script that answers with an error status."""

    def script(exchange: Exchange) -> None:
        exchange.begin(status, **headers)
        exchange.line('{"error": {"message": "no"}}')
        exchange._send(b"0\r\n\r\n")

    return script


class ScriptedEndpoint(ThreadingHTTPServer):
    """Answers the first request by the first script, the second by the second, and further ones by the last.

    `requests` holds the requests received. `hung_up` is set when a client closes a connection before its answer ends.
    """

    daemon_threads = True

    def __init__(self, *scripts: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts = scripts
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self.ended = threading.Event()
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """The value for `DALIL_GENERATOR__BASE_URL`."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def take(self, request: Request) -> Script:
        """Record the request, and return its script."""
        with self._lock:
            self.requests.append(request)
            return self.scripts[min(len(self.requests), len(self.scripts)) - 1]

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Print an error, unless a client only closed an idle connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @override
    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    @override
    def __exit__(self, *exception: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedEndpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rules, prompt = (message["content"] for message in body["messages"])
        request = Request(
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            body["model"],
            body.get("stream", False),
            body["temperature"],
            body["max_tokens"],
            body.get("logprobs", False),
            rules,
            prompt,
            time.monotonic(),
        )
        try:
            self.server.take(request)(Exchange(request, self, self.server.ended))
        except HungUp:
            self.close_connection = True
            self.server.hung_up.set()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def closed_port() -> Iterator[str]:
    """The base URL of an endpoint that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def _is_there(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except OSError:
        return False
