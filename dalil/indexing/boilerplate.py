"""The main content of an article: its lines without the labels, links and credits of the page it comes from.

Only whole lines are left out, and only of passages: the stored text keeps them. A line that could be a sentence of the
article stays, because boilerplate in a passage costs a little noise, and a missing sentence loses an answer.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dalil.domain import Span
from dalil.text.arabic import CLOSING_QUOTATION_MARKS, SENTENCE_FINAL_MARKS
from dalil.text.lexicon import read_lexicon, read_words
from dalil.text.line_kinds import is_table_rule
from dalil.text.normalisation import normalise
from dalil.text.sentences import NO_SOFT_LINE_BREAKS, line_spans

BOILERPLATE_VERSION = 2
"""Raised with every change to the lines that are left out: part of every article's version."""

MAX_BOILERPLATE_CHARACTERS = 160
"""A longer line is always content."""

MAX_CAPTION_CHARACTERS = 80
"""A longer line is never a repeated caption."""

MIN_CAPTION_WORDS = 3

_SENTENCE_OR_LIST_ENDINGS = tuple(f"{SENTENCE_FINAL_MARKS}{CLOSING_QUOTATION_MARKS}:؛،")
"""A line that ends in one of these is a sentence or continues in the next line. A caption may end in a bracket."""

_REFERENCE = re.compile(r"\(\?&(\w+)\)")
_ESCAPE = re.compile(r"\\.")

_Alternatives = Annotated[tuple[Annotated[str, StringConstraints(min_length=1, strict=True)], ...], Field(min_length=1)]


class BoilerplatePatterns(BaseModel):
    """Regular expressions for whole folded lines that are not content.

    `patterns` maps each kind of boilerplate to its alternatives. `(?&name)` in a pattern stands for the alternatives
    under that name in `definitions`, as in PCRE. Refused are a pattern that does not compile, a name without
    definition, a definition without use, and letters that folding changes, which would never match.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    definitions: Mapping[str, _Alternatives]
    patterns: Mapping[str, _Alternatives]

    @model_validator(mode="after")
    def _check_patterns(self) -> Self:
        for alternative in (
            part for group in (self.definitions, self.patterns) for of in group.values() for part in of
        ):
            letters = _ESCAPE.sub("", alternative)
            if normalise(letters) != letters:
                raise ValueError(f"{alternative!r} is not folded: write {normalise(letters)!r}")
        uses = {name for part in self.patterns.values() for pattern in part for name in _REFERENCE.findall(pattern)}
        if uses != self.definitions.keys():
            raise ValueError(f"used and defined names differ: {sorted(uses ^ self.definitions.keys())!r}")
        try:
            re.compile(self.regex)
        except re.error as error:
            raise ValueError(f"{error.pattern!r} is no regular expression: {error}") from error
        return self

    @cached_property
    def regex(self) -> str:
        """All patterns as one alternation."""
        alternatives = "|".join(pattern for patterns in self.patterns.values() for pattern in patterns)
        return _REFERENCE.sub(lambda name: f"(?:{'|'.join(self.definitions[name[1]])})", alternatives)


def _boilerplate_regex() -> re.Pattern[str]:
    """Matches a whole folded line of labels, with anything but words between them, or of one of the patterns."""
    labels = "|".join(sorted(read_words("boilerplate_labels"), key=lambda label: (-len(label), label)))
    patterns = read_lexicon("boilerplate_patterns", BoilerplatePatterns).regex
    return re.compile(rf"(?:[\W\d_]*(?:(?<!\w)(?:{labels})(?!\w)[\W\d_]*)+|{patterns})")


_BOILERPLATE = _boilerplate_regex()


def main_content_spans(text: str, soft_breaks: AbstractSet[int] = NO_SOFT_LINE_BREAKS) -> list[Span]:
    """The runs of content lines of `text`, in order; empty if every line is boilerplate.

    A run starts and ends with a character that is not white space and holds no boilerplate line. A line without a
    letter or digit is boilerplate too, but for the rule under a table's header. `soft_breaks` are as in `line_spans`.
    """
    runs: list[Span] = []
    joined = False
    for line, is_content in _classify_lines(text, soft_breaks):
        if is_content and joined:
            runs[-1] = Span(runs[-1].start, line.end)
        elif is_content:
            runs.append(line)
        joined = is_content
    return runs


def is_boilerplate(line: str) -> bool:
    """True if a line, seen alone, is boilerplate."""
    if len(line) > MAX_BOILERPLATE_CHARACTERS:
        return False
    if is_table_rule(line):
        return False
    folded = " ".join(normalise(line).split())
    return not any(map(str.isalnum, folded)) or _BOILERPLATE.fullmatch(folded) is not None


def _classify_lines(text: str, soft_breaks: AbstractSet[int]) -> Iterator[tuple[Span, bool]]:
    """Each line and whether it is content."""
    lines = [(span, not is_boilerplate(span.of(text))) for span in line_spans(text, 0, None, soft_breaks)]
    first = next((index for index, (_, is_content) in enumerate(lines) if is_content), 0)
    captions = {
        index + offset
        for index in range(len(lines) - 1)
        for offset in (0, 1)
        if _is_repeated_caption(text, lines[index][0], lines[index + 1][0])
    } - {first}  # The first line is the title, which a caption may repeat.
    for index, (span, is_content) in enumerate(lines):
        yield span, is_content and index not in captions


def _is_repeated_caption(text: str, line: Span, following: Span) -> bool:
    """True if two adjacent lines are equal or one begins with the other, and neither is a full sentence."""
    if max(line.end - line.start, following.end - following.start) > MAX_CAPTION_CHARACTERS:
        return False
    if text[line.end : following.start].count("\n") > 1 or line.of(text).endswith(_SENTENCE_OR_LIST_ENDINGS):
        return False
    shorter, longer = sorted((normalise(line.of(text)).split(), normalise(following.of(text)).split()), key=len)
    repeated = len(shorter) >= MIN_CAPTION_WORDS and longer[: len(shorter)] == shorter
    return repeated and not following.of(text).endswith(_SENTENCE_OR_LIST_ENDINGS)
