"""A model's prose as sentences and the evidence they cite: `[1]`, `[١]`, `【1】`, `[1، 2]`, `[1-3]`, `[1], [2]`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from dalil.answering.generator import DraftSentence
from dalil.answering.markup import comments_blank, plain
from dalil.text.normalisation import normalise
from dalil.text.sentences import sentence_spans

LONG = 1_000
"""Characters without the end of a sentence after which a text is not looked through again with every word."""

ROUNDS = 8
"""How often a sentence is freed of markup and markers; one that holds more, one inside the other, is none."""

_OPENERS, _CLOSERS = "[【［〔", "]】］〕"
_OPENER, _CLOSER = rf"[\{_OPENERS}]", rf"[\{_CLOSERS}]"
_END = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
_INSIDE = rf"(?:(?<!\d)\d{{1,3}}(?!\d)|and\b|و|(?![\{_OPENERS}\{_CLOSERS}{_END}])(?:\W|_))"
_MARK = rf"\\?{_OPENER}(?:{_INSIDE}|{_OPENER}{_INSIDE}*{_CLOSER})*{_CLOSER}"
"""Brackets that hold no words, at most one inside the other; a year makes them text."""

_AFTER_A_SENTENCE = re.compile(
    rf"(?P<stop>[.!?؟…][\"'»”’)]*)(?:[^\S\n]*{_MARK}(?:\([^()\n]*(?:\)|\Z))?)+|^(?:[^\S\n]*{_MARK})+[^\S\n]*$",
    re.MULTILINE,
)
"""Markers behind a stop, or alone in their line; those that begin a line belong to what follows."""

_MARKER = re.compile(rf"\s*(?P<mark>{_MARK})(?:\s*[,،;؛–—-](?=\s*{_MARK})|\s+(?=[.!?؟…](?!\S)))?")
_HALF_A_MARKER = re.compile(rf"\s*\\?{_OPENER}{_INSIDE}*$")
_IN_PROGRESS = re.compile(rf"\\?{_OPENER}[^\{_CLOSERS}{_END}]*(?:{_CLOSER}+\([^(){_END}]*)?\Z|<[^<>{_END}]*\Z")
"""A bracket, the target of a link, or a tag, of which the end is still to come."""

_BRACKET = re.compile(rf"[\{_OPENERS}\{_CLOSERS}]")
_LISTED = re.compile(r"[\s#^*_~`\\.:]*\d+(?:(?:[\s#^*_~,،;؛/&+–—-]|and|و)+\d+)*[\s#^*_~`\\.:]*")
_ITEM = re.compile(r"(\d+)(?:\s*[-–—]\s*(\d+))?")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, halves of characters, and what is not seen."""

_THOUGHT = re.compile(r"[<\[](?P<ends>/?)(?:think|thinking|thought)[>\]]\Z", re.IGNORECASE)
_LONGEST_TAG = len("</thinking>")

_BEFORE_A_SENTENCE = re.compile(r"^(?:[*•>]+\s*|#+\s+|[-–—]+(?:\s+|(?=[^\W\d_]))|\d{1,2}[.)]\s+|[.,;:،؛]+\s+)+")
"""A list's mark, a heading's, or a stop left over by a marker; a minus and a decimal point are none."""

_FINISHED = re.compile(rf"(?:[.!?؟…][\"'»”’)\]]*|{_MARK})\**$")
"""How a text ends that was not cut off: by a stop, or by the marker that should stand before it."""

_STOP_AGAIN = re.compile(rf"(?<=[.!?؟…])((?:\s*{_MARK})+)\s*[.!?؟…](?!\S)")

_LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_QUOTATION_MARKS: Mapping[str, str] = {mark: marks for marks in ('"', "«»", "“”„", "‹›") for mark in marks}
_OPENED_BY: Mapping[str, str] = dict(zip("({‘" + _OPENERS, ")}’" + _CLOSERS, strict=True))
_NESTING = re.compile(rf"[{re.escape(''.join((*_LINE_ENDS, *_QUOTATION_MARKS, *_OPENED_BY, *_OPENED_BY.values())))}]")

_INERT = str.maketrans("[]【】［］〔〕<>", "()()()()‹›")
"""What is left of brackets can neither be a marker nor begin markup."""


class UnfinishedThought(Exception):
    """The text ends within a thought, and what would have followed it is not there."""


def drafted(pieces: Iterable[str], evidence: int) -> Iterator[DraftSentence]:
    """The sentences of a text that comes in pieces, each once the next has begun: the same however the text is cut.

    `evidence` is how many pieces of evidence there are; a marker counts from 1, and may stand before or after the stop
    of its sentence. Markers and markup are taken out of the text; a marker that leads to no evidence is counted and
    dropped, and so are brackets that hold numbers otherwise, but not counted. What has neither letters nor a citation
    of digits is no sentence, and a last one that breaks off cites nothing.

    A thought (`<think>…</think>`) is left out. Some endpoints give its end alone: it takes along all that has not been
    given as a sentence by then, but the sentences of a thought before that are taken for ones of the answer. Raises
    `UnfinishedThought`, after what was written before it.
    """
    text, looked_through = "", 0
    thought: int | None = None
    for character in (character for piece in pieces for character in _NO_TEXT.sub("", piece)):
        begins_a_word = _LETTER.match(character) and not _LETTER.match(text[-1:])
        text += character
        if character in ">]" and (tag := _THOUGHT.search(text, max(0, len(text) - _LONGEST_TAG))):
            if tag["ends"]:
                text, thought = text[: thought or 0], None
            elif thought is None:
                thought = tag.start()
        # At the same places however the text is cut, and in a text without an end not with every word.
        elif begins_a_word and thought is None and (len(text) <= LONG or len(text) > 1.1 * looked_through):
            *done, text = _parts(text, more=True)
            looked_through = len(text)
            for part in done:
                yield from _sentence(part, evidence)
    *done, last = _parts(text[:thought], more=False)
    for part in done:
        yield from _sentence(part, evidence)
    for sentence in _sentence(last, evidence):
        yield sentence if _FINISHED.search(plain(" ".join(last.split())).rstrip()) else replace(sentence, evidence=())
    if thought is not None:
        raise UnfinishedThought


def _parts(text: str, *, more: bool) -> list[str]:
    """The text cut before each sentence, what follows a stop by way of markers staying with it; at least one part.

    Where there is `more` to come, nothing is cut within a quotation that is not closed yet, nor before a bracket.
    """
    # Blank, they lie between two sentences.
    blanked = _AFTER_A_SENTENCE.sub(lambda found: (found["stop"] or "").ljust(len(found.group())), comments_blank(text))
    cuts = [span.start for span in sentence_spans(blanked) if _LETTER.search(blanked, span.start)][1:]
    if more:
        cuts = _settled(text, cuts)
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def _settled(text: str, cuts: list[int]) -> list[int]:
    """The cuts up to the last at which no quotation or bracket is open, and no bracket begins that is.

    What ends in one of them is known once it closes, or its line ends.
    """
    open_: set[str] = set()
    start, settled = 0, 0
    for count, cut in enumerate(cuts, start=1):
        for mark in _NESTING.findall(text[start:cut]):
            if mark in _LINE_ENDS:
                open_.clear()
            elif mark in _QUOTATION_MARKS:
                open_ ^= {_QUOTATION_MARKS[mark]}
            elif mark in _OPENED_BY:
                open_.add(_OPENED_BY[mark])
            else:
                open_.discard(mark)
        start = cut
        if not open_ and not _IN_PROGRESS.match(text, cut):
            settled = count
    return cuts[:settled]


def _sentence(part: str, evidence: int) -> Iterator[DraftSentence]:
    # Looking for what white space may precede takes time that grows with the square of a run of it.
    text = " ".join(part.split())
    cited: dict[int, None] = {}
    nowhere = 0
    for _ in range(ROUNDS):
        before, text = text, plain(text)
        for marker in _MARKER.finditer(text):
            for numbers in _numbers(marker["mark"]):
                there = [number - 1 for number in numbers if 1 <= number <= evidence]
                cited.update(dict.fromkeys(there))
                nowhere += len(there) < len(numbers)
        text = _MARKER.sub("", _STOP_AGAIN.sub(r"\1", text))
        if text == before:
            break
    else:
        text = ""
    text = _HALF_A_MARKER.sub("", text).strip().rstrip(_OPENERS)
    text = " ".join(_BEFORE_A_SENTENCE.sub("", text).translate(_INERT).split())
    if _LETTER.search(text) or (cited and _DIGIT.search(text)):
        yield DraftSentence(text, tuple(cited), nowhere)
    elif nowhere:
        yield DraftSentence("", (), nowhere)


def _numbers(marker: str) -> Iterator[Sequence[int]]:
    """The numbers of a marker, each range by itself; of a range that runs backwards only its two ends.

    Brackets that hold anything but a list of numbers are no marker and have none.
    """
    inside = normalise(_BRACKET.sub(" ", marker))
    if not _LISTED.fullmatch(inside):
        return
    for item in _ITEM.finditer(inside):
        first, last = int(item.group(1)), int(item.group(2) or item.group(1))
        yield range(first, last + 1) if first <= last else (first, last)
