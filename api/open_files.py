"""The files that the process may open, and the connections that they allow."""

import logging
import resource

MAX_FILES = 65_536
"""Files that the process asks for; some systems have no hard limit, and still refuse a number without end."""

RESERVED_FILES = 256
"""Files that are not connections: the index, the model, connections to OpenSearch and to a language model."""

_log = logging.getLogger(__name__)


def raise_file_limit() -> int:
    """Raise the soft limit on open files to the hard limit, at most `MAX_FILES`; returns the limit that holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_FILES
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:
            _log.warning("the limit on open files stays at %d: %s", soft, error)
            return soft
    return max(soft, wanted)


def connections_within(files: int, wanted: int) -> int:
    """The number of connections that leaves `RESERVED_FILES`, or where there are few, half of all files."""
    possible = max(files - RESERVED_FILES, files // 2)
    if possible < wanted:
        _log.warning("%d connections at most, not %d: the process may open %d files", possible, wanted, files)
    return min(possible, wanted)
