"""Removes markup and addresses from what a model writes, since a chat client would render it and load what it links to.

Quotes come from news articles, which contain no markup, so that no quote is lost.

nh3 reads tags as a browser does; markdown-it-py reads links, images, escapes and entities as a chat client does. The
patterns below do what neither can for one sentence of a stream: docs/decisions/0018-markup-by-libraries.md.
"""

import re
from collections.abc import Sequence
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typing_extensions import override

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls but line ends, surrogates, and format characters but the joiners that Persian and emoji need."""

_COMMENT = re.compile(r"<!--(?:(?!-->|<!--).)*(?:-->|$)|-->", re.DOTALL)
_BREAK = re.compile(r"</?(?:br|p|div|ul|ol|li|h\d|table|tr|td|th)\b[^<>]*>", re.IGNORECASE)
"""Tags between words: nh3 would join `<td>16</td><td>24</td>`, and move words out of a table that lacks its cells."""

_TEMPLATE_TOKEN = re.compile(r"<\|[a-zA-Z][^<>]*(?:>|$)")
"""`<|im_end|>`: a control token of a model's template, which is text in HTML."""

_DESTINATION = re.compile(r"(?<=\])\([^()]*(?:\([^()]*\)[^()]*)*\)")
_SPACE_IN_DESTINATION = "\U000e0020"
"""An invisible character, which cannot occur in a text without them."""

_NOT_IN_ADDRESS = r"\s<>()\[\]{}«»\"،؛؟"
_ADDRESS = re.compile(
    # `https://example.com/a?b=c`, `www.example.com`, without the punctuation behind it.
    rf"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]{{0,20}}://|www\.)(?:[^{_NOT_IN_ADDRESS}]*[^{_NOT_IN_ADDRESS}.,;:!?…'])?",
    re.IGNORECASE,
)
_EMPTY_PARENTHESES = re.compile(r"\s*\(\s*\)")
_EMPHASIS = re.compile(r"\*{2,}|_{2,}|~{2,}|`+")
_LETTER = re.compile(r"[^\W\d_]")


class _Markdown(MarkdownIt):
    @override
    def validateLink(self, url: str) -> bool:
        """Take `javascript:` for a link too, since every destination is removed."""
        return True

    @override
    def normalizeLink(self, url: str) -> str:
        """Leave the destination as it is."""
        return url


# Emphasis and code are not parsed: a sentence may hold one delimiter of a pair, and `_EMPHASIS` removes each alone.
_MARKDOWN = _Markdown("zero").enable(["escape", "entity", "link", "image"])


def strip_markup(text: str) -> str:
    """The text on one line without images, tags, comments, addresses and emphasis; a link leaves its label.

    A citation marker with a link stays a marker. Markup that hides other markup takes several calls.

    >>> strip_markup("**Shells** <b>came</b> [by sea](http://example.com) [[1]](/articles/7 'Shells').")
    'Shells came by sea [[1]].'
    """
    text = _strip_markdown(_strip_tags(" ".join(text.split())))
    return _EMPHASIS.sub("", _EMPTY_PARENTHESES.sub("", _ADDRESS.sub("", text)))


def strip_invisible(text: str) -> str:
    """The text without characters that are not seen, such as direction marks and zero-width spaces."""
    return _INVISIBLE.sub("", text)


def blank_comments(text: str) -> str:
    """The text with spaces in place of its HTML comments, so that offsets stay valid."""
    return _COMMENT.sub(lambda comment: " " * len(comment.group()), text)


def _strip_tags(text: str) -> str:
    text = text.replace(r"\<", "<")  # Else the backslash of `\<b>` would be left over.
    text = _BREAK.sub(" ", _COMMENT.sub(" ", _TEMPLATE_TOKEN.sub("", text)))
    if "<" not in text:
        return text
    # Entities are Markdown's to read: HTML takes `&copy` without its semicolon for one.
    return unescape(nh3.clean(text.replace("&", "&amp;"), tags=set()))


def _strip_markdown(text: str) -> str:
    if not any(sign in text for sign in ("](", "\\", "&")):
        return text
    # `[1](/a page)` is no link in CommonMark, but one in clients that are less strict.
    text = _DESTINATION.sub(lambda found: found.group().replace(" ", _SPACE_IN_DESTINATION), text)
    (inline,) = _MARKDOWN.parseInline(text)
    rendered = _render(inline.children or []).replace(_SPACE_IN_DESTINATION, " ")
    return " ".join(strip_invisible(rendered).split())  # An entity may stand for any character.


def _render(tokens: Sequence[Token]) -> str:
    """The text of the tokens, with the labels of links and without images."""
    written = [""]
    before_link = written
    for token in tokens:
        if token.type == "link_open":
            before_link, written = written, [""]
        elif token.type == "link_close":
            label, written = "".join(written), before_link
            # `[1](address)` and `[[1]](address)` are markers.
            written.append(label if _LETTER.search(label) else f"[{label}]")
        elif token.type != "image":
            written.append(token.content)
        elif token.content and not _LETTER.search(token.content):
            # `Shells came![1](address)`: a marker after an exclamation mark.
            written.append(f"![{token.content}]")
        else:
            written[-1] = written[-1].rstrip()
    return "".join(written)
