"""Index a folder, then serve it, in one process: `python scripts/run.py FOLDER PORT [--prune]`; what `make run` does.

Two processes would import the same libraries twice, which is most of what a start takes.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from api.__main__ import main as serve
from indexer.__main__ import app as indexer

SOME_REJECTED = 1
"""The indexer's exit status when it named articles it could not index: the others are served."""


def main(folder: str, port: str, *options: str) -> int:
    """The exit status of the indexer where it got nowhere, else of the server."""
    status = indexer(["index", *options, "--", folder], standalone_mode=False)
    if status not in {0, None, SOME_REJECTED}:
        return int(status)
    return serve(["--port", port])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
