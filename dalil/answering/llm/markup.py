"""What a model writes without its markup: a chat client would render it, and load what it leads to.

Quotes are sentences of news, which have none, so that nothing is lost.
"""

import re

_LABEL = r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]"
_TARGET = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
_LETTER = re.compile(r"[^\W\d_]")

_ESCAPE = re.compile(r"\\(?=[\\\[\]()<>!*_`#])")
_COMMENT = re.compile(r"<!--(?:(?!-->|<!--).)*(?:-->|$)|-->", re.DOTALL)
_BREAK = re.compile(r"</?(?:br|p|div|ul|ol|li|h\d|tr|td|th)\b[^<>]*>", re.IGNORECASE)
_SCRIPT = re.compile(r"<(?:script|style)\b[^<>]*>[^<]*", re.IGNORECASE)
_TAG = re.compile(r"<[/!?|]?[a-zA-Z][^<>]*(?:>|$)")
"""The last one in a text may have been cut off."""

_IMAGE = re.compile(rf"\s*!(?!\[(?:(?![\[\]])[\W\d_])+\]){_LABEL}{_TARGET}")
"""A label without letters is a marker behind an exclamation mark."""

_LINK = re.compile(rf"{_LABEL}{_TARGET}")
_NO_ADDRESS = r"\s<>()\[\]{}«»\"،؛؟"
_ADDRESS = re.compile(
    rf"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]{{0,20}}://|www\.)(?:[^{_NO_ADDRESS}]*[^{_NO_ADDRESS}.,;:!?…'])?", re.IGNORECASE
)
_LEFT_EMPTY = re.compile(r"\s*\(\s*\)")
_EMPHASIS = re.compile(r"\*{2,}|_{2,}|~{2,}|`+")


def strip_markup(text: str) -> str:
    """A line without images, tags, comments, addresses and emphasis, and of links the words that are shown.

    Once is not enough where one thing is hidden in another. White space becomes single, for the time it takes.
    """
    text = " ".join(text.split())
    text = _BREAK.sub(" ", _COMMENT.sub(" ", _ESCAPE.sub("", text)))
    text = _LINK.sub(_shown, _IMAGE.sub("", _TAG.sub("", _SCRIPT.sub("", text))))
    return _EMPHASIS.sub("", _LEFT_EMPTY.sub("", _ADDRESS.sub("", text)))


def blank_comments(text: str) -> str:
    """The text with white space for its comments, each character in its place."""
    return _COMMENT.sub(lambda comment: " " * len(comment.group()), text)


def _shown(link: re.Match[str]) -> str:
    """The words of a link; numbers stay the marker that they are."""
    return link[1] if _LETTER.search(link[1]) else f"[{link[1]}]"
