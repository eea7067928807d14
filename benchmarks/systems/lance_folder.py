"""What is the same for every LanceDB folder."""

from datetime import timedelta
from pathlib import Path

import lancedb

from benchmarks.measurements import folder_bytes

NO_TIME = timedelta(milliseconds=1)
"""LanceDB warns of zero; nothing else works on these tables."""


def current_bytes(folder: Path) -> int:
    """The size of a folder's tables without old versions, which LanceDB keeps for readers for some time."""
    connection = lancedb.connect(folder)
    for name in connection.list_tables().tables:
        connection.open_table(name).optimize(cleanup_older_than=NO_TIME)
    return folder_bytes(folder)
