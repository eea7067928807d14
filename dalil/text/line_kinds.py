"""The kind of a single line, by its marks: a question, a list item, a row of a table, a heading in Markdown.

The marks are those of Markdown, which are also those of plain text, and of the text that trafilatura makes of HTML.
"""

import re
from collections.abc import Iterable

from dalil.text.arabic import SENTENCE_FINAL_MARKS
from dalil.text.lexicon import read_words
from dalil.text.normalisation import normalise

QUESTION_MARKS = "?؟？"

MIN_STATEMENT_WORDS = 8
"""So many words before a quoted question state something themselves."""

MIN_TABLE_BARS = 2
"""A line that begins with a bar and has as many is a row of a table."""

_DOUBT = re.compile(r"\([?؟!]+\)")
"""A mark in brackets, by which a writer doubts one word of a statement."""

_QUOTED_QUESTION = re.compile(r"[«“\"][^«“\"]*[?؟？][?؟？!.…\s]*[»”\"]\W*\Z")
_LIST_MARKER = re.compile(
    r"(?:[-*+•·▪▫◦●○■□◆►▶✓✔–—]\s+|\(?\d{1,2}(?:[-)]\s*|\.\s+)(?=\D)|\(?[ء-ي][-)]\s+)(?=\S)"  # - x, 2) x, 2. x, أ- x
)
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+\S|(\*\*|__)[^*_]+\1:?\Z")
_CELL_SEPARATOR = re.compile(r"[|\t]")
_TABLE_RULE = re.compile(r"[\s|:+=-]+")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


_INTERROGATIVE = re.compile(rf"[\W\d_]*(?:{_any_of(read_words('interrogatives'))})(?!\w)")
_QUESTION_LABEL = re.compile(rf"\W*(?:{_any_of(read_words('question_labels'))})\s?\d*\s?[:/]")


def is_question(sentence: str) -> bool:
    """True if a sentence ends with a question mark, other marks and closing quotation marks aside.

    So a rhetorical question is one, and a few words that introduce a quoted question. A statement of at least
    `MIN_STATEMENT_WORDS` that ends with one is none, nor is "70 دينارا (؟).".
    """
    sentence = _DOUBT.sub("", sentence)
    end = len(sentence)
    while end and not sentence[end - 1].isalnum():
        end -= 1
    if not any(mark in sentence[end:] for mark in QUESTION_MARKS):
        return False
    quoted = _QUOTED_QUESTION.search(sentence)
    return quoted is None or len(sentence[: quoted.start()].split()) < MIN_STATEMENT_WORDS


def begins_like_a_question(line: str) -> bool:
    """True if the first word of a line asks: so does a heading without a question mark."""
    return _INTERROGATIVE.match(normalise(line)) is not None


def has_question_label(line: str) -> bool:
    """True if a line begins with the label of an interviewer's question, as `س:` is."""
    return _QUESTION_LABEL.match(normalise(line)) is not None


def is_list_item(line: str) -> bool:
    """True if a line begins with a bullet, a dash, or a number or a letter with a bracket, dash or stop."""
    return _LIST_MARKER.match(line) is not None


def is_markdown_heading(line: str) -> bool:
    """True if a line begins with `#`, or all of it is bold and no sentence."""
    bold_sentence = line.rstrip("*_").endswith(tuple(SENTENCE_FINAL_MARKS))
    return _MARKDOWN_HEADING.match(line) is not None and (line.startswith("#") or not bold_sentence)


def is_table_row(line: str) -> bool:
    """True if a line is a row of a table in Markdown, or has cells between tabs."""
    return (line.startswith("|") and line.count("|") >= MIN_TABLE_BARS) or "\t" in line.strip()


def is_table_rule(line: str) -> bool:
    """True if a line is the rule under a table's header: `| --- | :-: |`."""
    return "|" in line and "--" in line and _TABLE_RULE.fullmatch(line) is not None


def table_cells(row: str) -> list[str]:
    """The cells of a row without the white space around them, as many as the row has separators between them."""
    return [cell.strip() for cell in _CELL_SEPARATOR.split(row.strip().strip("|"))]
