"""The allocator of the C library, glibc's."""

import ctypes
import os
import platform

MAX_ARENAS = 2
"""By default each thread has an arena of its own, up to eight for each core, and keeps most of what it has freed.

After 200 searches and answers that is 300 MB (docs/decisions/0038).
"""

TRIM_BYTES = 131_072
"""Free memory at the end of an arena that goes back to the system: by default glibc raises it up to 64 MB."""

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
"""The numbers of these parameters in glibc's malloc.h."""


def limit_malloc() -> None:
    """Limit what this process keeps of freed memory, unless MALLOC_ARENA_MAX does. Called before threads start."""
    if platform.libc_ver()[0] == "glibc" and "MALLOC_ARENA_MAX" not in os.environ:
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, MAX_ARENAS)
        library.mallopt(_M_TRIM_THRESHOLD, TRIM_BYTES)
