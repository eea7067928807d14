"""Markup read into named fields: HTML pages and YAML front matter.

A small page can keep these libraries busy for minutes, or fill the memory: 60,000 attributes on one element take a
minute. So whatever is not certainly small is read by `dalil.indexing.parser_process`, and not by the caller.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TypeAlias

import yaml

from dalil.indexing.feed_reader import read_feed
from dalil.indexing.html_text import html_to_text
from dalil.indexing.page_layout import flatten_layout

Fields: TypeAlias = object
"""What JSON can hold: strings, numbers, lists, mappings."""


class Unreadable(Exception):
    """One article cannot be read, for this reason; with its id if that is known."""

    def __init__(self, reason: str, article_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.article_id = article_id


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
    """The value of a YAML document; raises `Unreadable`."""
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
    }


READERS: Mapping[str, Callable[[str], Fields]] = {
    "feed": read_feed,
    "fragment": html_to_text,
    "html": read_html,
    "yaml": read_yaml,
}
"""Language → its reader."""
