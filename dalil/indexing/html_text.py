"""HTML as plain text: a paragraph, heading, list item or table cell is a line."""

import re

BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
    }
    | {"figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav"}
    | {"ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption"}
)
"""Elements that begin and end a line."""

PARAGRAPHS = frozenset({"p", "blockquote", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "figure"})
"""Those of them with an empty line before and after."""

UNREAD = frozenset(
    {
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "svg",
        "math",
        "head",
        "select",
        "button",
        "textarea",
    }
)

_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_BLANK_LINE = re.compile(r"[ \t\r]*\n[ \t\r]*\n\s*")
_BLOCK_TAG = re.compile(rf"<(?:br|{'|'.join(sorted(BLOCKS))})\b", re.IGNORECASE)


def html_to_text(markup: str) -> str:
    """The text of a piece of HTML, without its scripts, in the order of the markup; empty if it has none.

    A blank line ends a paragraph too, as in the texts that WordPress stores; and each line end ends a line where no
    element does.
    """
    if not _BLOCK_TAG.search(markup):
        markup = markup.replace("\n", "<br>")
    # Loading the library takes a moment, and most corpora hold no HTML.
    from lxml import etree, html  # noqa: PLC0415

    root = html.fragment_fromstring(markup, create_parent="div")
    parts: list[str] = []
    unread = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in {"comment", "pi"}:
            parts.append("" if unread else _spaced(element.tail))
            continue
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            unread += tag in UNREAD
            if not unread:
                parts += (_break(tag), _spaced(element.text))
        else:
            parts.append("" if unread or tag == "br" else _break(tag))
            unread -= tag in UNREAD
            if element is not root:
                parts.append("" if unread else _spaced(element.tail))
    text = "".join(parts)
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _break(tag: str) -> str:
    return "\n\n" if tag in PARAGRAPHS else "\n" if tag in BLOCKS or tag == "br" else ""


def _spaced(text: str | None) -> str:
    return "\n\n".join(_SPACES.sub(" ", part) for part in _BLANK_LINE.split(text or ""))
