"""Word documents (.docx), an article each."""

import base64
from collections.abc import Iterator
from typing import IO

from dalil.indexing.formats.base import Loaded, Source, too_long
from dalil.indexing.formats.text import load_plain_text
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

MAX_DOCUMENT_BYTES = 20_000_000
"""The longest Word document, most of which are its pictures."""


def load_word(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The article of a document; its first line is the title, and a line near the top may be its date."""
    try:
        yield load_plain_text(_read(file, source.options.max_article_bytes), source)
    except Unreadable as problem:
        # No document has an id of its own.
        yield source.reject(Unreadable(problem.reason, ""))


def _read(file: IO[bytes], max_article_bytes: int) -> str:
    content = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(content) > MAX_DOCUMENT_BYTES:
        raise Unreadable(too_long(MAX_DOCUMENT_BYTES, "the limit of a .docx file"))
    text = str(parser_pool.parse("word", base64.b64encode(content).decode("ascii")))
    if len(text) > max_article_bytes:
        raise Unreadable(too_long(max_article_bytes))
    return text
