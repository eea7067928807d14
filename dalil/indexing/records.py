"""The named fields of front matter, JSON, tables and feeds, as an article.

Crawlers and content management systems have names of their own for the same field, in several of which one of their
records may have a value: news-please, newspaper4k, trafilatura, WordPress, JSON Feed, schema.org, NewsAPI.
"""

import html
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Annotated, NamedTuple, TypeAlias
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from dalil.domain import Article
from dalil.indexing.boilerplate import is_boilerplate
from dalil.indexing.dates import DEFAULT_READING, DateReading, parse_timestamp
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.unreadable import Unreadable
from dalil.indexing.validation import LANGUAGE_TAG
from dalil.text.sentences import line_spans
from dalil.text.soft_line_breaks import soft_line_breaks

MAX_INFERRED_TITLE_CHARACTERS = 120

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "article id", "guid"),
        "title": ("title", "headline", "title page", "title rss", "name"),
        "text": (
            *("text", "maintext", "content", "body", "content text", "content html", "content:encoded", "article body"),
            *("article text", "full text", "article", "story"),
        ),
        "source": (
            *("source", "source name", "source-hostname", "site name", "sitename", "meta site name", "publisher"),
            *("publication", "source domain", "hostname", "domain", "source url"),
        ),
        "published_at": (
            *("published at", "date", "date publish", "publish date", "date published", "published", "pub date"),
            *("published date", "publication date", "published time", "article:published_time", "post date"),
            *("created at", "timestamp", "date gmt", "post date gmt"),
        ),
        "url": ("url", "link", "canonical link", "canonical url", "permalink", "source"),
        "language": ("language", "lang", "meta lang", "meta language"),
    }
)
"""The names of each field, of which the first with a value counts. Capitals and separators do not matter."""

COPIES_OF_THE_TEXT = ("raw text", "html", "raw html", "article html", "html content", "page source", "text cleaned")
"""Fields that repeat the article, often with the whole page around it. They do not become metadata."""

_SEPARATORS = re.compile(r"[\s_-]+")
_TAGS = re.compile(
    r"</(?:p|div|a|span|strong|b|em|i|u|h[1-6]|li|ul|ol|blockquote|figure|table|td|tr|article|section|font|center)\s*>"
    r"|<(?:p|br|img|hr)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_LOCAL_AND_UTC_DATES = (("date", "dategmt"), ("postdate", "postdategmt"))
"""WordPress writes a time by the clock of the site and in UTC, both without a zone; the names as `_key` gives them."""

_MISSING = frozenset(
    {"", "nan", "NaN", "NAN", "None", "NaT", "null", "NULL", "N/A", "n/a", "undefined", "<NA>", "-"}
    | {"0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01 00:00:00"}
)
"""How pandas, Python, JavaScript, MySQL, Go and .NET write a missing value into a text."""

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_QUARTER_HOUR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RecordReading:
    """How fields are read: their dates, and names beside those of `FIELDS`, as field → name; these come first."""

    dates: DateReading = DEFAULT_READING
    field_names: Mapping[str, str] = field(default_factory=dict)


DEFAULT_RECORD_READING = RecordReading()


class Collected(NamedTuple):
    """The filled fields of an article by name, and the rest."""

    fields: dict[str, object]
    rest: dict[str, object]


def none_if_blank(value: object) -> object:
    """None for a missing value: white space alone, or what libraries write for one; else the value."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return None if isinstance(value, str) and value.strip() in _MISSING else value


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


class Record(BaseModel):
    """The fields of an article that may have no text and no id yet."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: _OptionalText = None
    title: _OptionalText = None
    text: str | None = None
    source: _OptionalText = None
    published_at: datetime | None = None
    url: _OptionalText = None
    language: _OptionalText = None
    metadata: Annotated[dict[str, _MetadataText], BeforeValidator(lambda value: {} if value is None else value)] = {}

    def article(self, article_id: str, text: str) -> Article:
        """The record with this text as an article, whose id is `article_id` if the record has none."""
        text = text.replace("\r\n", "\n")
        return Article(
            id=self.id or article_id,
            title=self.title or infer_title(text),
            text=text,
            source=self.source,
            published_at=self.published_at,
            url=self.url,
            language=self.language or "ar",
            metadata={name: value for name, value in self.metadata.items() if value is not None},
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


def parse_record(fields: object, reading: RecordReading = DEFAULT_RECORD_READING) -> Record:
    """The record of named fields, under any of their names; fields of no name in `FIELDS` are metadata.

    HTML in a text is read as HTML. Raises `Unreadable` with the field at fault, and the record's id or an empty one.
    """
    if not isinstance(fields, dict):
        raise Unreadable(f"expected named fields, found {type(fields).__name__}", "")
    collected = collect_fields(fields, reading)
    known = collected.fields
    try:
        if "published_at" in known:
            unread, moment = _first_date(fields, reading)
            known["published_at"] = moment
            collected.rest.update({name: fields[name] for name in unread})
        if isinstance(known.get("text"), str) and _is_html(str(known["text"])):
            known["text"] = _html_to_text(str(known["text"]))
        for name in ("title", "source"):
            if isinstance(known.get(name), str):
                known[name] = _plain_title(str(known[name]))
        metadata = collected.rest.pop("metadata", None)
        if isinstance(metadata, dict):
            known["metadata"] = metadata | collected.rest
        else:
            known["metadata"] = collected.rest if metadata is None else {**collected.rest, "metadata": metadata}
        return Record.model_validate(known)
    except ValidationError as invalid:
        error = invalid.errors()[0]
        place, reason = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    except _InvalidDate as invalid:
        place, reason = invalid.name, invalid.reason
    raise Unreadable(f"{place:.100}: {reason}", str(known.get("id") or "")) from None


def collect_fields(fields: Mapping[str, object], reading: RecordReading = DEFAULT_RECORD_READING) -> Collected:
    """The first filled value of each field of `FIELDS`. A name of a field that is blank or a copy is left out."""
    known: dict[str, object] = {}
    used: set[str] = set()
    names = _names(fields)
    for field_name in FIELDS:
        candidates = list(_candidates(field_name, names, reading))
        if field_name == "source":
            # trafilatura's `source` is an address, and its `source-hostname` a name.
            candidates.sort(key=lambda name: _is_address(fields[name]))
        for name in candidates:
            value = none_if_blank(_usable(field_name, name, _unwrap(fields[name])))
            if value is None:
                used.update({name} if none_if_blank(fields[name]) is None else ())
            elif field_name not in known:
                known[field_name] = value
                used.add(name)
            elif field_name == "text":
                used.add(name)
    if "text" in known:
        used.update(name for copy in COPIES_OF_THE_TEXT for name in names.get(_key(copy), ()))
    if any({local, utc} <= names.keys() for local, utc in _LOCAL_AND_UTC_DATES):
        used.update(name for _, utc in _LOCAL_AND_UTC_DATES for name in names.get(utc, ()))
    return Collected(known, {name: value for name, value in fields.items() if name not in used})


def has_name(fields: Mapping[str, object], field_name: str) -> bool:
    """Whether the fields have a name of this field of `FIELDS`, with a value or blank."""
    return not {_key(alias) for alias in FIELDS[field_name]}.isdisjoint(_names(fields))


def _names(fields: Iterable[str]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name in fields:
        names.setdefault(_key(name), []).append(name)
    return names


def _key(name: str) -> str:
    return _SEPARATORS.sub("", str(name)).lower()


def _candidates(field_name: str, names: Mapping[str, list[str]], reading: RecordReading) -> Iterator[str]:
    """The names in the record that a field may have, in order."""
    own = reading.field_names.get(field_name)
    for alias in (*((own,) if own else ()), *FIELDS[field_name]):
        yield from names.get(_key(alias), ())


def _unwrap(value: object) -> object:
    """The value within a value of one: `["…"]`, `{"rendered": "…"}` of WordPress, `{"name": "…"}` of schema.org."""
    if isinstance(value, list) and len(value) == 1:
        return _unwrap(value[0])
    if isinstance(value, dict):
        for key in ("rendered", "$oid", "$date", "name", "#text"):
            if key in value:
                return value[key]
    return value


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _SCHEME.match(value) is not None


def _address(text: str) -> str | None:
    """The address that a text is, completed as a browser does; None if it is none."""
    text = text.strip()
    if text.startswith("//"):
        text = f"https:{text}"
    elif text.startswith("www."):
        text = f"http://{text}"
    if not (scheme := _SCHEME.match(text)):
        return None
    return scheme[0].lower() + re.sub(r"\s", lambda space: quote(space[0]), text[scheme.end() :])


def _usable(field_name: str, name: str, value: object) -> object:
    """The value if it can be one of the field, else None. Under the field's own name a wrong value is an error."""
    if field_name == "source" and _is_address(value):
        return urlsplit(str(value)).hostname
    if field_name == "text" and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "\n\n".join(value)
    if field_name == "language" and isinstance(value, str):
        # The name of a language stays in the metadata.
        tag = value.strip().replace("_", "-")
        return tag if LANGUAGE_TAG.fullmatch(tag) else None
    if field_name == "url" and isinstance(value, str):
        # So does what leads nowhere, such as a path.
        return _address(value)
    if _key(name) == _key(field_name):
        return value
    return value if isinstance(value, str | int | float) else None


class _InvalidDate(Exception):
    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name, self.reason = name, reason


def _first_date(fields: Mapping[str, object], reading: RecordReading) -> tuple[list[str], datetime | None]:
    """The first date that can be read, and the names of the fields before it that cannot.

    Raises `_InvalidDate` for the first if none can.
    """
    names = _names(fields)
    invalid: list[_InvalidDate] = []
    for name in _candidates("published_at", names, reading):
        try:
            moment = parse_timestamp(none_if_blank(_unwrap(fields[name])), reading.dates)
        except ValueError as error:
            invalid.append(_InvalidDate(name, str(error)))
            continue
        if moment is not None:
            return [error.name for error in invalid], _with_wordpress_offset(moment, fields, names)
    if invalid:
        raise invalid[0]
    return [], None


def _with_wordpress_offset(moment: datetime, fields: Mapping[str, object], names: Mapping[str, list[str]]) -> datetime:
    """The moment with the zone by which the two dates of `_LOCAL_AND_UTC_DATES` differ, if the fields have both."""
    for local_key, utc_key in _LOCAL_AND_UTC_DATES:
        if local_key in names and utc_key in names:
            in_utc = DateReading(timezone=UTC)
            try:
                local = parse_timestamp(_unwrap(fields[names[local_key][0]]), in_utc)
                utc = parse_timestamp(_unwrap(fields[names[utc_key][0]]), in_utc)
            except ValueError:
                return moment
            if local is not None and utc is not None:
                offset = local.replace(tzinfo=None) - utc.replace(tzinfo=None)
                if abs(offset) <= timedelta(hours=14) and not offset % _QUARTER_HOUR:
                    return local.replace(tzinfo=timezone(offset) if offset else UTC)
    return moment


def _is_html(text: str) -> bool:
    return _TAGS.search(text) is not None or _ENTITY.search(text) is not None


def _html_to_text(text: str) -> str:
    if _TAGS.search(text) is None:
        return html.unescape(text).replace("\xa0", " ")
    return str(parser_pool.parse("fragment", text))


def _plain_title(title: str) -> str:
    """The title without tags and with the characters that its entities stand for."""
    if _ENTITY.search(title) or _TAG.search(title):
        title = html.unescape(_TAG.sub("", title)).replace("\xa0", " ")
    return title
