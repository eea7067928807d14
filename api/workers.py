"""Several processes that serve one address: `python -m api --workers N`."""

import os
import socket
import sys
from functools import partial
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from typing_extensions import override
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from api.allocator import limit_malloc
from api.app import configure_logging, create_app, load
from api.http.connection_limits import LimitedProtocol
from api.metrics import SHARED_FOLDER_VARIABLE
from api.open_files import connections_within, raise_file_limit
from dalil.bootstrap import load_program_settings
from dalil.errors import DalilError

START_SECONDS = 300
"""The longest time until a process answers; the first start unpacks and compiles the model."""

HEALTHCHECK_SECONDS = 60
"""A process that does not respond for so long is replaced. One that imports its libraries does not respond."""


def serve(config: uvicorn.Config, listener: socket.socket, backlog: int, greeting: str) -> int:
    """Serve in `config.workers` processes until interrupted, then return 0; 1 if a process cannot start.

    The greeting is printed once all of them answer.
    """
    with TemporaryDirectory(prefix="dalil-metrics-") as folder:
        os.environ[SHARED_FOLDER_VARIABLE] = folder
        workers = _Workers(config, listener, backlog, greeting)
        workers.run()
    return int(any(process.exitcode == STARTUP_FAILURE for process in workers.processes))


def worker_app(host: str) -> FastAPI:
    """The service of one process, which ends with the reason if the engine cannot be built."""
    limit_malloc()
    settings = load_program_settings()
    configure_logging(settings.log_level, settings.log_format)
    LimitedProtocol.max_connections = connections_within(raise_file_limit(), settings.api.max_connections)
    try:
        engine = load(settings)
    except (DalilError, OSError) as error:
        sys.stderr.write(f"cannot start: {error}\n")
        sys.exit(STARTUP_FAILURE)
    return create_app(settings.api, lambda: engine, indexing=settings.indexing, host=host)


def config_of(workers: int, host: str, backlog: int, graceful_seconds: int) -> uvicorn.Config:
    """The server's configuration, which each process receives."""
    return uvicorn.Config(
        partial(worker_app, host),
        factory=True,
        workers=workers,
        http=LimitedProtocol,
        log_config=None,
        access_log=False,
        backlog=backlog,
        timeout_graceful_shutdown=graceful_seconds,
        timeout_worker_healthcheck=HEALTHCHECK_SECONDS,
    )


class _Workers(Multiprocess):
    """Starts the processes, and replaces those that end."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, backlog: int, greeting: str) -> None:
        super().__init__(config, [listener])
        self._backlog = backlog
        self._greeting = greeting

    @override
    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(START_SECONDS) for process in self.processes):
            self.sockets[0].listen(self._backlog)
            sys.stdout.write(self._greeting)
            sys.stdout.flush()
