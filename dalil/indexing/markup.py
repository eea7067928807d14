"""Markup read into named fields: HTML pages and YAML front matter.

A small page can keep these libraries busy for minutes, or fill the memory: 60,000 attributes on one element take a
minute. So whatever is not certainly small is read by `dalil.indexing.parser_process`, and not by the caller.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import yaml

from dalil.indexing.feed_reader import read_feed
from dalil.indexing.html_text import html_to_text
from dalil.indexing.page_dates import date_candidates
from dalil.indexing.page_layout import flatten_layout
from dalil.indexing.unreadable import Unreadable
from dalil.indexing.word_document import read_word

Fields: TypeAlias = object
"""What JSON can hold: strings, numbers, lists, mappings."""


_TAB_AFTER_KEY = re.compile(r"^([ ]*[\w-]+:)\t+", re.MULTILINE)
_UNICODE_LINE_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")


class _FrontMatterLoader(yaml.BaseLoader):
    """Makes only strings, lists and mappings, so that `id: 007` stays 007, and refuses aliases.

    A list of nine aliases to a list of nine aliases, and so on for eight levels, is 364 bytes that stand for 254 MB.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _YamlAlias
        return super().compose_node(parent, index)


class _YamlAlias(yaml.YAMLError):
    """Front matter refers to another part of itself."""

    def __str__(self) -> str:
        return "aliases (*name) are not read; write the value again, or quote a value that begins with an asterisk"


def read_yaml(text: str) -> Fields:
    """The value of a YAML document; raises `Unreadable`.

    A tab may follow a key, which the library refuses, and U+2028 ends no line, as in YAML 1.2.
    """
    text = _TAB_AFTER_KEY.sub(r"\1 ", text).translate(_UNICODE_LINE_ENDS)
    try:
        return yaml.load(text, Loader=_FrontMatterLoader)  # noqa: S506 - it makes no objects
    except (yaml.YAMLError, RecursionError, ValueError) as invalid:
        raise Unreadable(f"bad YAML in the front matter: {' '.join(str(invalid).split())}") from None


def read_html(page: str) -> Fields:
    """The main text of a page and what it says about itself; raises `Unreadable` if there is no text."""
    # Loading the library takes a second, and most corpora hold no HTML.
    import trafilatura  # noqa: PLC0415

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    tree = trafilatura.load_html(page)
    if tree is None:
        raise Unreadable("no article text was found on the page")
    dates = date_candidates(tree)
    flatten_layout(tree)
    # The extensive search guesses a date from any digits on the page.
    found = trafilatura.bare_extraction(
        tree, with_metadata=True, include_comments=False, date_extraction_params={"extensive_search": False}
    )
    if found is None or not found.text:
        raise Unreadable("no article text was found on the page")
    url = found.url if found.url and found.url.startswith(("http://", "https://")) else None
    return {
        "text": found.text,
        "title": found.title,
        "source": found.sitename,
        "published_at": found.date,
        "url": url,
        "dates": dates,
    }


READERS: Mapping[str, Callable[[str], Fields]] = {
    "feed": read_feed,
    "fragment": html_to_text,
    "html": read_html,
    "word": read_word,
    "yaml": read_yaml,
}
"""Language → its reader."""
