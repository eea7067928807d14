"""Splits what a model writes into sentences, and reads their citation markers and the quotes before them.

The prompt asks for pairs of lines. A sentence without a quote is read too: the answerer decides what it is worth.

    QUOTE: «16 ألف قذيفة مدفعية» [1]
    ANSWER: North Korea sent 16,000 artillery shells [1].

A marker is `[1]`, `[١]`, `【1】`, `[1، 2]`, `[1-3]`, `[1 and 3]`, or several of them: `[1], [2]`.
It comes before or after the full stop of its sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise

from dalil.answering.generator import DraftSentence
from dalil.answering.llm.markup import blank_comments, strip_invisible, strip_markup
from dalil.domain import DropReason
from dalil.text.arabic import SENTENCE_FINAL_MARKS
from dalil.text.lexicon import read_words
from dalil.text.normalisation import normalise
from dalil.text.sentences import sentence_spans

RESCAN_CHARACTERS = 1_000
"""A pending text is searched for sentence ends at every word up to this length, beyond it each time it has grown."""

RESCAN_GROWTH = 1.1
"""A long pending text is searched again when it has grown by this factor, so that the time stays linear."""

MAX_CLEANING_ROUNDS = 8
"""Markup within markup within markup: a sentence that takes more rounds to clean cannot be read."""

_STOPS = f"[{SENTENCE_FINAL_MARKS}]"
_CLOSING_QUOTES = "\"'»”’)"
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_LINE_ENDS_SET = frozenset(_LINE_ENDS)
_OPENERS, _CLOSERS = "[【［〔", "]】］〕"
_OPENER, _CLOSER = rf"[\{_OPENERS}]", rf"[\{_CLOSERS}]"
_CONJUNCTIONS = "|".join(sorted(read_words("list_conjunctions")))

_IN_MARKER = rf"(?:(?<!\d)\d{{1,3}}(?!\d)|{_CONJUNCTIONS}|(?![\{_OPENERS}\{_CLOSERS}{_LINE_ENDS}])(?:\W|_))"
"""Up to three digits, since `[2024]` is a year in brackets; a conjunction; a separator of any kind."""

_MARKER = rf"\\?{_OPENER}(?:{_IN_MARKER}|{_OPENER}{_IN_MARKER}*{_CLOSER})*{_CLOSER}"
"""Brackets without words, and at most one pair of brackets in another: `[[1]]`."""

_TRAILING_MARKERS = re.compile(
    # `Shells came. [1](/address) Rockets`: the marker belongs to the sentence before it, and so does its link.
    rf"(?P<stop>{_STOPS}[{_CLOSING_QUOTES}]*)(?:[^\S\n]*{_MARKER}(?:\([^()\n]*(?:\)|\Z))?)+"
    # A line of markers alone belongs to the line above. A marker that begins a line of words belongs to them.
    rf"|^(?:[^\S\n]*{_MARKER})+[^\S\n]*$",
    re.MULTILINE,
)

_MARKER_AND_SEPARATOR = re.compile(
    # `came [1], [3].`: the comma goes with its marker. `came [2] .`: the space before the stop goes too.
    rf"\s*(?P<marker>{_MARKER})(?:\s*[,،;؛–—-](?=\s*{_MARKER})|\s+(?={_STOPS}(?!\S)))?"
)

_UNCLOSED_MARKER = re.compile(rf"\s*\\?{_OPENER}{_IN_MARKER}*$")

_UNCLOSED_MARKUP = re.compile(
    # `[1, 2`, `[words](http://addr`, or `<b`: its end is still to come.
    rf"\\?{_OPENER}[^\{_CLOSERS}{_LINE_ENDS}]*(?:{_CLOSER}+\([^(){_LINE_ENDS}]*)?\Z|<[^<>{_LINE_ENDS}]*\Z"
)

_NUMBER_LIST = re.compile(
    # `1`, `^1`, `#1, 3`, `1–3`, `1 and 3`, `١ و٣`, `1.`, but not `-1` or `1.5`.
    rf"[\s#^*_~`\\.:]*\d+(?:(?:[\s#^*_~,،;؛/&+–—-]|{_CONJUNCTIONS})+\d+)*[\s#^*_~`\\.:]*"
)
_NUMBER_OR_RANGE = re.compile(r"(\d+)(?:\s*[-–—]\s*(\d+))?")

_LEADING_MARKS = re.compile(
    # A list's bullet or number, a heading's `#`, a stop that its marker left behind. Not `-5 degrees` or `#1 in sales`.
    r"^(?:[*•>]+\s*|#+\s+|[-–—]+(?:\s+|(?=[^\W\d_]))|\d{1,2}[.)]\s+|[.,;:،؛]+\s+)+"
)

_COMPLETE = re.compile(rf"(?:{_STOPS}[{_CLOSING_QUOTES}\]]*|{_MARKER})\**$")
"""A text that was not cut off ends with a stop, or with the marker that should precede it."""

_REPEATED_STOP = re.compile(rf"(?<={_STOPS})((?:\s*{_MARKER})+)\s*{_STOPS}(?!\S)")
"""`Shells came.[2].`"""

_LETTER = re.compile(r"[^\W\d_]")

_LABEL = re.compile(
    # `QUOTE:`, `**Quote:**`, `1. QUOTE:`, `- QUOTE [2]:`, `الإجابة:`
    rf"[\s*_#>•.)\d-]*(?P<word>[^\W\d_]+)(?P<number>(?:\s|[*_]|{_MARKER})*)[:：][*_]*"
)
_LABEL_WITHIN_LINE = re.compile(rf"(?<=[\s»\"”’\]){SENTENCE_FINAL_MARKS}])[*_]*(?:QUOTE|ANSWER)[*_\s]*[:：]\Z")
_MAX_LABEL_CHARACTERS = 20

_REASONING_TAG = re.compile(r"[<\[](?P<end>/?)(?:think|thinking|thought)[>\]]\Z", re.IGNORECASE)
_MAX_REASONING_TAG_CHARACTERS = len("</thinking>")

_QUOTATION_MARKS: Mapping[str, str] = {mark: marks for marks in ('"', "«»", "“”„", "‹›") for mark in marks}
"""Each quotation mark with its kind. Models use the opening and the closing mark of a kind in any order."""

_CLOSER_OF: Mapping[str, str] = dict(zip("({‘" + _OPENERS, ")}’" + _CLOSERS, strict=True))

_TO_SPACES = str.maketrans(dict.fromkeys(_OPENERS + _CLOSERS, " "))
_TO_INERT = str.maketrans("[]【】［］〔〕<>", "()()()()‹›")
"""Brackets that are left over become characters that are neither a marker nor markup for any client."""


class _Label(Enum):
    """The kind of a line."""

    QUOTE = "QUOTE"
    ANSWER = "ANSWER"


_LABELS: Mapping[str, _Label] = {
    **dict.fromkeys(read_words("quote_labels"), _Label.QUOTE),
    **dict.fromkeys(read_words("answer_labels"), _Label.ANSWER),
}


class UnfinishedReasoning(Exception):
    """The text ends within reasoning, and the answer that should follow is missing."""


def parse_citations(pieces: Iterable[str], evidence_count: int) -> Iterator[DraftSentence]:
    """The sentences of a streamed text, each once the next one begins.

    The result does not depend on where the text is cut into pieces. The time is linear in its length.

    - Citations count from 1 in the text and from 0 in the result. A number beyond `evidence_count` is counted in
      `invalid_citations`. Brackets with other numbers, such as `[1.5]`, are dropped.
    - Markers and markup are removed. A sentence needs letters, or digits and a citation.
    - A sentence has the quotes of the QUOTE lines that precede it, up to the next one, and cites what they cite too.
    - A last sentence that breaks off cites nothing, and neither does a last quote without a sentence.
    - Reasoning (`<think>…</think>`) is left out. Some endpoints send only its end tag: it removes the text that has not
      been yielded yet, while the sentences of the reasoning before that are taken for the answer's.

    Raises `UnfinishedReasoning`, after the sentences before the reasoning.

    >>> list(parse_citations(["Shells ca", "me [1]. Rockets", " too. [2]"], 2))
    [DraftSentence(text='Shells came.', evidence=(0,), invalid_citations=0, drop_reason=None, quotes=()), \
DraftSentence(text='Rockets too.', evidence=(1,), invalid_citations=0, drop_reason=None, quotes=())]
    """
    reader = _SentenceReader(evidence_count)
    pending, scanned = "", 0
    reasoning: int | None = None  # Its start in `pending`.
    for character in (character for piece in pieces for character in strip_invisible(piece)):
        begins_word = _LETTER.match(character) and not _LETTER.match(pending[-1:])
        pending += character
        tag = _reasoning_tag(pending)
        if tag and tag["end"]:
            if reasoning is None:
                reader = _SentenceReader(evidence_count)
            pending, reasoning = pending[: reasoning or 0], None
        elif tag and reasoning is None:
            reasoning = tag.start()
        elif character in ":：" and reasoning is None:
            pending = _break_before_label(pending)
        # A sentence's end is certain once a word follows. The places depend on the text alone, not on the pieces.
        elif (
            begins_word
            and reasoning is None
            and (len(pending) <= RESCAN_CHARACTERS or len(pending) > RESCAN_GROWTH * scanned)
        ):
            *complete, pending = split_sentences(pending, is_complete=False)
            scanned = len(pending)
            for text in complete:
                yield from reader.read(text)
    *complete, last = split_sentences(pending[:reasoning], is_complete=True)
    for text in complete:
        yield from reader.read(text)
    for sentence in reader.read(last):
        is_complete = _COMPLETE.search(strip_markup(last).rstrip()) is not None
        if is_complete or sentence.drop_reason:
            yield sentence
        else:
            yield replace(sentence, evidence=(), drop_reason=DropReason.INCOMPLETE)
    yield from reader.rest()
    if reasoning is not None:
        raise UnfinishedReasoning


@dataclass(slots=True)
class _SentenceReader:
    """Reads the parts of a text in order, and gives each sentence the quotes before it.

    A part has a label if its line begins with one. A part without a label continues its line. Where a quote's line is
    over, and the next one has no label, that is the answer: small models forget the second label.
    """

    evidence_count: int
    _quotes: list[DraftSentence] = field(default_factory=list)
    _is_quote: bool = False
    _begins_line: bool = True

    def read(self, text: str) -> Iterator[DraftSentence]:
        """The sentence in the part, unless it is a quote or nothing."""
        label, text = _split_label(text, begins_line=self._begins_line)
        if label is _Label.QUOTE:
            if not self._is_quote:
                self._quotes.clear()
            self._is_quote = True
        elif label is _Label.ANSWER or (self._begins_line and self._quotes):
            self._is_quote = False
        for sentence in _parse_sentence(text, self.evidence_count):
            if not self._is_quote or sentence.drop_reason:
                yield self._with_quotes(sentence)
            else:
                self._quotes.append(sentence)
        self._begins_line = not _LINE_ENDS_SET.isdisjoint(text[len(text.rstrip()) :])

    def rest(self) -> Iterator[DraftSentence]:
        """The quotes that no sentence follows, as a sentence that is incomplete."""
        if self._is_quote and self._quotes:
            text = " ".join(quote.text for quote in self._quotes)
            yield DraftSentence(text, (), self._take_invalid_citations(), DropReason.INCOMPLETE)

    def _with_quotes(self, sentence: DraftSentence) -> DraftSentence:
        cited = [*sentence.evidence, *(index for quote in self._quotes for index in quote.evidence)]
        return replace(
            sentence,
            evidence=tuple(dict.fromkeys(cited)),
            invalid_citations=sentence.invalid_citations + self._take_invalid_citations(),
            quotes=tuple(quote.text for quote in self._quotes if quote.text),
        )

    def _take_invalid_citations(self) -> int:
        """The invalid citations of the quotes, which count for the first sentence only."""
        count = sum(quote.invalid_citations for quote in self._quotes)
        self._quotes = [replace(quote, invalid_citations=0) for quote in self._quotes]
        return count


def split_sentences(text: str, *, is_complete: bool) -> list[str]:
    """The text cut before each sentence; at least one part. Markers after a stop stay with the sentence before them.

    Only the stable cuts of a text that is not complete are used.
    """
    # With blanks for the markers, a sentence begins after them: `Shells came. [1] Rockets`.
    blanked = _TRAILING_MARKERS.sub(lambda found: (found["stop"] or "").ljust(len(found.group())), blank_comments(text))
    cuts = [span.start for span in sentence_spans(blanked) if _LETTER.search(blanked, span.start)][1:]
    if not is_complete:
        cuts = stable_cuts(text, cuts)
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def stable_cuts(text: str, cuts: list[int]) -> list[int]:
    """The cuts that no continuation of the text can move.

    These end at the last cut outside of all quotations and brackets, which does not precede unclosed markup. In
    `He said "We won. We did` the cut before `We did` is not stable: the quotation may go on as `." [1]`.
    """
    unclosed: set[str] = set()
    start, stable = 0, 0
    for count, cut in enumerate(cuts, start=1):
        for character in text[start:cut]:
            if character in _LINE_ENDS:
                unclosed.clear()  # Neither goes beyond its line: what is open there was never closed.
            elif character in _QUOTATION_MARKS:
                unclosed ^= {_QUOTATION_MARKS[character]}
            elif character in _CLOSER_OF:
                unclosed.add(_CLOSER_OF[character])
            else:
                unclosed.discard(character)
        start = cut
        if not unclosed and not _UNCLOSED_MARKUP.match(text, cut):
            stable = count
    return cuts[:stable]


def _break_before_label(text: str) -> str:
    """The text with a line end before the label with which it ends: `QUOTE: «shells» [1] ANSWER:`.

    Only the labels of the prompt count within a line, since `الجواب:` may occur in a quote.
    """
    found = _LABEL_WITHIN_LINE.search(text, max(0, len(text) - _MAX_LABEL_CHARACTERS))
    return f"{text[: found.start()]}\n{text[found.start() :]}" if found else text


def _split_label(text: str, *, begins_line: bool) -> tuple[_Label | None, str]:
    """The label that the text begins with, and the rest; a marker in the label, `QUOTE [2]:`, goes to the rest."""
    found = _LABEL.match(text)
    if not found:
        return None, text
    label = _LABELS.get(normalise(found["word"])) if begins_line else None
    label = label or next((own for own in _Label if own.value == found["word"]), None)
    return (label, found["number"] + text[found.end() :]) if label else (None, text)


def _reasoning_tag(text: str) -> re.Match[str] | None:
    """The start or end tag of reasoning with which the text ends."""
    if not text.endswith((">", "]")):
        return None
    return _REASONING_TAG.search(text, max(0, len(text) - _MAX_REASONING_TAG_CHARACTERS))


def _parse_sentence(text: str, evidence_count: int) -> Iterator[DraftSentence]:
    """The sentence without its markers and markup; nothing where no words and no citations are left."""
    text = " ".join(text.split())  # The patterns take quadratic time on a run of spaces.
    citations: dict[int, None] = {}
    invalid = 0
    # In rounds, since a marker may hide markup and the reverse: `ht[1]tp://address`, `<[1]img src=x>`.
    for _ in range(MAX_CLEANING_ROUNDS):
        before, text = text, strip_markup(text)
        for found in _MARKER_AND_SEPARATOR.finditer(text):
            for numbers in _citation_numbers(found["marker"]):
                valid = [number - 1 for number in numbers if 1 <= number <= evidence_count]
                citations.update(dict.fromkeys(valid))
                invalid += len(valid) < len(numbers)
        text = _MARKER_AND_SEPARATOR.sub("", _REPEATED_STOP.sub(r"\1", text))
        if text == before:
            break
    else:
        if _LETTER.search(text):
            yield DraftSentence(text.translate(_TO_INERT), (), invalid, DropReason.UNREADABLE)
        return
    text = _UNCLOSED_MARKER.sub("", text).strip().rstrip(_OPENERS)
    text = " ".join(_LEADING_MARKS.sub("", text).translate(_TO_INERT).split())
    if _LETTER.search(text) or (citations and any(character.isdecimal() for character in text)):
        yield DraftSentence(text, tuple(citations), invalid)
    elif invalid:
        yield DraftSentence("", (), invalid)


def _citation_numbers(marker: str) -> Iterator[Sequence[int]]:
    """The numbers of a marker, a range as one item; nothing where it holds anything but a list of numbers."""
    inside = normalise(marker.translate(_TO_SPACES))
    if not _NUMBER_LIST.fullmatch(inside):
        return
    for found in _NUMBER_OR_RANGE.finditer(inside):
        first, last = int(found[1]), int(found[2] or found[1])
        # A range that runs backwards is a slip of the model: only its two ends are sure.
        yield range(first, last + 1) if first <= last else (first, last)
