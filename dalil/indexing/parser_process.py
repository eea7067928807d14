"""Markup parsed in child processes, so that a hostile page costs a few seconds of one process and nothing else.

lxml holds Python's lock while it works: one page of half a megabyte kept a server from answering anybody for 25 s. A
child has limits of CPU time and memory, which the system enforces, and none of the parent's secrets in its environment.
It is started by the first page, serves many, and ends when there are none for a minute.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

from dalil.indexing.markup import Fields
from dalil.indexing.parser_worker import Request, Response
from dalil.indexing.unreadable import Unreadable

CPU_SECONDS = 10
"""Of one text. A page of a newspaper takes a twentieth of a second."""

MEMORY_BYTES = 1_000_000_000
"""Of one process; Python and the libraries take 200 MB of address space before the first page."""

WALL_SECONDS = 300.0
"""The longest wait for a response, also on a machine that has no time for the child."""

RESPONSE_BYTES = 100_000_000
"""The longest response, of which each character takes up to twelve bytes."""

CHILDREN = 2
"""How many texts are parsed at once; further ones wait."""

_WORKER = "dalil.indexing.parser_worker"
_INHERITED = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")


class ParserPool:
    """Parses texts in up to `children` processes, which are started when they are needed. Threads may share it."""

    def __init__(self, children: int = CHILDREN) -> None:
        self._slots = threading.BoundedSemaphore(children)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []

    def parse(self, language: str, text: str) -> Fields:
        """The fields of a text in a language of `READERS`.

        Raises `Unreadable` with what the reader objects to, or with the limit that the text exceeds.
        """
        request = Request(language=language, text=text, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
        line = json.dumps(request.model_dump()).encode() + b"\n"
        with self._slots:
            response = self._respond(line)
        if response.problem is not None:
            raise Unreadable(response.problem)
        return response.fields

    def close(self) -> None:
        """End the children that have nothing to do. Idempotent; the pool can still be used."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def forget(self) -> None:
        """Leave the children to the process that this one was forked from."""
        self._idle = []
        self._lock = threading.Lock()

    def _respond(self, line: bytes) -> Response:
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            child = child or _Child()
            answer = child.ask(line)
            if answer.endswith(b"\n"):
                with self._lock:
                    self._idle.append(child)
                return Response.model_validate(json.loads(answer))
            status = child.end()
            # The child was ending, because it had been idle, when the request came.
            if sys.platform != "win32" and status == -signal.SIGALRM:
                continue
            return Response(problem=_reason(status, is_late=child.is_late))


class _Child:
    """A running worker."""

    def __init__(self) -> None:
        self.is_late = False
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The program's own search path, however it came about.
            env={**inherited, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            # Ctrl-C reaches the program alone.
            start_new_session=True,
        )

    def ask(self, line: bytes) -> bytes:
        """The response; it does not end with a line end if the process ended or has to be ended."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        deadline = threading.Timer(WALL_SECONDS, self._give_up)
        deadline.daemon = True
        deadline.start()
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
            return self._process.stdout.readline(RESPONSE_BYTES)
        except OSError:
            return b""
        finally:
            deadline.cancel()

    def end(self) -> int:
        """End the process and return its exit status, which is negative if a signal ended it before."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # Closing flushes, and the process that would read may be gone.
                    pipe.close()
        try:
            return self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _give_up(self) -> None:
        self.is_late = True
        self._process.kill()


def _reason(status: int, *, is_late: bool) -> str:
    if is_late:
        return f"parsing it takes more than {WALL_SECONDS:,.0f} seconds"
    if sys.platform != "win32" and status == -signal.SIGXCPU:
        return f"parsing it takes more than {CPU_SECONDS} seconds of CPU time"
    return f"its parser ended with status {status}"


parser_pool = ParserPool()
"""The pool of this process. It has no child before the first text."""

atexit.register(parser_pool.close)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=parser_pool.forget)
