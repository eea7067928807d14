"""Lines and sentences of a text, as offsets into it.

The `sentencex` library (Wikimedia) proposes the ends of the sentences in a line. This module corrects them for Arabic
news: quotation marks after the stop, abbreviations of one letter, Arabic-Indic decimals, and the two dots that join the
halves of a headline. The time is linear in the text's length for every text.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from dalil.domain import Span

MAX_HEADLINE_HALF_CHARACTERS = 50
"""Two dots (`..`) end a sentence at least this long; after fewer characters they join the halves of a headline."""

_WINDOW_CHARACTERS = 20_000
"""Given to sentencex at once: its time grows with the square of the number of closing marks."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LETTER = re.compile(r"[^\W\d_]")
_CLOSING_MARKS = re.compile(r"[»”’)\]}]+|[\"']+(?!\w)")
_LONE_CLOSING_MARKS = re.compile(r"[»”’\"')\]}]+(?!\S)")
_ABBREVIATION = re.compile(r"(?<!\w)[^\W\d_]\.")
_TWO_DOTS = re.compile(r"(?<!\.)\.\.")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")


def line_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The lines of `text[start:end]` in order, without the white space around them; blank ones are left out."""
    for line in _LINE.finditer(text, start, len(text) if end is None else end):
        span = _strip(text, line.start(), line.end())
        if span.start < span.end:
            yield span


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]` in order, none of them empty or crossing a line end.

    They do not overlap. Each starts and ends with a character that is not white space, and every such character is in
    a sentence. `text` must be encodable as UTF-8.
    """
    return [sentence for line in line_spans(text, start, end) for sentence in _sentences(text, line)]


def _sentences(text: str, line: Span) -> Iterator[Span]:
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
        ends = [start + boundary["end_index"] for boundary in get_sentence_boundaries("ar", text[start:stop])]
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
    headline = stop - start < MAX_HEADLINE_HALF_CHARACTERS and _TWO_DOTS.fullmatch(text, stop - 2, stop)
    return bool(headline or _ABBREVIATION.fullmatch(text, stop - 2, stop) or _DECIMAL.match(text, end - 1))


def _strip(text: str, start: int, end: int) -> Span:
    """The span of `text[start:end]` without the white space at its ends; empty if there is nothing else."""
    piece = text[start:end]
    content = piece.strip()
    start += piece.index(content)
    return Span(start, start + len(content))
