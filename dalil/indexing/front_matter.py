"""Front matter: the fields before the text of an article, in YAML, TOML or JSON.

What begins like front matter is read or refused, and never becomes text: a summary in it would be quoted as an answer.
A rule (`---`) before prose is text.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import NamedTuple

from dalil.indexing.markup import Fields, read_yaml
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.unreadable import Unreadable

MAX_FRONT_MATTER_CHARACTERS = 65_536
"""Longer front matter is refused."""

MAX_SIMPLE_CHARACTERS = 4_096
"""Longer YAML is parsed in a child process."""

_FENCE = re.compile(r"(?P<fence>---|\+\+\+|;;;)(?P<language>yaml|toml|json)?[ \t]*\r?\n")
_CLOSINGS = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
    ";;;": re.compile(r"^;;;[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_LANGUAGES = {"---": "yaml", "+++": "toml", ";;;": "json"}

_FIRST_KEYS = {
    "yaml": re.compile(r"""(?:[ \t]*(?:#.*)?\n)*(?:["']?[A-Za-z_][\w .-]{0,60}["']?[ \t]*:(?:\s|$)|[\[{])"""),
    "toml": re.compile(r"""(?:[ \t]*(?:#.*)?\n)*(?:["']?[A-Za-z_][\w."' -]{0,60}[ \t]*=|\[)"""),
    "json": re.compile(r"\s*\{"),
}
"""What the first line with content has in front matter, and prose has not."""

_JSON = re.compile(r"\{\s*[\"}]")
_CR_FENCE = re.compile(r"(?:---|\+\+\+)\r(?!\n)")
_HEADER_LINES = re.compile(r"(?i:(?=title:))((?:[A-Za-z][\w -]{0,40}:[ \t]+\S.*\n){2,40})[ \t]*\n")
"""Lines such as `Title: …` and `Date: …` up to a blank one, as Pelican and MultiMarkdown have them, and many dumps."""

_ID_LINE = re.compile(
    r"""^[ \t,{]*["']?(?:_?id|article_id|guid)["']?[ \t]*[:=][ \t]*(?P<id>.*?),?[ \t]*$""", re.MULTILINE | re.IGNORECASE
)


class FrontMatter(NamedTuple):
    """The fields of an article and the text that follows them."""

    fields: Mapping[str, object]
    text: str


def split_front_matter(content: str) -> FrontMatter:
    """The front matter of a text with LF line ends, which may follow blank lines; no fields if there is none.

    Raises `Unreadable` with the line and the cure for front matter that has no end, or cannot be read. Its `article_id`
    is the id that the front matter seems to have, empty if it has none, None if that is unknown.
    """
    start = len(content) - len(content.lstrip(" \t\n\ufeff"))
    if opening := _FENCE.match(content, start):
        return _split_fenced(content, opening)
    if _JSON.match(content, start):
        return _split_json(content, start)
    if _CR_FENCE.match(content, start):
        raise Unreadable("begins like front matter, and its lines end with CR alone; convert them with mac2unix", "")
    if block := _HEADER_LINES.match(content, start):
        fields = dict(line.partition(":")[::2] for line in block[1].splitlines())
        return FrontMatter({name.strip(): value.strip() for name, value in fields.items()}, content[block.end() :])
    return FrontMatter({}, content)


def find_id(content: str) -> str | None:
    """The id that front matter seems to have, in a text that cannot be read as a whole; as in `split_front_matter`."""
    start = content.lstrip(" \t\n\r\ufeff")[:MAX_FRONT_MATTER_CHARACTERS]
    return _find_id(start.replace("\r\n", "\n")) if _FENCE.match(start) or _JSON.match(start) else ""


def _split_fenced(content: str, opening: re.Match[str]) -> FrontMatter:
    fence, language = opening["fence"], opening["language"] or _LANGUAGES[opening["fence"]]
    limit = opening.end() + MAX_FRONT_MATTER_CHARACTERS
    closing = _CLOSINGS[fence].search(content, opening.end(), limit)
    if closing is None:
        if opening["language"] is None and not _FIRST_KEYS[language].match(content, opening.end()):
            return FrontMatter({}, content)
        ends = "'---' or '...'" if fence == "---" else repr(fence)
        raise Unreadable(
            f"begins like front matter, but no line {ends} ends it within {MAX_FRONT_MATTER_CHARACTERS:,} characters",
            _find_id(content[opening.end() : limit]),
        )
    block = content[opening.end() : closing.start()]
    if opening["language"] is None and _is_prose(block, language):
        return FrontMatter({}, content)
    fields = _read(language, block)
    if fields is None or fields == "":
        fields = {}
    if not isinstance(fields, dict):
        raise Unreadable(f"its front matter: expected named fields, found {type(fields).__name__}", _find_id(block))
    return FrontMatter(fields, content[closing.end() :])


def _split_json(content: str, start: int) -> FrontMatter:
    try:
        fields, end = json.JSONDecoder().raw_decode(content[: start + MAX_FRONT_MATTER_CHARACTERS], start)
    except (ValueError, RecursionError) as invalid:
        raise Unreadable(
            f"begins like front matter in JSON, which cannot be read: {invalid}",
            _find_id(content[start : start + MAX_FRONT_MATTER_CHARACTERS]),
        ) from None
    return FrontMatter(fields, content[end:].removeprefix("\n"))


def _is_prose(block: str, language: str) -> bool:
    """True for a paragraph between two rules: blank lines are next to the rules, and it does not begin with a key."""
    loose = block.startswith("\n") and block.endswith("\n\n")
    return language == "yaml" and loose and not _FIRST_KEYS["yaml"].match(block)


def _read(language: str, block: str) -> Fields:
    try:
        return _READERS[language](block)
    except Unreadable as unreadable:
        raise Unreadable(unreadable.reason, _find_id(block)) from None
    except (ValueError, RecursionError) as invalid:
        kind = language.upper()
        raise Unreadable(f"bad {kind} in the front matter: {' '.join(str(invalid).split())}", _find_id(block)) from None


def _read_yaml(block: str) -> Fields:
    # A short one takes a tenth of a second at most. Each key of a longer one may cost as much as all before it.
    read = read_yaml if len(block) <= MAX_SIMPLE_CHARACTERS else partial(parser_pool.parse, "yaml")
    try:
        return read(block)
    except Unreadable:
        if cure := _unquoted_colon(block):
            raise Unreadable(cure) from None
        raise


def _unquoted_colon(block: str) -> str | None:
    """The cure of the first line whose value has a colon and no quotes: `title: عاجل: افتتاح الجسر`."""
    for number, line in enumerate(block.split("\n"), start=2):
        key, colon, value = line.partition(":")
        value = value.strip()
        if colon and value[:1] not in {"'", '"', "|", ">", "[", "{", "#"} and re.search(r":(?:\s|$)", value):
            quoted = value.replace("'", "''")
            return (
                f"bad YAML in the front matter: line {number} has a colon within its value; "
                f"write the value in quotes: {key.strip()}: '{quoted:.200}'"
            )
    return None


def _read_toml(block: str) -> Fields:
    return {name: _to_plain(value) for name, value in tomllib.loads(block).items()}


def _to_plain(value: object) -> object:
    """A value of TOML as JSON has it: its dates and times are text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list):
        return [_to_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _to_plain(part) for name, part in value.items()}
    return "true" if value is True else "false" if value is False else value


def _find_id(block: str) -> str | None:
    """The id in front matter that cannot be parsed; empty if it names none, None if it cannot be read either."""
    found = _ID_LINE.search(block)
    value = found["id"] if found else ""
    return None if value[:1] in {"[", "{", "&", "*", "!", "|", ">"} else value.strip("\"' ")


_READERS: Mapping[str, Callable[[str], Fields]] = {"yaml": _read_yaml, "toml": _read_toml, "json": json.loads}
"""Language → its reader."""
