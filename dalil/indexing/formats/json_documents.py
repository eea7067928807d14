"""JSON: one object a line, an array of objects, one object, or a JSON Feed."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO

from dalil.indexing.encodings import decode, utf_8_stream
from dalil.indexing.formats.base import Loaded, Source, too_long
from dalil.indexing.formats.feeds import load_json_feed
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

MAX_DOCUMENT_ARTICLES = 20
"""One object that holds a list of articles may have this many times the bytes of the longest article."""

ARTICLE_LISTS = (
    "articles",
    "items",
    "posts",
    "results",
    "documents",
    "docs",
    "news",
    "stories",
    "entries",
    "data",
    "hits",
)
"""Names under which one object holds a list of articles, itself or in an object of its own, as the responses of news
services do: `{"response": {"results": [...]}}`."""

CHUNK_CHARACTERS = 65_536

_ID = re.compile(r'"(?:_?id|article_id|guid)"\s*:\s*(?:"(?P<text>[^"\\]*)"|(?P<number>\d+)|(?P<other>\S))')
_SPACE = re.compile(r"[\s,]*")
_WHITE_SPACE = re.compile(r"\s*")


def load_json_lines(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The articles of a file with one object a line. A line that cannot be read is rejected alone."""
    limit = source.options.max_article_bytes
    stream = utf_8_stream(file)
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        yield from _load_line(line, source.part(number))
        # The rest of a rejected line is skipped in pieces, so that it never fills the memory.
        while len(line) > limit and not line.endswith(b"\n"):
            line = stream.readline(limit + 1) or b"\n"


def load_json(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The articles of one JSON document: an object, an array of them, or several objects one after the other.

    An array is read piece by piece. One object is an article, a JSON Feed, or holds a list of articles.
    """
    values = _Values(utf_8_stream(file), source.options.max_article_bytes)
    try:
        first, second = next(values.read(), None), None
        if values.is_array or first is None:
            pass
        elif (second := next(values.read(), None)) is None:
            yield from _load_document(first, source)
            return
        for number, value in enumerate((part for part in (first, second) if part is not None), start=1):
            yield source.part(number, "#").load_fields(value)
        for number, value in enumerate(values.read(), start=1 + (first is not None) + (second is not None)):
            yield source.part(number, "#").load_fields(value)
    except UnicodeDecodeError as invalid:
        yield source.reject_file(f"not UTF-8: at offset {invalid.start} of a piece; convert it with iconv")
    except Unreadable as problem:
        yield source.reject(problem)


def _load_line(line: bytes, source: Source) -> Iterator[Loaded | Rejected]:
    limit = source.options.max_article_bytes
    if len(line) > limit:
        yield source.reject_file(too_long(limit))
        return
    try:
        content = decode(line.rstrip(b"\r\n")).strip()
    except Unreadable as problem:
        yield source.reject(Unreadable(problem.reason, find_id(line.decode("utf-8", "replace"))))
        return
    if not content:
        return
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as invalid:
        yield source.reject(Unreadable(f"bad JSON: {invalid}", find_id(content)))
        return
    yield source.load_fields(fields)


def _load_document(document: object, source: Source) -> Iterator[Loaded | Rejected]:
    if isinstance(document, dict):
        if str(document.get("version", "")).startswith("https://jsonfeed.org/"):
            yield from load_json_feed(document, source)
            return
        for holder in (document, *(part for part in document.values() if isinstance(part, dict))):
            for name in ARTICLE_LISTS:
                articles = holder.get(name)
                if isinstance(articles, list) and any(isinstance(article, dict) for article in articles):
                    for number, fields in enumerate(articles, start=1):
                        yield source.part(number, "#").load_fields(fields)
                    return
    yield source.load_fields(document)


def find_id(content: str) -> str | None:
    """The id in JSON that cannot be parsed; empty if it names none, None if it names several or has escapes."""
    found = list(_ID.finditer(content))
    if len(found) > 1 or any(match["other"] for match in found):
        return None
    return (found[0]["text"] or found[0]["number"] or "") if found else ""


class _Values:
    """The values of a JSON document, one at a time: the elements of an array, or values in a row.

    `is_array` is known after the first value was read. Raises `Unreadable` for bad JSON and for a value that is too
    long, after which no value can be found.
    """

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self.is_array = False
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._json = json.JSONDecoder()
        self._limit = limit
        self._buffer, self._is_complete = "", False
        self._is_started = self._is_ended = False

    def read(self) -> Iterator[object]:
        """The values that have not been read yet."""
        if not self._is_started:
            self._start()
        while not self._is_ended:
            self._buffer = self._buffer[(_SPACE if self.is_array else _WHITE_SPACE).match(self._buffer).end() :]  # type: ignore[union-attr]
            if not self._buffer:
                if self._fill(CHUNK_CHARACTERS):
                    continue
                if self.is_array:
                    raise Unreadable("bad JSON: the array has no end")
                return
            if self.is_array and self._buffer[0] == "]":
                self._is_ended = True
                return
            yield self._next_value()

    def _start(self) -> None:
        self._is_started = True
        while not self._buffer.strip() and self._fill(CHUNK_CHARACTERS):
            pass
        self._buffer = self._buffer.lstrip()
        if self._buffer.startswith("["):
            self.is_array, self._buffer = True, self._buffer[1:]

    def _next_value(self) -> object:
        limit = self._limit if self.is_array else self._limit * MAX_DOCUMENT_ARTICLES
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer)
            except RecursionError:
                raise Unreadable("bad JSON: nested too deeply") from None
            except ValueError as invalid:
                if len(self._buffer) > limit:
                    raise Unreadable(
                        f"one of its values is longer than {limit:,} characters; write one article a line (.jsonl)"
                    ) from None
                # Twice as much each time, so that a long value is not parsed for each of its pieces.
                if not self._fill(max(CHUNK_CHARACTERS, len(self._buffer))):
                    raise Unreadable(f"bad JSON: {invalid}", find_id(self._buffer)) from None
                continue
            # A number may go on in the next piece.
            if end == len(self._buffer) and not isinstance(value, dict | list) and self._fill(CHUNK_CHARACTERS):
                continue
            self._buffer = self._buffer[end:]
            return value

    def _fill(self, characters: int) -> bool:
        """Read more; False at the end of the file."""
        if self._is_complete:
            return False
        content = self._stream.read(characters)
        self._is_complete = not content
        text = self._decoder.decode(content, final=self._is_complete)
        self._buffer += text
        return bool(content)
