"""RSS, Atom and WordPress exports, read by feedparser, and JSON Feed."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO

from dalil.indexing.encodings import decode
from dalil.indexing.formats.base import Loaded, Source
from dalil.indexing.parser_process import parser_pool
from dalil.indexing.report import Rejected
from dalil.indexing.unreadable import Unreadable

MAX_FEED_BYTES = 20_000_000
"""The longest feed or export, which is read as a whole. WordPress splits its exports at a fraction of that."""

_FEED = re.compile(r"<(?:rss|feed|(?:\w+:)?RDF)[\s>]", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|(?:\w{1,20}:)?RDF)\s*>", re.IGNORECASE)
_ROOT_CHARACTERS = 10_000
"""The start of a file in which a feed has its first element."""


def load_feed(file: IO[bytes], source: Source) -> Iterator[Loaded | Rejected]:
    """The articles of a feed. Their ids are those of the feed, because their places in it change every day."""
    content = file.read(MAX_FEED_BYTES + 1)
    try:
        text = decode(content, is_page=True) if len(content) <= MAX_FEED_BYTES else ""
        if text and not _FEED.search(text, 0, _ROOT_CHARACTERS):
            # XML of another kind holds no article that could have been indexed.
            yield Rejected(source.name, "is no RSS or Atom feed", may_hold=())
            return
        _check(text)
        entries = parser_pool.parse("feed", text)
    except Unreadable as problem:
        yield source.reject_file(problem.reason)
        return
    for number, fields in enumerate(entries if isinstance(entries, list) else [], start=1):
        part = source.part(number, "#")
        if isinstance(fields, dict) and not fields.get("id"):
            # The next item takes the first place of the feed.
            part = replace(part, identity=part.identity.of_part(f"-{_fingerprint(fields)}"))
        yield part.load_fields(fields)


def _check(feed: str) -> None:
    """Raise `Unreadable` for a feed that is too long, not whole, or can expand without bound."""
    if not feed:
        raise Unreadable(f"empty, or longer than {MAX_FEED_BYTES:,} bytes (the limit of a feed); split the export")
    if "<!ENTITY" in feed:
        raise Unreadable("declares entities of its own, which can expand without bound")
    if not _END.fullmatch(_last_element(feed)):
        raise Unreadable("ends in the middle of the feed")


def _last_element(feed: str) -> str:
    """The last tag of a feed, but for comments, such as the one that WordPress adds about its cache."""
    end = feed[-_ROOT_CHARACTERS:].rstrip()
    while end.endswith("-->") and "<!--" in end:
        end = end[: end.rindex("<!--")].rstrip()
    return end[end.rfind("<") :]


def _fingerprint(fields: Mapping[str, object]) -> str:
    """A short hash of the title and the date of an item that has no id."""
    return hashlib.sha256(f"{fields.get('title')}|{fields.get('published_at')}".encode()).hexdigest()[:12]


def load_json_feed(document: Mapping[str, object], source: Source) -> Iterator[Loaded | Rejected]:
    """The articles of a JSON Feed (jsonfeed.org, version 1 and 1.1)."""
    items = document.get("items")
    common = {name: document[key] for name, key in (("source", "title"), ("language", "language")) if document.get(key)}
    for number, item in enumerate(items if isinstance(items, list) else [], start=1):
        # The standard demands an id; feeds without have an address as good, which the next snapshot has too.
        own = {"id": item.get("id") or item.get("url")} if isinstance(item, dict) else {}
        yield source.part(number, "#").load_fields({**common, **item, **own} if isinstance(item, dict) else item)
