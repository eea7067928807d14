"""Old pages laid out in tables: their cells become sections of the page, so that each is lines of its own.

The library that finds the article of a page takes every table for data, and writes a row as a line: on a page that is
one table, the article, the menu and the links of all columns are one line.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_PROSE_CHARACTERS = 80
"""A cell with as long a text is prose, and its table is layout. Cells of data are short."""

_PARTS = ("thead", "tbody", "tfoot", "tr", "td")


def flatten_layout(page: "HtmlElement") -> None:
    """Make each layout table of the page sections, and part the pieces of its list items by spaces.

    A table is layout if it holds another table, a cell of prose, or one cell alone. One with headers is data.
    """
    for table in [table for table in page.iter("table") if _is_layout(table)]:
        table.tag = "div"
        for part in table.iterdescendants(*_PARTS):
            # The parts of a table of data within it stay.
            if next(part.iterancestors("table"), None) is None:
                part.tag = "div"
    for item in page.iter("li"):
        for piece in item.iterdescendants():
            # The time and the text of a post in a live blog: `<span>13:30</span><div>…</div>`.
            if piece.getnext() is not None and not piece.tail:
                piece.tail = " "


def _is_layout(table: "HtmlElement") -> bool:
    if next(table.iterdescendants("table"), None) is not None:
        return True
    if next(table.iter("th", "caption"), None) is not None:
        return False
    lengths = [len(cell.text_content()) for cell in table.iter("td")]
    return len(lengths) == 1 or max(lengths, default=0) >= MIN_PROSE_CHARACTERS
