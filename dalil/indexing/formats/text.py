"""Files of one article each: plain text, Markdown and HTML, with or without front matter."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO

from dalil.indexing.dates import DateReading, find_date_line, parse_timestamp
from dalil.indexing.encodings import decode
from dalil.indexing.formats.base import ARTICLE_LIMIT, Loaded, Source, too_long
from dalil.indexing.front_matter import MAX_FRONT_MATTER_CHARACTERS, FrontMatter, find_id, split_front_matter
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.records import parse_record
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

MAX_PAGE_BYTES = 2_000_000
"""The longest HTML page: its text is a small part of it."""

MAX_TOP_LINES = 50
"""Lines of a text, blank ones counted, in which its date is looked for."""


def load_text(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The article of a `.txt` or `.md` file; its date may be on a line of its own near the top."""
    try:
        yield load_plain_text(_read_text(file, source.options.max_article_bytes), source)
    except Unreadable as problem:
        yield source.reject(problem)


def load_plain_text(content: str, source: Source) -> Loaded:
    """The article of a text, which may have front matter; raises `Unreadable`."""
    fields, text = split_front_matter(content)
    record = parse_record({**fields, "text": None}, source.options.records)
    if record.published_at is None:
        date = find_date_line(text.split("\n", MAX_TOP_LINES)[:MAX_TOP_LINES], source.options.records.dates)
        record = record.model_copy(update={"published_at": date})
    return source.load(record, text)


def load_html(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The article of a page. Fields of its front matter, which Jekyll reads, come before those of the page."""
    limit, limit_name = min(
        (source.options.max_article_bytes, ARTICLE_LIMIT),
        (MAX_PAGE_BYTES, f"the limit of a {source.identity.path.suffix} file"),
    )
    try:
        content = _read_text(file, limit, limit_name, is_page=True)
        front_matter = FrontMatter({}, content)
        # A page that begins with a brace begins with a template.
        if content.lstrip().startswith(("---", "+++")):
            front_matter = split_front_matter(content)
        page = parser_pool.parse("html", front_matter.text)
        own = _with_moment(page, source.options.records.dates) if isinstance(page, dict) else {}
        fields = {**own, **front_matter.fields}
        record = parse_record({**fields, "text": None}, source.options.records)
        yield source.load(record, str(fields.get("text") or ""))
    except Unreadable as problem:
        # The libraries know no ids.
        yield source.reject(Unreadable(problem.reason, problem.article_id or ""))


def _with_moment(page: Mapping[str, object], reading: DateReading) -> dict[str, object]:
    """The fields of a page; its date is the first of its candidates on the day that the library has found, if any.

    A candidate may have a time and a zone, or Arabic words, which the library does not read.
    """
    fields = {name: value for name, value in page.items() if name != "dates"}
    candidates = page.get("dates")
    for candidate in candidates if isinstance(candidates, list) else []:
        with suppress(ValueError):
            moment = parse_timestamp(candidate, reading)
            if moment is not None and fields["published_at"] in {None, moment.date().isoformat()}:
                return {**fields, "published_at": moment.isoformat()}
    return fields


def _read_text(file: IO[bytes], limit: int, limit_name: str = ARTICLE_LIMIT, *, is_page: bool = False) -> str:
    """The file decoded, with LF line ends. The `Unreadable` that it raises has the id that can still be read."""
    start = file.read(limit + 1)
    if len(start) > limit:
        raise Unreadable(too_long(limit, limit_name), _id_in(start))
    try:
        return decode(start, is_page=is_page).replace("\r\n", "\n")
    except Unreadable as problem:
        raise Unreadable(problem.reason, _id_in(start)) from None


def _id_in(start: bytes) -> str | None:
    """The id in the front matter of a file that cannot be read as a whole, as `find_id` gives it."""
    return find_id(start[:MAX_FRONT_MATTER_CHARACTERS].decode("utf-8", "replace"))
