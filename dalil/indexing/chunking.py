"""Passages: runs of whole sentences up to a length limit in tokens, between two lines of boilerplate.

This module chooses the cuts between sentences that cost least: few passages, of even length, that end with a paragraph.
The splitters of langchain merge greedily, which leaves headings alone and short remainders: over 1,272 news articles
5 % of their passages have less than a quarter of the limit, and 1 % of the passages made here. A sentence that alone
exceeds the limit can only be cut at clauses and words: langchain's recursive splitter tries these in turn.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from dalil.domain import Article, Passage, Span
from dalil.errors import InvalidArticle
from dalil.indexing.boilerplate import BOILERPLATE_VERSION, main_content_spans
from dalil.text.arabic import ends_like_a_sentence
from dalil.text.line_kinds import is_question
from dalil.text.sentences import line_spans, sentence_spans
from dalil.text.soft_line_breaks import soft_line_breaks

CHUNKING_VERSION = 4
"""Raised with every change to the cuts between sentences or passages: part of every article's version."""

SEPARATORS = ["؛ ", "; ", ": ", "، ", ", ", " – ", " - ", " ", ""]
"""The places to cut a sentence that is too long, best first; a sentence has no line or sentence end inside."""

BREAK_PENALTY = 0.3
"""The cost of ending a passage within a paragraph, or with a heading, a question or an introduction; one costs 1."""

MAX_CHARACTERS_PER_TOKEN = 40
"""A longer piece of text counts as several tokens. Arabic news has four to five characters a token.

A million characters that the tokenizer does not know are one token, and so could be one passage, which every hit and
every answer repeats.
"""

MAX_KEPT_LENGTHS = 4096
"""Pieces of a long sentence whose numbers of tokens are kept while it is cut."""

MAX_SENTENCES = 50_000
"""Of one article, each with a vector of 1.5 kB. A book has half as many; five megabytes can be two million words of one
letter, a line each."""

_WHITE_SPACE = re.compile(r"\s")


class Chunker:
    """Cuts articles into passages of at most `passage_tokens` tokens, counted by `count_tokens`.

    A passage has at most `MAX_CHARACTERS_PER_TOKEN` characters for each of them.
    """

    def __init__(self, count_tokens: Callable[[Sequence[str]], list[int]], passage_tokens: int) -> None:
        self._count_tokens = count_tokens
        self._limit = passage_tokens

    def version(self, article: Article) -> str:
        """A hash of everything that an article's passages depend on: the article is indexed again if it changes."""
        parts = (article.content_hash, self._limit, BOILERPLATE_VERSION, CHUNKING_VERSION)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def passages(self, article: Article) -> tuple[Passage, ...]:
        """The article's passages in order; empty if all of it is boilerplate.

        Raises `InvalidArticle` for more than `MAX_SENTENCES`.

        Every sentence of the main content is in exactly one passage. A passage has no line of boilerplate. Its length
        is the sum of its sentences' tokens.
        """
        text = article.text
        soft_breaks = soft_line_breaks(text)
        runs = [sentence_spans(text, run.start, run.end, soft_breaks) for run in main_content_spans(text, soft_breaks)]
        if (count := sum(map(len, runs))) > MAX_SENTENCES:
            raise InvalidArticle(article.id, f"it has {count:,} sentences, of at most {MAX_SENTENCES:,}; split it")
        tokens = iter(self._lengths([sentence.of(text) for run in runs for sentence in run]))
        return tuple(
            Passage.of(article.id, group[0].start, group[-1].end, text[group[0].start : group[-1].end], group)
            for run in runs
            for group in _group(
                text,
                [unit for sentence in run for unit in self._units(text, sentence, next(tokens), soft_breaks)],
                self._limit,
                soft_breaks,
            )
        )

    def _units(
        self, text: str, sentence: Span, tokens: int, soft_breaks: AbstractSet[int]
    ) -> Iterator[tuple[Span, int]]:
        """The parts that are not cut further, each with its tokens: the sentence, or its pieces if it is too long."""
        if tokens <= self._limit:
            yield sentence, tokens
            return
        # Loading the library takes a second, and few articles need it.
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415

        # A word without end is cut letter by letter.
        count = lru_cache(MAX_KEPT_LENGTHS)(lambda piece: max(1, self._lengths([piece])[0]))
        splitter = RecursiveCharacterTextSplitter(
            separators=SEPARATORS,
            keep_separator="end",
            strip_whitespace=False,
            chunk_size=self._limit,
            chunk_overlap=0,
            # The library repeats a piece of length 0, such as white space, in the next chunk: only "" may have it.
            length_function=lambda piece: count(piece) if piece else 0,
        )
        pieces: list[Span] = []
        start = sentence.start
        for piece in splitter.split_text(_WHITE_SPACE.sub(" ", sentence.of(text))):
            pieces += line_spans(text, start, start + len(piece), soft_breaks)
            start += len(piece)
        yield from zip(pieces, self._lengths([piece.of(text) for piece in pieces]), strict=True)

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text, at least one for each `MAX_CHARACTERS_PER_TOKEN`."""
        return [
            max(tokens, -(-len(text) // MAX_CHARACTERS_PER_TOKEN))
            for text, tokens in zip(texts, self._count_tokens(texts), strict=True)
        ]


def _group(
    text: str, units: list[tuple[Span, int]], limit: int, soft_breaks: AbstractSet[int]
) -> list[tuple[Span, ...]]:
    """The units of a run, in order, in the groups of at most `limit` tokens that cost least in total.

    A group costs 1, plus the square of the unused share of `limit`, plus `BREAK_PENALTY` if it ends neither the run nor
    a paragraph. Dynamic programming: `costs[end]` is the least cost of the first `end` units, `starts[end]` the start
    of the last of their groups. A unit that alone exceeds `limit` is a group of its own.
    """
    costs, starts = [0.0], [0]
    for end in range(1, len(units) + 1):
        breaks = end < len(units) and not _ends_a_paragraph(text, units[end - 1][0], units[end][0], soft_breaks)
        best, tokens = (float("inf"), 0), 0
        for start in range(end - 1, -1, -1):
            tokens += max(1, units[start][1])
            characters = units[end - 1][0].end - units[start][0].start  # with the white space between the units
            if start < end - 1 and (tokens > limit or characters > limit * MAX_CHARACTERS_PER_TOKEN):
                break
            best = min(best, (costs[start] + 1 + (1 - min(1, tokens / limit)) ** 2, start))
        costs.append(best[0] + breaks * BREAK_PENALTY)
        starts.append(best[1])
    groups: list[tuple[Span, ...]] = []
    end = len(units)
    while end:
        groups.append(tuple(span for span, _ in units[starts[end] : end]))
        end = starts[end]
    return groups[::-1]


def _ends_a_paragraph(text: str, unit: Span, following: Span, soft_breaks: AbstractSet[int]) -> bool:
    """True if a line ends between two units, and the first does not end like a heading, a question or an introduction.

    The lines under these are read with them.
    """
    if unit.end in soft_breaks or "\n" not in text[unit.end : following.start]:
        return False
    last = unit.of(text)
    return ends_like_a_sentence(last) and not last.endswith(":") and not is_question(last)
