"""What a page says about its date, as it is written there, for those who know Arabic months and time zones.

The library that reads pages knows neither the months nor the digits of Arabic, and of a time it keeps the day alone.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_CANDIDATES = 12

_META_NAMES = frozenset(
    {"article:published_time", "og:published_time", "datepublished", "date", "pubdate", "publishdate", "publish-date"}
    | {"publish_date", "dc.date", "dc.date.issued", "dcterms.created", "parsely-pub-date", "sailthru.date", "created"}
)
_AROUND = ("aside", "nav", "footer")
"""Parts of a page with the dates of other articles."""

_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"\\]{4,60})"')
_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|time|published|datetime|timestamp|pubdate|created)(?:$|[\s_-])", re.IGNORECASE
)


def date_candidates(page: "HtmlElement") -> list[str]:
    """Values and texts of a page that may be its date, the surest first."""
    found = (" ".join(candidate.split()) for candidate in _candidates(page))
    return list(dict.fromkeys(candidate for candidate in found if 4 <= len(candidate) <= 100))[:MAX_CANDIDATES]


def _candidates(page: "HtmlElement") -> Iterator[str]:
    for meta in page.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _META_NAMES:
            yield meta.get("content") or ""
    for script in page.iter("script"):
        if script.get("type") == "application/ld+json":
            yield from _JSON_DATE.findall(script.text or "")[:1]
    # The day above the headline is often that of the visit.
    heading = next(page.iter("h1"), None)
    for element in heading.xpath("following::*") if heading is not None else ():
        is_time = element.tag == "time" or element.get("itemprop") == "datePublished"
        if not is_time and not _CLASS.search(element.get("class") or ""):
            continue
        if next(element.iterancestors(*_AROUND), None) is None:
            yield (is_time and (element.get("datetime") or element.get("content"))) or element.text_content()
