"""What every format shares: the seam of a loader, and the steps from bytes to an article."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, TypeAlias

from dalil.domain import Article
from dalil.indexing.identity import FileIdentity
from dalil.indexing.markup import Unreadable
from dalil.indexing.records import DEFAULT_RECORD_READING, Record, RecordReading, parse_record
from dalil.indexing.report import Rejected

ARTICLE_LIMIT = "DALIL_INDEXING__MAX_ARTICLE_BYTES"
"""The setting of `max_article_bytes`, for messages."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and its origin: a file, or a line of a file (`file:line`).

    `identity` makes the article's id, if the article has none of its own: the one in `article` is that in a new index.
    """

    name: str
    article: Article
    identity: FileIdentity | None = None


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
            self.name, record.article(self.identity.article_id({}), text), None if record.id else self.identity
        )

    def load_fields(self, fields: object) -> Loaded | Rejected:
        """The article that named fields describe, or why they do not."""
        try:
            record = parse_record(fields, "", self.options.records)
        except Unreadable as problem:
            return self.reject(problem)
        if record.text is None:
            return self.reject(Unreadable(_no_text(fields), record.id or ""))
        # A document of many articles may be longer than one of them.
        if len(record.text) > self.options.max_article_bytes:
            return self.reject(
                Unreadable(f"longer than {self.options.max_article_bytes:,} bytes ({ARTICLE_LIMIT})", record.id or "")
            )
        return self.load(record, record.text)

    def reject(self, problem: Unreadable) -> Rejected:
        """The rejection. An `article_id` of the problem that is empty is that of the file; None is unknown."""
        if problem.article_id is None:
            return Rejected(self.name, problem.reason)
        own = self.identity.article_id({})
        ids = (problem.article_id,) if problem.article_id else ()
        return Rejected(self.name, problem.reason, problem.article_id or own, (*ids, *self.identity.possible_ids))


Loader: TypeAlias = Callable[[IO[bytes], Source], Iterator[Loaded | Rejected]]
"""Reads an open file from its current position. It bounds what it reads into memory."""


def _no_text(fields: object) -> str:
    names = ", ".join(repr(str(name))[:60] for name in list(fields)[:12]) if isinstance(fields, Mapping) else ""
    return (
        "has no field 'text' (nor 'content' or 'body')"
        + (f", only {names}" if names else "")
        + "; name another with --field text=NAME"
    )
