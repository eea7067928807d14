"""Files read into articles, one at a time, by a table of formats.

A format is a function that reads one open file and yields articles and rejections. A new format is a function and a
line in `LOADERS`. Text keeps every character but a byte order mark and the CR of a CRLF.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import IO, Annotated, TypeAlias

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dalil.domain import Article
from dalil.indexing.boilerplate import is_boilerplate
from dalil.indexing.markup import Unreadable, read_yaml
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.report import Rejected, Skipped
from dalil.text.sentences import line_spans
from dalil.text.soft_line_breaks import soft_line_breaks

MAX_INFERRED_TITLE_CHARACTERS = 120

MAX_FRONT_MATTER_CHARACTERS = 65_536
"""A longer block between `---` lines is text of the article."""

MAX_SIMPLE_CHARACTERS = 4_096
"""Longer front matter is parsed in a child process."""

MAX_PAGE_BYTES = 2_000_000
"""The longest HTML page: its text is a small part of it."""

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article and its origin: a file, or a line of a file (`file:line`)."""

    name: str
    article: Article


Item: TypeAlias = Loaded | Rejected | Skipped
Loader: TypeAlias = Callable[[IO[bytes], Path, int], Iterator[Loaded | Rejected]]
"""Reads an open file. The path is only for names; the last argument is the most bytes that an article may have."""


def none_if_blank(value: object) -> object:
    """None for a string of white space alone, which counts as a missing field; else the value."""
    return None if isinstance(value, str) and not value.strip() else value


def parse_timestamp(value: object) -> object:
    """An ISO 8601 date or time as a UTC time; None for a blank one. Raises `ValueError` for anything else.

    A bare number is refused, because it could be a year or a count of seconds.
    """
    if none_if_blank(value) is None:
        return None
    try:
        parsed = datetime.fromisoformat(str(value).strip())
        # In UTC, years 1 and 9999 may overflow. OpenSearch, which takes no zone beyond 18 hours, gets only UTC.
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r:.100} is not a date such as 2024-10-11 or 2024-10-11T18:30:00+03:00") from None


def _to_text(value: object) -> object:
    """A value of front matter or JSON as a string: lists joined by commas, nested ones as JSON; None stays None."""
    if value is None or isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, list | dict) for part in parts):
        return json.dumps(value, ensure_ascii=False, default=str)
    return ", ".join(map(str, parts))


_OptionalText: TypeAlias = Annotated[str | None, BeforeValidator(none_if_blank)]
_MetadataText: TypeAlias = Annotated[str | None, BeforeValidator(_to_text)]


class _Record(BaseModel):
    """The fields of front matter or of a line of JSON; all other fields become metadata."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    id: _OptionalText = None
    title: _OptionalText = None
    text: str | None = Field(None, validation_alias=AliasChoices("text", "content", "body"))
    source: _OptionalText = None
    published_at: Annotated[datetime | None, BeforeValidator(parse_timestamp)] = Field(
        None, validation_alias=AliasChoices("published_at", "date")
    )
    url: _OptionalText = None
    language: _OptionalText = None
    metadata: Annotated[dict[str, _MetadataText], BeforeValidator(lambda value: {} if value is None else value)] = {}
    __pydantic_extra__: dict[str, _MetadataText] = Field(init=False)

    def article(self, article_id: str, text: str) -> Article:
        """The record as an article, whose id is `article_id` if the record has none."""
        text = text.replace("\r\n", "\n")
        return Article(
            id=self.id or article_id,
            title=self.title or infer_title(text),
            text=text,
            source=self.source,
            published_at=self.published_at,
            url=self.url,
            language=self.language or "ar",
            metadata={
                name: value for name, value in (self.metadata | self.__pydantic_extra__).items() if value is not None
            },
        )


def infer_title(text: str) -> str:
    """The first line that is not boilerplate, cut at a word if it is long; empty if there is none."""
    lines = (span.of(text) for span in line_spans(text, soft_breaks=soft_line_breaks(text)))
    first = next((line for line in lines if not is_boilerplate(line)), "")
    title = " ".join(first.lstrip("#*>-_ ").split())
    if len(title) <= MAX_INFERRED_TITLE_CHARACTERS:
        return title
    cut = title[:MAX_INFERRED_TITLE_CHARACTERS]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ،,؛:") + "…"


def _parse_record(fields: object, article_id: str) -> _Record:
    if not isinstance(fields, dict):
        raise Unreadable(f"expected named fields, found {type(fields).__name__}", article_id)
    try:
        return _Record.model_validate(fields)
    except ValidationError as invalid:
        error = invalid.errors()[0]
        place = ".".join(map(str, error["loc"]))
        raise Unreadable(
            f"{place:.100}: {error['msg'].removeprefix('Value error, ')}", str(fields.get("id") or article_id)
        ) from None


def _decode(content: bytes, limit: int, limit_name: str = "DALIL_INDEXING__MAX_ARTICLE_BYTES") -> str:
    if len(content) > limit:
        raise Unreadable(f"longer than {limit:,} bytes ({limit_name})")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as invalid:
        if b"\0" in content:
            raise Unreadable("looks like a binary file or UTF-16, not UTF-8 text") from None
        raise Unreadable(
            f"not UTF-8: byte 0x{content[invalid.start]:02x} at offset {invalid.start}; convert it with iconv"
        ) from None


def _whole_file(parse: Callable[[str, str], Article], *, named_by_file: bool, max_bytes: int | None = None) -> Loader:
    """A loader of files of one article each; `parse` gets the name of the file without its suffix, and the text.

    `named_by_file`: the article's id is that name, so it is known even if the file cannot be read. `max_bytes` is a
    limit of the format, below that of articles.
    """

    def load(file: IO[bytes], path: Path, limit: int) -> Iterator[Loaded | Rejected]:
        name = printable_path(path)
        try:
            if max_bytes is not None and max_bytes < limit:
                content = _decode(file.read(max_bytes + 1), max_bytes, f"the limit of a {path.suffix} file")
            else:
                content = _decode(file.read(limit + 1), limit)
            yield Loaded(name, parse(path.stem, content))
        except Unreadable as problem:
            yield Rejected(name, problem.reason, path.stem if named_by_file else problem.article_id)

    return load


def _parse_text(article_id: str, content: str) -> Article:
    return _Record().article(article_id, content)


def _parse_markdown(article_id: str, content: str) -> Article:
    content = content.replace("\r\n", "\n")
    front_matter = _FRONT_MATTER.match(content, 0, MAX_FRONT_MATTER_CHARACTERS)
    if front_matter is None:
        return _Record().article(article_id, content)
    # A short one takes a tenth of a second at most. Each key of a longer one may cost as much as all before it.
    read = read_yaml if len(front_matter[1]) <= MAX_SIMPLE_CHARACTERS else partial(parser_pool.parse, "yaml")
    fields = read(front_matter[1])
    record = _parse_record({} if fields in (None, "") else fields, article_id)
    return record.article(article_id, content[front_matter.end() :])


def _parse_html(article_id: str, content: str) -> Article:
    record = _parse_record(parser_pool.parse("html", content), article_id)
    return record.article(article_id, record.text or "")


def _load_json_lines(file: IO[bytes], path: Path, limit: int) -> Iterator[Loaded | Rejected]:
    number = 0
    while line := file.readline(limit + 1):
        number += 1
        name = f"{printable_path(path)}:{number}"
        try:
            content = _decode(line.rstrip(b"\r\n"), limit).strip()
            if content:
                yield Loaded(name, _parse_json(f"{path.stem}-{number}", content))
        except Unreadable as problem:
            yield Rejected(name, problem.reason, problem.article_id)
        # The rest of a rejected line is skipped in pieces, so that it never fills the memory.
        while len(line) > limit and not line.endswith(b"\n"):
            line = file.readline(limit + 1) or b"\n"


def _parse_json(article_id: str, content: str) -> Article:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as invalid:
        raise Unreadable(f"bad JSON: {invalid}") from None
    record = _parse_record(fields, article_id)
    if record.text is None:
        raise Unreadable("has no field 'text' (nor 'content' or 'body')", record.id or article_id)
    return record.article(article_id, record.text)


LOADERS: dict[str, Loader] = {
    ".txt": _whole_file(_parse_text, named_by_file=True),
    ".md": _whole_file(_parse_markdown, named_by_file=False),
    ".jsonl": _load_json_lines,
    ".html": _whole_file(_parse_html, named_by_file=True, max_bytes=MAX_PAGE_BYTES),
    ".htm": _whole_file(_parse_html, named_by_file=True, max_bytes=MAX_PAGE_BYTES),
}
"""Suffix → loader."""


class Corpus:
    """The articles under some paths, read while they are iterated.

    Folders are walked in sorted order; links to folders are not followed, hidden files and README.md are left out.
    `position` is the number of bytes read so far, of `size()`.
    """

    def __init__(self, paths: Sequence[Path], max_article_bytes: int) -> None:
        self._paths = paths
        self._limit = max_article_bytes
        self.position = 0

    def size(self) -> int:
        """Bytes of all files that will be read. Opens none of them."""
        return sum(
            file.stat().st_size
            for file in self._files()
            if isinstance(file, Path) and file.suffix.lower() in LOADERS and file.is_file()
        )

    def __iter__(self) -> Iterator[Item]:
        for file in self._files():
            if isinstance(file, Rejected):
                yield file
            elif (load := LOADERS.get(file.suffix.lower())) is None:
                yield Skipped(printable_path(file))
            else:
                yield from self._read(file, load)

    def _read(self, path: Path, load: Loader) -> Iterator[Item]:
        before = self.position
        try:
            if not S_ISREG(path.stat().st_mode):  # Opening a named pipe would wait for ever.
                yield Rejected(printable_path(path), "not a regular file")
                return
            with path.open("rb") as file:
                for item in load(file, path, self._limit):
                    self.position = before + file.tell()
                    yield item
        except OSError as problem:
            yield Rejected(printable_path(path), f"cannot be read: {problem.strerror}")

    def _files(self) -> Iterator[Path | Rejected]:
        for path in self._paths:
            if path.is_dir():
                yield from _walk(path)
            else:
                yield path


def _walk(folder: Path) -> Iterator[Path | Rejected]:
    problems: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=problems.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(parent, name) for name in sorted(files) if not name.startswith(".") and name.lower() != "readme.md"
        )
    for problem in problems:
        yield Rejected(printable_path(Path(problem.filename)), f"cannot be read: {problem.strerror}")


def printable_path(path: Path) -> str:
    """The path with unprintable characters escaped, which a terminal could execute."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))
