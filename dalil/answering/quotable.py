"""The sentences of a passage that state something by themselves, and the lines that each is read with.

A question is never an answer, nor is a heading, an introduction that ends with a colon, or the header of a table. But
the line below one of these is understood with it: «كم بلغت الكلفة؟» and below it «78 مليون دينار.». So it is scored
with it, while the quote stays the line alone. A sentence that begins with "he" or "and added that" is quoted with the
sentence before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import groupby, pairwise

from dalil.domain import Passage
from dalil.text.analysis import words
from dalil.text.arabic import CLOSING_MARKS, ends_like_a_sentence
from dalil.text.back_references import refers_back
from dalil.text.line_kinds import (
    begins_like_a_question,
    has_question_label,
    is_list_item,
    is_markdown_heading,
    is_question,
    is_table_row,
    is_table_rule,
    table_cells,
)
from dalil.text.quantities import extract_numbers_and_dates

MIN_WORDS = 4
"""A sentence or line of fewer words is a label or a fragment and proves nothing by itself."""

MIN_WORDS_OF_ENTRY = 3
"""The same for a list item, a line with a label, and a sentence with a number."""

MIN_WORDS_OF_ANSWER = 2
"""The same for the answer to a question. An item of a list that a line introduces may be one word, such as a city."""

MAX_HEADING_WORDS = 12
"""A longer line is no heading, even if it repeats the title."""

MAX_UNSURE_HEADING_WORDS = 8
"""The words of a heading at most that neither is the title nor has a mark of its own."""

MIN_RUN_LINES = 3
"""As many adjacent lines without final marks are a list, a poem or news in lines, and no headings."""

_CLOSING_MARKS = f"{CLOSING_MARKS} "
_AND_VERB = re.compile(r"و(?:[يتا](?!ل)\w{3,}|\w+[^ا]ت\Z|قال|كان)")
"""A present form, a past form of type IV to X, or the feminine of any past form; قال and كان as they are most used."""

_LABELLED = re.compile(r"[^:.]{2,30}:\s+\S")
"""A line with a label: "المكان: ساحة النخيل"."""

_YEARS = (1900, 2100)


@dataclass(frozen=True, slots=True)
class QuotableSentence:
    """A sentence of a passage by its place in `Passage.sentences`, and the places of those that it is read with.

    `questions` are the questions right before it. `context` are the header of its table, the introduction of its list,
    the heading above it, or the question that an earlier sentence of its line answers. `antecedent` is the quotable
    sentence right before it if it begins with a reference to that: "he", "and added that".
    """

    place: int
    questions: tuple[int, ...] = ()
    context: tuple[int, ...] = ()
    antecedent: int | None = None


def quotable_sentences(passage: Passage, title: str, *, is_alone: bool = True) -> list[QuotableSentence]:
    """The sentences that an answer may quote, in order. `is_alone`: no other passage of its article is known.

    The first line may repeat the title, or be the title where the article came without one. It is quotable if it is a
    sentence of the article's text, as a lede is, and no heading.
    """
    lines = _classify(_lines(passage), " ".join(words(title)), is_alone=is_alone)
    texts = {line.place + index: text for line in lines for index, text in enumerate(line.sentences)}
    found = list(_read(lines))
    quotable = {sentence.place for sentence in found}
    return [
        replace(sentence, antecedent=sentence.place - 1)
        if sentence.place - 1 in quotable and refers_back(texts[sentence.place])
        else sentence
        for sentence in found
    ]


class _Kind(Enum):
    TABLE_RULE = auto()
    TABLE_HEADER = auto()
    TABLE_ROW = auto()
    QUESTION = auto()
    HEADING = auto()
    INTRODUCTION = auto()
    LIST_ITEM = auto()
    PROSE = auto()


@dataclass(slots=True)
class _Line:
    """The sentences of one line, with the place of the first; `after_blank` is whether a blank line is above it."""

    place: int
    text: str
    sentences: tuple[str, ...]
    after_blank: bool
    kind: _Kind = _Kind.PROSE
    words: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.words = words(self.text)

    @property
    def is_unterminated(self) -> bool:
        """Whether it is prose of one sentence without a final mark, as headings are."""
        return self.kind is _Kind.PROSE and len(self.sentences) == 1 and not ends_like_a_sentence(self.text)


def _lines(passage: Passage) -> list[_Line]:
    lines: list[_Line] = []
    first = 0
    for place, sentence in enumerate(passage.sentences):
        following = passage.sentences[place + 1].start if place + 1 < len(passage.sentences) else passage.end
        gap = passage.text[sentence.end - passage.start : following - passage.start]
        if "\n" in gap or following == passage.end:
            own = passage.sentences[first : place + 1]
            start = own[0].start - passage.start
            above = passage.text[:start][len(passage.text[:start].rstrip()) :]
            lines.append(
                _Line(
                    place=first,
                    text=passage.text[start : sentence.end - passage.start],
                    sentences=tuple(passage.text[s.start - passage.start : s.end - passage.start] for s in own),
                    after_blank=above.count("\n") > 1,
                )
            )
            first = place + 1
    return lines


def _classify(lines: list[_Line], headline: str, *, is_alone: bool) -> list[_Line]:
    """Set the kind of each line: first by its own marks, then by the lines around it."""
    for line in lines:
        line.kind = _kind_by_marks(line)
    _find_tables(lines)
    runs = _run_lengths([line.is_unterminated for line in lines])
    for index, line in enumerate(lines):
        # Below a question is its answer, however short.
        if line.kind is not _Kind.PROSE or (index and lines[index - 1].kind is _Kind.QUESTION):
            continue
        below = lines[index + 1 :]
        if line.is_unterminated and begins_like_a_question(line.text) and len(line.words) <= MAX_HEADING_WORDS:
            line.kind = _Kind.QUESTION
        elif below and _introduces(line):
            line.kind = _Kind.INTRODUCTION
        elif len(lines) == 1 and not is_alone and line.is_unterminated and len(line.words) <= MAX_HEADING_WORDS:
            line.kind = _Kind.HEADING  # boilerplate, such as a dateline, parts it from the text
        elif below and (_is_headline(line, below[0], headline) or _may_be_heading(line, below, runs[index])):
            line.kind = _Kind.HEADING
    for line in lines:
        if line.kind in {_Kind.HEADING, _Kind.INTRODUCTION} and _has_own_number(line, lines):
            line.kind = _Kind.PROSE
    return lines


def _kind_by_marks(line: _Line) -> _Kind:
    if is_table_rule(line.text):
        return _Kind.TABLE_RULE
    if is_table_row(line.text):
        return _Kind.TABLE_ROW
    if has_question_label(line.text) or all(map(is_question, line.sentences)):
        return _Kind.QUESTION
    if is_markdown_heading(line.text):
        return _Kind.QUESTION if begins_like_a_question(line.text) else _Kind.HEADING
    return _Kind.LIST_ITEM if is_list_item(line.text) else _Kind.PROSE


def _find_tables(lines: Sequence[_Line]) -> None:
    """Find the rows with one bar, and the header of each table."""
    for line, following in pairwise(lines):
        # "العاصمة | تل الورد": a single bar separates cells where the next line has one too.
        if _has_one_bar(line) and following.kind is _Kind.TABLE_RULE:
            line.kind = _Kind.TABLE_ROW
        elif _has_one_bar(line) and _has_one_bar(following):
            line.kind = following.kind = _Kind.TABLE_ROW
    for is_table, group in groupby(lines, key=lambda line: line.kind in {_Kind.TABLE_ROW, _Kind.TABLE_RULE}):
        table = list(group)
        if is_table and _has_header(table):
            table[0].kind = _Kind.TABLE_HEADER


def _has_one_bar(line: _Line) -> bool:
    return line.kind in {_Kind.PROSE, _Kind.TABLE_ROW} and line.text.count("|") == 1 and len(line.words) > 1


def _has_header(table: Sequence[_Line]) -> bool:
    """True if a rule follows the first row, or a column has numbers in all rows but the first."""
    if len(table) < 2 or table[0].kind is _Kind.TABLE_RULE:
        return False
    if table[1].kind is _Kind.TABLE_RULE:
        return True
    cells = [table_cells(row.text) for row in table]
    has_number = [[any(map(str.isnumeric, cell)) for cell in row] for row in cells]
    same_width = len({len(row) for row in cells}) == 1
    return same_width and any(not column[0] and all(column[1:]) for column in zip(*has_number, strict=True))


def _run_lengths(members: Sequence[bool]) -> list[int]:
    """For each place the length of the run of equal values that it is in."""
    return [length for _, group in groupby(members) for length in [len(list(group))] for _ in range(length)]


def _introduces(line: _Line) -> bool:
    """True if a short line announces what follows: "وفيما يلي أبرز البنود:"."""
    return line.text.rstrip("-– ").endswith(":") and len(line.words) <= MAX_HEADING_WORDS


def _is_headline(line: _Line, following: _Line, headline: str) -> bool:
    """True if a line repeats the title as headlines are written, and not as a lede that became the title.

    A lede ends with a full stop, or begins a run of lines without final marks and is longer than the next.
    """
    if " ".join(line.words) != headline or line.text.rstrip(_CLOSING_MARKS).endswith("."):
        return False
    begins_run = line.is_unterminated and following.is_unterminated and not following.after_blank
    return not (begins_run and len(line.words) > len(following.words))


def _may_be_heading(line: _Line, below: Sequence[_Line], run: int) -> bool:
    """True if an unterminated line is in the place of a heading: above a longer line, a list or a table."""
    count = len(line.words)
    if not line.is_unterminated or count > MAX_UNSURE_HEADING_WORDS or _continues(line):
        return False
    if below[0].kind in {_Kind.LIST_ITEM, _Kind.TABLE_HEADER, _Kind.TABLE_ROW}:
        return True
    if run >= MIN_RUN_LINES and not (line.after_blank and below[0].after_blank):
        return False
    # A heading may have another one below it.
    paragraph = next((other for other in below if not other.is_unterminated), below[0])
    return len(paragraph.words) > count


def _continues(line: _Line) -> bool:
    """True if a line begins with a joined "and" and a verb, as a sentence does that goes on, and no heading does."""
    return _AND_VERB.match(line.words[0]) is not None if line.words else False


def _has_own_number(heading: _Line, lines: Sequence[_Line]) -> bool:
    """True if a heading or introduction states a number, and no date, that no other line has: only it can be quoted."""
    own = extract_numbers_and_dates(heading.text)
    if len(heading.words) < MIN_WORDS or own.months:
        return False
    others = extract_numbers_and_dates("\n".join(line.text for line in lines if line is not heading))
    return any(not _YEARS[0] <= number < _YEARS[1] for number in own.numbers - others.numbers)


def _read(lines: Sequence[_Line]) -> Iterator[QuotableSentence]:
    """The quotable sentences, each with those that it is read with."""
    questions: tuple[int, ...] = ()
    above: tuple[int, ...] = ()  # the heading or introduction, and the question over the items of a list
    header: tuple[int, ...] = ()
    previous: _Kind | None = None
    for line in lines:
        if previous is _Kind.LIST_ITEM and line.kind is not _Kind.LIST_ITEM:
            above = ()  # the list has ended
        places = tuple(range(line.place, line.place + len(line.sentences)))
        if line.kind is _Kind.QUESTION:
            questions, above = (*questions, *places), ()
        elif line.kind is _Kind.INTRODUCTION:
            questions, above = (), (*questions, *places)
        elif line.kind is _Kind.HEADING:
            questions, above = (), places
        elif line.kind is _Kind.TABLE_HEADER:
            header = places
        elif line.kind is not _Kind.TABLE_RULE:
            context = header if line.kind is _Kind.TABLE_ROW and header else above
            for place, sentence in zip(places, line.sentences, strict=True):
                if is_question(sentence) and line.kind is not _Kind.TABLE_ROW:
                    questions = (*questions, place)
                    continue
                is_entry = line.kind is _Kind.LIST_ITEM
                if _says_enough(sentence, line, has_context=bool(questions or (is_entry and context))):
                    yield QuotableSentence(place, questions, context)
                # The rest of the line, and the other items, answer the same question less directly.
                context, questions = questions or context, ()
            if line.kind is not _Kind.TABLE_ROW:
                above = context if line.kind is _Kind.LIST_ITEM else ()
        if line.kind not in {_Kind.TABLE_HEADER, _Kind.TABLE_RULE, _Kind.TABLE_ROW}:
            header = ()
        previous = line.kind


def _says_enough(sentence: str, line: _Line, *, has_context: bool) -> bool:
    """Whether a sentence is no fragment; a line that others explain may be short."""
    own = words(sentence)
    if line.kind is _Kind.TABLE_ROW:
        return sum(bool(words(cell)) for cell in table_cells(sentence)) > 1
    if has_context:
        return len(own) >= (1 if line.kind is _Kind.LIST_ITEM else MIN_WORDS_OF_ANSWER)
    is_entry = line.kind is _Kind.LIST_ITEM or _LABELLED.match(sentence)
    return len(own) >= (MIN_WORDS_OF_ENTRY if is_entry or any(word[0].isdigit() for word in own) else MIN_WORDS)
