"""Limits on connections, below any route: how many there are, and how long a request or a response may take to cross.

uvicorn waits for a request without end. A client that opens a thousand connections and sends half a request on each
(slowloris) would use up the files that the process may open.
"""

import asyncio
from itertools import islice
from typing import ClassVar, Literal, TypeAlias

import h11
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""The longest time for the head of a request, and for the first of a connection."""

BODY_SECONDS = 20.0
"""The longest time for the body of a request, and a second more for every `BODY_BYTES_PER_SECOND`.

Both are the defaults of Apache's mod_reqtimeout.
"""

BODY_BYTES_PER_SECOND = 500

SEND_SECONDS = 60.0
"""The longest time in which a client takes nothing of a response; nginx's default of `send_timeout`."""

CHECK_SECONDS = 1.0
"""The time between two checks of a connection."""

MAX_EXAMINED = 100
"""Connections that are examined to find an idle one; those that were closed in the same turn are among them."""

_Phase: TypeAlias = Literal["head", "body", "send", "work"]


class LimitedProtocol(H11Protocol):
    """An HTTP/1.1 connection that is closed when its client takes too long.

    At `max_connections` an idle connection is closed for a new one, and if there is none, the new one is.
    """

    max_connections: ClassVar[int] = 1_000

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._received = self._resumed = 0
        self._note_phase()
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check)
        if len(self.connections) > self.max_connections:
            self._make_room()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)

    @override
    def resume_writing(self) -> None:
        self._resumed += 1
        super().resume_writing()

    @property
    def is_idle(self) -> bool:
        """Whether it has waited for a request for a whole interval between checks."""
        is_waiting = self._phase == "head" and not self.transport.is_closing()
        return is_waiting and self.loop.time() - self._since >= CHECK_SECONDS

    def _check(self) -> None:
        if (self._current_phase(), self.cycle, self._resumed) != (self._phase, self._cycle, self._resumed_before):
            self._note_phase()
        elif self.loop.time() - self._since > self._allowed_seconds():
            # What is buffered for a client that does not read would keep a connection that is only closed.
            self.transport.abort()
            return
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check)

    def _note_phase(self) -> None:
        """Begin to measure the phase that the connection is in, of the request that it is at."""
        self._phase, self._cycle, self._resumed_before = self._current_phase(), self.cycle, self._resumed
        self._since, self._received = self.loop.time(), 0

    def _current_phase(self) -> _Phase:
        if self.flow.write_paused or (self.transport.is_closing() and self.transport.get_write_buffer_size()):
            return "send"
        if self.conn.their_state is h11.IDLE:
            return "head"
        # While reading is paused, the server has not yet used what the client sent.
        return "body" if self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused else "work"

    def _allowed_seconds(self) -> float:
        match self._phase:
            case "head":
                return HEAD_SECONDS
            case "body":
                return BODY_SECONDS + self._received / BODY_BYTES_PER_SECOND
            case "send":
                return SEND_SECONDS
            case "work":
                return float("inf")

    def _make_room(self) -> None:
        examined = islice(self.connections, MAX_EXAMINED)
        idle = next((other for other in examined if isinstance(other, LimitedProtocol) and other.is_idle), self)
        idle.transport.abort()
