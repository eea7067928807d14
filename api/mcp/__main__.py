"""Serve one MCP client over standard input and output: `python -m api.mcp`."""

import argparse
import signal
import sys
from collections.abc import Sequence

from api.app import configure_logging, load
from api.http.worker_pool import WorkerPools
from api.index_check import IndexCheck
from api.mcp.tools import create_server
from dalil.bootstrap import load_program_settings
from dalil.errors import DalilError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input ends, then return 0; exits with 1 if a setting or the model is unusable."""
    parser = argparse.ArgumentParser(
        prog="python -m api.mcp",
        description="Serve the index to an MCP client over standard input and output. Clients start this themselves: "
        "docs/mcp-clients.md says how. Settings are those of the API.",
    )
    parser.parse_args(arguments)
    try:
        settings = load_program_settings()
        configure_logging(settings.log_level, settings.log_format)
        engine = load(settings)
    except (DalilError, OSError) as error:
        parser.exit(1, f"cannot start: {error}\n")
    # A thread reads standard input and cannot be interrupted: Ctrl-C would have an effect only after its end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with engine:
        pools = WorkerPools.from_settings(settings.api)
        create_server(IndexCheck(engine), pools, settings.api.public_url).run("stdio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
