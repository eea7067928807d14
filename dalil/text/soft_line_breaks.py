"""Soft line breaks: the line ends of hard-wrapped text, which end no sentence. CommonMark has the term.

A program that wraps text fills each line: it ends a line only where the next word would exceed the width. A person who
writes lines of verse, a list or headlines ends them elsewhere. Nothing else is needed to tell the two apart in prose of
some length; in a short text, lines of like length may fill a width by chance, so that further signs are asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from dalil.domain import Span
from dalil.text.analysis import STOP_WORDS, words
from dalil.text.arabic import CONJUNCTIONS, SENTENCE_FINAL_MARKS
from dalil.text.line_kinds import has_question_label, is_list_item, is_markdown_heading, is_table_row
from dalil.text.sentences import line_spans

MIN_WIDTH_CHARACTERS = 35
"""Narrower lines are verses or items."""

MIN_BREAKS = 3
"""Fewer line ends within paragraphs prove nothing."""

MAX_UNFILLED_SHARE = 0.15
"""The share of lines with room for the next word in wrapped text, headings and ends of paragraphs aside."""

MAX_TERMINATED_SHARE = 0.5
"""The share of a wrapped paragraph's lines, but the last, that a sentence ends by chance."""

RAGGED_WIDTH_SHARE = 0.75
"""The share of the width that lines in a proportional font, as those of a PDF, have at least."""

MIN_RAGGED_BREAKS = 6

MIN_STOP_WORD_SHARE = 0.12
"""The share of lines that end with a stop word, as a line of verse or an item does not."""

MIN_RHYME_SHARE = 0.75
"""The share of lines with the same last letter that makes them verse."""

MAX_CONJUNCTION_SHARE = 0.5
"""The share of lines that begin with a joined "and": news in short lines has more."""

_FINAL = tuple(SENTENCE_FINAL_MARKS)
_SENTENCE_END = re.compile(r"(?<![.\s])[.!?؟](?!\S)")
_MARKS = re.compile("[\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class _Line(NamedTuple):
    span: Span
    text: str
    width: int
    first_word: int
    """The widths of the line and of its first word, in characters without harakat and invisible marks."""


def soft_line_breaks(text: str) -> frozenset[int]:
    """The offsets at which a line of a hard-wrapped paragraph ends and its sentence goes on; mostly none.

    An offset is the end of a line as `line_spans` gives it. A list item, a row of a table, a heading and a line of
    verse are never joined to the line before them.
    """
    paragraphs = [paragraph for paragraph in _paragraphs(text) if not _is_verse(paragraph)]
    breaks = [pair for paragraph in paragraphs for pair in pairwise(paragraph)]
    if len(breaks) < MIN_BREAKS:
        return frozenset()
    width = _width(breaks)
    if width < MIN_WIDTH_CHARACTERS or not any(_SENTENCE_END.search(line.text) for pair in breaks for line in pair):
        return frozenset()
    least = _least_width(paragraphs, width)
    return frozenset(
        line.span.end for line, following in breaks if least is not None and _fills(line, following, least)
    )


def _paragraphs(text: str) -> list[list[_Line]]:
    """The runs of at least two adjacent lines of prose, without a blank line between them."""
    paragraphs: list[list[_Line]] = []
    previous: Span | None = None
    for span in line_spans(text):
        line = span.of(text)
        begins = (
            previous is None
            or len(_LINE_END.findall(text, previous.end, span.start)) > 1
            or is_list_item(line)
            or is_table_row(line)
            or is_markdown_heading(line)
            or has_question_label(line)
            or (paragraphs[-1][0].text.startswith(("#", "|")))
        )
        visible = _MARKS.sub("", line)
        own = _Line(span, line, len(visible), len(visible.split(maxsplit=1)[0]) if visible.strip() else 0)
        if begins:
            paragraphs.append([own])
        else:
            paragraphs[-1].append(own)
        previous = span
    return [paragraph for paragraph in paragraphs if len(paragraph) > 1]


def _is_verse(paragraph: Sequence[_Line]) -> bool:
    """True if three lines or more rhyme: most end with the same letter."""
    last_letters = Counter(word[-1] for line in paragraph for word in words(line.text)[-1:])
    return len(paragraph) >= 3 and max(last_letters.values(), default=0) >= MIN_RHYME_SHARE * len(paragraph)


def _width(breaks: Sequence[tuple[_Line, _Line]]) -> int:
    """The width to which a text is wrapped, if it is: that of the longest line but one in twenty."""
    widths = sorted(line.width for line, _ in breaks)
    return widths[-1 - len(widths) // 20]


def _least_width(paragraphs: Iterable[Sequence[_Line]], width: int) -> int | None:
    """The number of characters that a line with its next word exceeds if it was wrapped; None if none was."""
    # The first line may be a heading, and a sentence that ends early ends a paragraph: neither has to be filled.
    inner = [
        (line, following)
        for paragraph in paragraphs
        for place, (line, following) in enumerate(pairwise(paragraph))
        if _fills(line, following, width) or not (place == 0 or line.text.endswith(_FINAL))
    ]
    terminated = sum(line.text.endswith(_FINAL) for line, _ in inner)
    continued = sum(following.text.startswith(CONJUNCTIONS[0]) for _, following in inner)
    if (
        len(inner) < MIN_BREAKS
        or terminated > MAX_TERMINATED_SHARE * len(inner)
        or continued > MAX_CONJUNCTION_SHARE * len(inner)
    ):
        return None
    for least, enough in ((width, MIN_BREAKS), (round(RAGGED_WIDTH_SHARE * width), MIN_RAGGED_BREAKS)):
        unfilled = sum(not _fills(line, following, least) for line, following in inner)
        if len(inner) >= enough and unfilled <= MAX_UNFILLED_SHARE * len(inner):
            return least if least == width or _breaks_phrases(inner) else None
    return None


def _fills(line: _Line, following: _Line, width: int) -> bool:
    """True if the line has no room for the first word of the next one."""
    return line.width + 1 + following.first_word > width


def _breaks_phrases(breaks: Sequence[tuple[_Line, _Line]]) -> bool:
    """True if as many lines end with a stop word as they do in prose cut anywhere."""
    broken = sum(word in STOP_WORDS for line, _ in breaks for word in words(line.text)[-1:])
    return broken >= MIN_STOP_WORD_SHARE * len(breaks)
