"""What every format shares: the seam of a loader, and the steps from bytes to an article."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TypeAlias

from dalil.domain import Article
from dalil.indexing.identity import FileIdentity
from dalil.indexing.records import DEFAULT_RECORD_READING, Record, RecordReading, has_name, parse_record
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

ARTICLE_LIMIT = "DALIL_INDEXING__MAX_ARTICLE_BYTES"
"""The setting of `max_article_bytes`, for messages."""

MAX_NAMES = 12
"""Names of fields in the message of a record without a text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and its origin: a file, or a line of a file (`file:line`).

    `identity` is that of the file, None for an article of no file. It makes the article's id unless `has_own_id`: the
    one in `article` is that in a new index. `owner` is the mark of the file that owns the id of an article that comes
    from another index, else empty.
    """

    name: str
    article: Article
    identity: FileIdentity | None = None
    has_own_id: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """The most bytes of an article, and how its fields are read."""

    max_article_bytes: int
    records: RecordReading = DEFAULT_RECORD_READING


@dataclass(frozen=True, slots=True)
class Source:
    """The name of an open file in messages, its identity, and the options."""

    name: str
    identity: FileIdentity
    options: ReadOptions

    def part(self, number: int, separator: str = ":") -> "Source":
        """The source of the article at this line or place of the file."""
        return Source(f"{self.name}{separator}{number}", self.identity.of_part(f"-{number}"), self.options)

    def load(self, record: Record, text: str) -> Loaded:
        """The record with this text as a loaded article."""
        return Loaded(
            self.name, record.article(self.identity.article_id({}), text), self.identity, record.id is not None
        )

    def load_fields(self, fields: object) -> Loaded | Rejected:
        """The article that named fields describe, or why they do not."""
        if isinstance(fields, dict) and isinstance(fields.get("_source"), dict):
            # A document as Elasticsearch and OpenSearch export it.
            fields = {"id": fields.get("_id"), **fields["_source"]}
        try:
            record = parse_record(fields, self.options.records)
        except Unreadable as problem:
            return self.reject(problem)
        if record.text is None:
            return self.reject(Unreadable(_no_text(fields), record.id or ""))
        # A document of many articles may be longer than one of them.
        if len(record.text) > self.options.max_article_bytes:
            return self.reject(Unreadable(too_long(self.options.max_article_bytes), record.id or ""))
        return self.load(record, record.text)

    def reject(self, problem: Unreadable) -> Rejected:
        """The rejection. An `article_id` of the problem that is empty is that of the file; None is unknown."""
        if problem.article_id is None:
            return self.reject_file(problem.reason)
        own = self.identity.article_id({})
        ids = (problem.article_id,) if problem.article_id else ()
        mark = None if self.identity.part else self.identity.mark
        return Rejected(self.name, problem.reason, problem.article_id or own, (*ids, *self.identity.possible_ids), mark)

    def reject_file(self, reason: str) -> Rejected:
        """The rejection of what may hold every article that was read from this file before."""
        return Rejected(self.name, reason, file_mark=self.identity.mark)


Loader: TypeAlias = Callable[[IO[bytes], Source], Iterator[Loaded | Rejected]]
"""Reads an open file from its current position. It bounds what it reads into memory."""


def too_long(limit: int, limit_name: str = ARTICLE_LIMIT) -> str:
    """The reason for rejecting what is longer than this many bytes."""
    return f"longer than {limit:,} bytes ({limit_name})"


def _no_text(fields: object) -> str:
    if not isinstance(fields, Mapping) or has_name(fields, "text"):
        return "the text is empty"
    names = ", ".join(repr(str(name))[:60] for name in list(fields)[:MAX_NAMES])
    return f"has no field 'text' (nor 'content' or 'body'), only {names}; name another with --field text=NAME"
