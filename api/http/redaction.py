"""Folders of the server left out of what clients read; the server's log has them."""

import re
import sys
import tempfile
from pathlib import Path

_ABSOLUTE_PATH = re.compile(
    # Not the path of an URL, nor a division or a date.
    r"""(?<![\w:/.~\-])(?:/[^\s/'"`,;:()<>]+){2,}/?|(?<!\w)[A-Za-z]:\\[^\s'"`,;()<>]+"""
)

_KNOWN = "/…"

_OWN_ROUTES = ("/v1/", "/articles/", "/problems/", "/web/")


def hide_folders(text: str) -> str:
    """The text with `…/NAME` in place of every absolute path.

    The folders that a path can begin with and that may hold spaces are known; other paths end at a space.
    """
    for folder in sorted({Path.cwd(), Path.home(), Path(sys.prefix), Path(tempfile.gettempdir())}, reverse=True):
        if len(folder.parts) > 1:
            text = text.replace(str(folder), _KNOWN)
    return _ABSOLUTE_PATH.sub(_last_part, text).replace(_KNOWN, "…")


def _last_part(found: re.Match[str]) -> str:
    path = found[0]
    if path.startswith(_OWN_ROUTES):
        return path
    return f"…/{path.rstrip('/').replace(chr(92), '/').rpartition('/')[2]}"
