"""The child process of `dalil.indexing.parser_process`: `python -m dalil.indexing.parser_worker`.

It reads one request a line from standard input and writes one response a line to standard output, both as JSON. The
system ends it when a request takes more CPU time than allowed, and when no request comes for a while.
"""

import json
import os
import signal
import sys
import time
from typing import IO

from pydantic import BaseModel

from dalil.indexing.markup import READERS, Fields
from dalil.indexing.unreadable import Unreadable

if sys.platform != "win32":
    import resource

IDLE_SECONDS = 60
"""A worker without a request for so long ends: it holds 100 MB."""


class Request(BaseModel):
    """A text and its limits. `language` is a key of `READERS`."""

    language: str
    text: str
    cpu_seconds: int
    memory_bytes: int


class Response(BaseModel):
    """The fields that were read, or the reason why they cannot be."""

    fields: Fields = None
    problem: str | None = None


def serve(requests: IO[bytes], responses: IO[bytes]) -> None:
    """Respond to each request until there are no more."""
    while line := _next_line(requests):
        request = Request.model_validate_json(line)
        try:
            _limit(request.cpu_seconds, request.memory_bytes)
            response = Response(fields=READERS[request.language](request.text))
        except Unreadable as unreadable:
            response = Response(problem=unreadable.reason)
        except MemoryError:
            response = Response(
                problem=f"parsing it takes more than {request.memory_bytes // 1_000_000:,} MB of memory"
            )
        # A hostile page may raise anything in the libraries, and only this page is lost.
        except Exception as error:  # noqa: BLE001
            response = Response(problem=f"it cannot be parsed: {type(error).__name__}: {' '.join(str(error).split())}")
        # JSON in ASCII has no line end and takes lone surrogates, which pydantic's own does not.
        responses.write(json.dumps(response.model_dump()).encode() + b"\n")
        responses.flush()


def _next_line(requests: IO[bytes]) -> bytes:
    if sys.platform == "win32":
        return requests.readline()
    signal.alarm(IDLE_SECONDS)
    line = requests.readline()
    signal.alarm(0)
    return line


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    """Let the system end this process after more CPU time, and refuse it more memory."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + cpu_seconds, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Elsewhere the limit has no effect, or cannot be set.
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, resource.RLIM_INFINITY))


def main() -> None:
    """Serve the parent process. Its pipe is kept apart from standard output, which a library could print to."""
    responses = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    serve(sys.stdin.buffer, responses)


if __name__ == "__main__":
    main()
