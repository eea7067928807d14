"""The bounds of an article's fields. Every way into the index keeps them: files, imports, single articles.

Each field has one, so that the size of a response follows from them: a hit repeats the title, the source and the url,
and whoever fetches an article gets its metadata.
"""

import re
from collections.abc import Mapping

from dalil.domain import Article
from dalil.text.visual_order import is_in_visual_order

MAX_ID_BYTES = 512
"""In UTF-8: the limit of OpenSearch."""

MAX_TITLE_CHARACTERS = 1_000

MAX_SOURCE_CHARACTERS = 512
"""The longest source that a filter takes."""

MAX_URL_CHARACTERS = 2_048

MAX_LANGUAGE_CHARACTERS = 35
"""The length that RFC 5646, section 4.4.1, asks a program to take."""

MAX_METADATA_FIELD_CHARACTERS = 10_000
"""Of one field, its name included."""

MAX_METADATA_CHARACTERS = 50_000
"""Of all fields together, their names included."""

FIRST_YEAR, LAST_YEAR = 1500, 2199
"""The years of a date; one outside is a mistake, and would be the first or the last of all articles for ever."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_SPACE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_WORD = re.compile(r"\w")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_URL = re.compile(r"https?://[^\s/]\S*")


def find_problem(article: Article) -> str | None:
    """The reason why the article's fields cannot be indexed, in one line; None if they can."""
    optional = (article.source or "", article.url or "")
    fields = (article.id, article.title, article.text, *optional, *article.metadata, *article.metadata.values())
    controls = len(_CONTROL_BUT_SPACE.findall(article.text))
    problems = (
        (any(map(_SURROGATE.search, fields)), "holds a lone surrogate, which no encoding can write"),
        # A browser takes both for a step in the path, also percent-encoded: no link could lead to the article.
        (article.id in {".", ".."}, f"its id {article.id!r} is a step in a path, so that no link can lead to it"),
        (not article.id.strip() or _CONTROL.search(article.id), "its id is empty or holds control characters"),
        (
            len(article.id.encode("utf-8", "replace")) > MAX_ID_BYTES,
            f"its id is longer than {MAX_ID_BYTES} bytes",
        ),
        (len(article.title) > MAX_TITLE_CHARACTERS, f"its title is longer than {MAX_TITLE_CHARACTERS:,} characters"),
        (
            len(article.source or "") > MAX_SOURCE_CHARACTERS,
            f"its source is longer than {MAX_SOURCE_CHARACTERS:,} characters",
        ),
        (len(article.url or "") > MAX_URL_CHARACTERS, f"its url is longer than {MAX_URL_CHARACTERS:,} characters"),
        (article.url and not _URL.fullmatch(article.url), f"its url is not http(s): {article.url!r:.100}"),
        (
            len(article.language) > MAX_LANGUAGE_CHARACTERS or not LANGUAGE_TAG.fullmatch(article.language),
            f"its language is not a tag such as 'ar': {article.language!r:.40}",
        ),
        (
            article.published_at and not FIRST_YEAR <= article.published_at.year <= LAST_YEAR,
            f"its date is in the year {article.published_at.year if article.published_at else ''}",
        ),
        # A byte order mark in the middle, or marks of direction alone, are no text either.
        (_WORD.search(article.text) is None, "the text is empty"),
        (
            is_in_visual_order(article.text),
            "its Arabic is in visual order, letter by letter from left to right, as some tools extract it from PDF; "
            "extract it with a tool that knows bidirectional text",
        ),
        (any("\0" in field for field in fields) or controls * 100 > len(article.text), "looks like a binary file"),
    )
    return next((reason for holds, reason in problems if holds), None) or _metadata_problem(article.metadata)


def _metadata_problem(metadata: Mapping[str, str]) -> str | None:
    sizes = {name: len(name) + len(value) for name, value in metadata.items()}
    longest = max(sizes, key=sizes.__getitem__, default="")
    if sizes.get(longest, 0) > MAX_METADATA_FIELD_CHARACTERS:
        return (
            f"its metadata field {longest!r:.100} has {sizes[longest]:,} characters, "
            f"of at most {MAX_METADATA_FIELD_CHARACTERS:,}"
        )
    if sum(sizes.values()) > MAX_METADATA_CHARACTERS:
        return f"its metadata has {sum(sizes.values()):,} characters, of at most {MAX_METADATA_CHARACTERS:,}"
    return None
