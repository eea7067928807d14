"""Lines and sentences of a text, as offsets into it.

The `sentencex` library (Wikimedia) proposes where the sentences of a line end; what it does not know of Arabic news is
put right here: quotation marks after the stop, abbreviations of one letter, Arabic-Indic decimals, and the two dots
with which headlines join their halves. Time is linear in the text's length whatever it holds.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from dalil.domain import Span

HEADLINE_CHARACTERS = 50
"""Two dots (`..`) end a sentence at least this long; after fewer characters they join the halves of a headline."""

_WINDOW = 20_000
"""Characters given to sentencex at once: the time it takes grows with the square of what closing marks it is given."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_LETTER = re.compile(r"[^\W\d_]")
_CLOSING_MARKS = re.compile(r"[»”’)\]}]+|[\"']+(?!\w)")
_LONE_CLOSING_MARKS = re.compile(r"[»”’\"')\]}]+(?!\S)")
_ABBREVIATION = re.compile(r"(?<!\w)[^\W\d_]\.")
_TWO_DOTS = re.compile(r"(?<!\.)\.\.")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")


def line_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """The lines of `text[start:end]` that are not blank, without the white space around them, in order."""
    for line in _LINE.finditer(text, start, len(text) if end is None else end):
        span = _stripped(text, line.start(), line.end())
        if span.start < span.end:
            yield span


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]` in order, none of them empty or crossing a line end.

    They do not overlap, start and end with a character that is not white space, and hold every such character.
    `text` must be encodable as UTF-8.
    """
    return [sentence for line in line_spans(text, start, end) for sentence in _sentences(text, line)]


def _sentences(text: str, line: Span) -> Iterator[Span]:
    start, letters = line.start, [match.start() for match in _LETTER.finditer(text, line.start, line.end)]
    first_letters = iter(letters)
    letter = next(first_letters, line.end)
    for proposal in _proposals(text, line):
        end = _past_closing_marks(text, proposal, line.end)
        if letter < end <= letters[-1] and not _runs_on(text, start, end):
            yield _stripped(text, start, end)
            start = end
            letter = next(position for position in first_letters if position >= end)
    yield _stripped(text, start, line.end)


def _proposals(text: str, line: Span) -> Iterator[int]:
    """Where sentencex would end a sentence."""
    start = line.start
    while start < line.end:
        stop = min(start + _WINDOW, line.end)
        ends = [start + boundary["end_index"] for boundary in get_sentence_boundaries("ar", text[start:stop])]
        # What stands last in a window may go on in the next one.
        yield from ends[:-1]
        start = ends[-2] if len(ends) > 1 and stop < line.end else stop


def _past_closing_marks(text: str, end: int, line_end: int) -> int:
    """`end` moved behind the quotation marks and brackets that close after the stop."""
    marks = (_LONE_CLOSING_MARKS if text[end - 1].isspace() else _CLOSING_MARKS).match(text, end, line_end)
    return marks.end() if marks else end


def _runs_on(text: str, start: int, end: int) -> bool:
    """Whether the stop before `end` is not the end of a sentence that began at `start`."""
    stop = end
    while text[stop - 1].isspace():
        stop -= 1
    headline = stop - start < HEADLINE_CHARACTERS and _TWO_DOTS.fullmatch(text, stop - 2, stop)
    return bool(headline or _ABBREVIATION.fullmatch(text, stop - 2, stop) or _DECIMAL.match(text, end - 1))


def _stripped(text: str, start: int, end: int) -> Span:
    """`text[start:end]` without the white space at its ends; empty where nothing else is there."""
    piece = text[start:end]
    bare = piece.strip()
    start += piece.index(bare)
    return Span(start, start + len(bare))
