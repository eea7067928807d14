"""Serve the API: `python -m api [--host HOST] [--port PORT] [--workers N]`."""

import argparse
import contextlib
import socket
import sys
from collections.abc import Sequence

from dalil.errors import DalilError, Misconfigured, describe_unexpected
from dalil.extras import require_extra

try:
    with require_extra("server"):
        import uvicorn

        from api import workers
        from api.allocator import limit_malloc
        from api.app import configure_logging, create_app, load
        from api.examples import ENGLISH
        from api.http.connection_limits import LimitedProtocol
        from api.open_files import connections_within, raise_file_limit
        from dalil.bootstrap import load_program_settings
        from dalil.settings import Settings
except Misconfigured as error:
    sys.exit(f"cannot start: {error}")

SECONDS_TO_END_REQUESTS = 5
"""How long a stopping server waits for requests, such as an import, before it ends them."""

ACCEPTS_PER_TURN = 32
"""Connections that the event loop accepts before it does anything else.

A connection beyond the limit is closed some turns later: until then it needs one of `open_files.RESERVED_FILES`.
"""

LISTEN_BACKLOG = 2_048
"""Connections that the kernel holds until they are accepted."""

MAX_WORKERS = 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted, then return 0.

    Exits with 2 if the address is unusable, and with 1 if a setting or the model is.
    """
    parser = argparse.ArgumentParser(prog="python -m api", description="Serve the Dalil API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="0 takes a free one (default: %(default)s)")
    parser.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="processes that serve the address, each with the model in its memory; limits of rates, queues and"
        " connections hold for each (default: %(default)s)",
    )
    chosen = parser.parse_args(arguments)
    limit_malloc()
    try:
        listener = _bind(chosen.host, chosen.port)
    except OSError as error:
        parser.exit(
            2,
            f"cannot listen on {chosen.host} port {chosen.port}: {error}\n"
            "stop what uses the port, or choose another, such as: python -m api --port 8001\n",
        )
    with listener:
        settings: Settings | None = None
        try:
            settings = load_program_settings()
            configure_logging(settings.log_level, settings.log_format)
            if chosen.workers > 1:
                address = listener.getsockname()[:2]
                config = workers.config_of(chosen.workers, address[0], ACCEPTS_PER_TURN, SECONDS_TO_END_REQUESTS)
                return workers.serve(config, listener, LISTEN_BACKLOG, greeting(*address))
            engine = load(settings)
            host = listener.getsockname()[0]
            app = create_app(settings.api, lambda: engine, indexing=settings.indexing, host=host)
        except (DalilError, OSError) as error:
            parser.exit(1, f"cannot start: {error}\n")
        except Exception as error:
            if settings is not None and settings.log_level == "debug":
                raise
            parser.exit(1, f"cannot start: {describe_unexpected(error)}\n")
        config = uvicorn.Config(
            app,
            http=_protocol(settings.api.max_connections),
            log_config=None,
            access_log=False,
            backlog=ACCEPTS_PER_TURN,
            timeout_graceful_shutdown=SECONDS_TO_END_REQUESTS,
        )
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config).run(sockets=[listener])
        return 0


class _Server(uvicorn.Server):
    """Prints its address as soon as it answers. The kernel's queue is longer than what is accepted in one turn."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            for listener in sockets:
                listener.listen(LISTEN_BACKLOG)
            sys.stdout.write(greeting(*sockets[0].getsockname()[:2]))
            sys.stdout.flush()


def _protocol(max_connections: int) -> type[LimitedProtocol]:
    class Protocol(LimitedProtocol):
        """The protocol with the limits of this process."""

    Protocol.max_connections = connections_within(raise_file_limit(), max_connections)
    return Protocol


def greeting(host: str, port: int) -> str:
    """The server's address and a first request; a wildcard address is shown as this machine's."""
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    host = wildcards.get(host, host)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    body = f'{{"question": "{ENGLISH}"}}'
    return (
        f"Dalil answers on {url} (documentation: {url}/docs). Try:\n"
        f"  curl {url}/v1/answer -H 'Content-Type: application/json' -d '{body}'\n"
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{port} is not from 0 to 65535")
    return port


def _workers(text: str) -> int:
    workers = int(text)
    if not 1 <= workers <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"{workers} is not from 1 to {MAX_WORKERS}")
    return workers


def _bind(host: str, port: int) -> socket.socket:
    """A socket on the address; it is bound before the model is loaded, so that a busy port fails at once."""
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it each response takes 40 ms.
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


if __name__ == "__main__":
    sys.exit(main())
