"""Lines and sentences of a text, as offsets into it.

The `sentencex` library (Wikimedia) proposes the ends of the sentences in a line. This module corrects them for Arabic
news: quotation marks after the stop, abbreviations of one letter, Arabic-Indic decimals, and the dots that join the
halves of a headline or a verse. The time is linear in the text's length for every text.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from sentencex import get_sentence_boundaries

from dalil.domain import Span
from dalil.text.line_kinds import is_table_row

MAX_HALF_CHARACTERS = 50
"""Dots (`..`, or more behind a space) end a sentence at least this long; a shorter one is half a headline or verse."""

_WINDOW_CHARACTERS = 20_000
"""Given to sentencex at once: its time grows with the square of the number of closing marks."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LETTER = re.compile(r"[^\W\d_]")
_CLOSING_MARKS = re.compile(r"[»”’)\]}]+|[\"']+(?!\w)")
_LONE_CLOSING_MARKS = re.compile(r"[»”’\"')\]}]+(?!\S)")
_ABBREVIATION = re.compile(r"(?<!\w)[^\W\d_]\.")
_JOINING_DOTS = re.compile(r"(?<!\.)\.\.|(?<=\s)(?:\.{2,}|…)")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

NO_SOFT_LINE_BREAKS: AbstractSet[int] = frozenset()


def line_spans(
    text: str, start: int = 0, end: int | None = None, soft_breaks: AbstractSet[int] = NO_SOFT_LINE_BREAKS
) -> Iterator[Span]:
    """The lines of `text[start:end]` in order, without the white space around them; blank ones are left out.

    A line that ends at one of `soft_breaks` (see `dalil.text.soft_line_breaks`) is one with the next.
    """
    begun: Span | None = None
    for line in _LINE.finditer(text, start, len(text) if end is None else end):
        span = _strip(text, line.start(), line.end())
        if span.start == span.end:
            continue
        span = Span(begun.start, span.end) if begun else span
        begun = span if span.end in soft_breaks else None
        if begun is None:
            yield span
    if begun is not None:
        yield begun


def sentence_spans(
    text: str, start: int = 0, end: int | None = None, soft_breaks: AbstractSet[int] = NO_SOFT_LINE_BREAKS
) -> list[Span]:
    """The sentences of `text[start:end]` in order, none of them empty or crossing a line end but a soft one.

    They do not overlap. Each starts and ends with a character that is not white space, and every such character is in
    a sentence. A row of a table is one sentence. `text` must be encodable as UTF-8.
    """
    return [sentence for line in line_spans(text, start, end, soft_breaks) for sentence in _sentences(text, line)]


def _sentences(text: str, line: Span) -> Iterator[Span]:
    if is_table_row(line.of(text)):
        yield line
        return
    start, letters = line.start, [match.start() for match in _LETTER.finditer(text, line.start, line.end)]
    first_letters = iter(letters)
    letter = next(first_letters, line.end)
    for proposal in _proposals(text, line):
        end = _skip_closing_marks(text, proposal, line.end)
        if letter < end <= letters[-1] and not _is_inside_sentence(text, start, end):
            yield _strip(text, start, end)
            start = end
            letter = next(position for position in first_letters if position >= end)
    yield _strip(text, start, line.end)


def _proposals(text: str, line: Span) -> Iterator[int]:
    """The offsets at which sentencex ends a sentence."""
    start = line.start
    while start < line.end:
        stop = min(start + _WINDOW_CHARACTERS, line.end)
        # sentencex ends a sentence at a line end, which is a soft one here.
        unwrapped = _LINE_END.sub(" ", text[start:stop])
        ends = [start + boundary["end_index"] for boundary in get_sentence_boundaries("ar", unwrapped)]
        # The last sentence of a window may continue in the next one.
        yield from ends[:-1]
        start = ends[-2] if len(ends) > 1 and stop < line.end else stop


def _skip_closing_marks(text: str, end: int, line_end: int) -> int:
    """`end` moved behind the closing quotation marks and brackets that follow the stop."""
    marks = (_LONE_CLOSING_MARKS if text[end - 1].isspace() else _CLOSING_MARKS).match(text, end, line_end)
    return marks.end() if marks else end


def _is_inside_sentence(text: str, start: int, end: int) -> bool:
    """True if the stop before `end` does not end the sentence that starts at `start`."""
    stop = end
    while text[stop - 1].isspace():
        stop -= 1
    return bool(
        _ends_a_half(text, start, stop)
        or _ABBREVIATION.fullmatch(text, stop - 2, stop)
        or _DECIMAL.match(text, end - 1)
    )


def _ends_a_half(text: str, start: int, stop: int) -> bool:
    """True if dots before `stop` join two halves: `قمة.. وقرار` of a headline, `صدر البيت ... وعجزه` of a verse."""
    if stop - start >= MAX_HALF_CHARACTERS:
        return False
    dots = start + len(text[start:stop].rstrip(".…"))
    return _JOINING_DOTS.fullmatch(text, dots, stop) is not None


def _strip(text: str, start: int, end: int) -> Span:
    """The span of `text[start:end]` without the white space at its ends; empty if there is nothing else."""
    piece = text[start:end]
    content = piece.strip()
    start += piece.index(content)
    return Span(start, start + len(content))
