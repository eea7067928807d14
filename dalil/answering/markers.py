"""A model's prose as sentences and the evidence they cite: `[1]`, `[١]`, `【1】`, `[1، 2]`, `[1-3]`, `[1], [2]`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dalil.answering.generator import DraftSentence
from dalil.text.normalisation import normalise
from dalil.text.sentences import sentence_spans

LONG = 1_000
"""Characters without the end of a sentence after which a text is not looked through again with every word."""

_MARK = r"[\[【［][ \t\xa0]*\d{1,3}(?:[ \t\xa0,،;؛–—-]+\d{1,3})*[ \t\xa0]*[\]】］]"
_AFTER_A_SENTENCE = re.compile(
    rf"(?P<stop>[.!?؟…][\"'»”’)]*)(?:[^\S\n]*{_MARK})+|^(?:[^\S\n]*{_MARK})+[^\S\n]*$", re.MULTILINE
)
"""Markers behind a stop, or alone in their line; those that begin a line belong to what follows."""

_MARKER = re.compile(rf"\s*{_MARK}(?:\s*[,،;؛–—-](?=\s*{_MARK})|\s+(?=[.!?؟…](?!\S)))?")
_HALF_A_MARKER = re.compile(r"\s*[\[【［][\d\s,،;؛–—-]*$")
_ITEM = re.compile(r"(\d+)(?:\s*[-–—]\s*(\d+))?")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")
_NO_TEXT = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, halves of characters, and what is not seen."""

_BEFORE_A_SENTENCE = re.compile(r"^(?:[*•>]+\s*|#+\s+|[-–—]+(?:\s+|(?=[^\W\d_]))|\d{1,2}[.)]\s+|[.,;:،؛]+\s+)+")
"""A list's mark, a heading's, or a stop left over by a marker; a minus and a decimal point are none."""

_FINISHED = re.compile(rf"(?:[.!?؟…][\"'»”’)\]]*|{_MARK})\**$")
"""How a text ends that was not cut off: by a stop, or by the marker that should stand before it."""

_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_QUOTATION_MARKS = ('"', "«»", "“”„", "‹›")
_BRACKETS = tuple(zip("([{【［‘", ")]}】］’", strict=True))
_STOP_AGAIN = re.compile(rf"(?<=[.!?؟…])((?:\s*{_MARK})+)\s*[.!?؟…](?!\S)")


def drafted(pieces: Iterable[str], evidence: int) -> Iterator[DraftSentence]:
    """The sentences of a text that comes in pieces, each once the next has begun: the same however the text is cut.

    `evidence` is how many pieces of evidence there are; a marker counts from 1, and may stand before or after the stop
    of its sentence. Markers are taken out of the text; one that leads to no evidence is counted and dropped. What has
    neither letters nor a citation of digits is no sentence, and a last one that breaks off cites nothing.
    """
    text, looked_through = "", 0
    for character in (character for piece in pieces for character in _NO_TEXT.sub("", piece)):
        begins_a_word = _LETTER.match(character) and not _LETTER.match(text[-1:])
        text += character
        # At the same places however the text is cut, and in a text without an end not with every word.
        if begins_a_word and (len(text) <= LONG or len(text) > 1.1 * looked_through):
            *done, text = _parts(text, more=True)
            looked_through = len(text)
            for part in done:
                yield from _sentence(part, evidence)
    *done, last = _parts(text, more=False)
    for part in done:
        yield from _sentence(part, evidence)
    for sentence in _sentence(last, evidence):
        yield sentence if _FINISHED.search(last.rstrip()) else replace(sentence, evidence=())


def _parts(text: str, *, more: bool) -> list[str]:
    """The text cut before each sentence, what follows a stop by way of markers staying with it; at least one part.

    Where there is `more` to come, nothing is cut within a quotation that is not closed yet.
    """
    # Blank, they lie between two sentences.
    blanked = _AFTER_A_SENTENCE.sub(lambda found: (found["stop"] or "").ljust(len(found.group())), text)
    cuts = [span.start for span in sentence_spans(blanked) if _LETTER.search(blanked, span.start)][1:]
    while more and cuts and _is_open(text, cuts[-1]):
        cuts.pop()
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def _is_open(text: str, end: int) -> bool:
    """Whether a quotation or bracket is open at `end`: what ends in it is known once it closes, or its line ends."""
    line = _LINE_END.split(text[:end])[-1]
    quoted = any(sum(map(line.count, marks)) % 2 for marks in _QUOTATION_MARKS)
    return quoted or any(line.rfind(opener) > line.rfind(closer) for opener, closer in _BRACKETS)


def _sentence(part: str, evidence: int) -> Iterator[DraftSentence]:
    # Looking for what white space may precede takes time that grows with the square of a run of it.
    part = " ".join(part.split())
    cited: dict[int, None] = {}
    nowhere = 0
    for marker in _MARKER.finditer(part):
        for numbers in _numbers(marker.group()):
            there = [number - 1 for number in numbers if 1 <= number <= evidence]
            cited.update(dict.fromkeys(there))
            nowhere += len(there) < len(numbers)
    text = _MARKER.sub("", _STOP_AGAIN.sub(r"\1", part)).replace("**", "")
    text = " ".join(_BEFORE_A_SENTENCE.sub("", _HALF_A_MARKER.sub("", text).strip()).split())
    if _LETTER.search(text) or (cited and _DIGIT.search(text)):
        yield DraftSentence(text, tuple(cited), nowhere)
    elif nowhere:
        yield DraftSentence("", (), nowhere)


def _numbers(marker: str) -> Iterator[Sequence[int]]:
    """The numbers of a marker, each range by itself; of a range that runs backwards only its two ends."""
    for item in _ITEM.finditer(normalise(marker)):
        first, last = int(item.group(1)), int(item.group(2) or item.group(1))
        yield range(first, last + 1) if first <= last else (first, last)
