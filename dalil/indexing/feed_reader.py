"""The entries of RSS and Atom feeds and of WordPress exports as named fields, by feedparser."""

import io
import re
from collections.abc import Mapping
from urllib.parse import urljoin

_DECLARED_ENCODING = re.compile(r"(<\?xml[^>]{0,100}?)\s+encoding\s*=\s*[\"'][^\"']*[\"']", re.IGNORECASE)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no XML may hold, and that exports have from what their authors pasted."""

_WORDPRESS_ARTICLES = frozenset({"post", "page", "article", "news"})
"""Types of a WordPress export that hold text of a site; the others are pictures, menus and revisions."""


def read_feed(text: str) -> list[dict[str, object]]:
    """The fields of each entry, under names of `dalil.indexing.records.FIELDS`, in the order of the feed."""
    # Only a corpus with feeds needs the library.
    import feedparser  # noqa: PLC0415

    # From a stream: of a text that looks like an address the library would fetch what is there.
    text = _NOT_IN_XML.sub("", _DECLARED_ENCODING.sub(r"\1", text))
    content = io.BytesIO(text.encode("utf-8", "replace"))
    feed = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    language = feed.feed.get("language")
    common = {"source": feed.feed.get("title"), "language": language if _is_language(language) else None}
    site = str(feed.feed.get("link") or "")
    return [{**common, **_fields(entry, site)} for entry in feed.entries if _is_published(entry)]


def _fields(entry: Mapping[str, object], site: str) -> dict[str, object]:
    contents = entry.get("content")
    texts = [str(part.get("value") or "") for part in contents] if isinstance(contents, list) else []
    tags = entry.get("tags")
    terms = [str(tag.get("term") or tag.get("label") or "") for tag in tags] if isinstance(tags, list) else []
    fields = {
        "id": entry.get("id") or entry.get("link"),
        "title": entry.get("title"),
        "text": max(texts, key=len, default="") or entry.get("summary"),
        "published_at": entry.get("published") or entry.get("updated"),
        # The library takes `published` for it, with a warning, where it is missing.
        "updated": entry.get("updated") if "updated" in entry and "published" in entry else None,
        "modified": entry.get("wp_post_modified_gmt"),
        "url": _address(entry.get("link"), site),
        "author": entry.get("author"),
        "tags": terms or None,
        # By the clock of the site, and in UTC.
        "date": entry.get("wp_post_date"),
        "date_gmt": entry.get("wp_post_date_gmt"),
    }
    return {name: value for name, value in fields.items() if value}


def _address(link: object, site: str) -> str | None:
    """The link of an entry, from the address of the site if it is relative; None if that gives none.

    The library takes a guid for a link where the feed does not say that it is none.
    """
    address = urljoin(site, str(link or "").strip())
    return address if address.startswith(("http://", "https://")) else None


def _is_published(entry: Mapping[str, object]) -> bool:
    """False for what a WordPress export holds beside published articles."""
    status, kind = entry.get("wp_status", "publish"), entry.get("wp_post_type", "post")
    return status == "publish" and kind in _WORDPRESS_ARTICLES


def _is_language(tag: object) -> bool:
    return isinstance(tag, str) and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", tag) is not None
