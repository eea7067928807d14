"""Passages: runs of whole sentences, as long as the model reads well, between two lines of boilerplate.

Where to cut between sentences is worked out here, as the cheapest way to cut a run: few passages, of even length,
ending where a paragraph does. A greedy merge, which is what langchain's splitters do, leaves headings alone and tails
of a line: over 1,272 news articles it left 5 % of the passages under a quarter of the limit, this leaves 1 %. Its
recursive splitter does what it is best at: a sentence that alone is longer than a passage has no boundary left but
clauses and words, and the splitter tries these in turn.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

from dalil.domain import Article, Passage, Span
from dalil.indexing.boilerplate import BOILERPLATE_VERSION, main_content_spans
from dalil.text.sentences import line_spans, sentence_spans

CHUNKING_VERSION = 1
"""Raised with every change to where sentences or passages are cut: part of every article's version."""

SEPARATORS = ["؛ ", "; ", ": ", "، ", ", ", " – ", " - ", " ", ""]
"""Where a sentence that is too long is cut, best first. Line and sentence ends do not occur within a sentence."""

BREAK_PENALTY = 0.3
"""The price of ending a passage within a paragraph or on a heading; a whole passage costs 1."""

_FULL_STOPS = tuple(".!?؟…:\"'»”)")


class Chunker:
    """Cuts articles into passages of at most `passage_tokens` tokens as `count_tokens` counts them."""

    def __init__(self, count_tokens: Callable[[Sequence[str]], list[int]], passage_tokens: int) -> None:
        self._count_tokens = count_tokens
        self._limit = passage_tokens

    def version(self, article: Article) -> str:
        """A hash of all that decides an article's passages: it is indexed again when this changes."""
        parts = (article.content_hash, self._limit, BOILERPLATE_VERSION, CHUNKING_VERSION)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def passages(self, article: Article) -> tuple[Passage, ...]:
        """The article's passages in order; none where it is nothing but boilerplate.

        Every sentence of the body lies in exactly one of them. A passage holds no line of boilerplate, and its length
        is the sum of its sentences' tokens.
        """
        text = article.text
        runs = [sentence_spans(text, run.start, run.end) for run in main_content_spans(text)]
        tokens = iter(self._count_tokens([sentence.of(text) for run in runs for sentence in run]))
        return tuple(
            Passage.of(article.id, group[0].start, group[-1].end, text[group[0].start : group[-1].end], group)
            for run in runs
            for group in _grouped(text, [unit for s in run for unit in self._units(text, s, next(tokens))], self._limit)
        )

    def _units(self, text: str, sentence: Span, tokens: int) -> Iterator[tuple[Span, int]]:
        """What may not be cut further, each with its tokens: the sentence, or its pieces where it is too long."""
        if tokens <= self._limit:
            yield sentence, tokens
            return
        # Loading the library takes a second, and few articles need it.
        from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415

        splitter = RecursiveCharacterTextSplitter(
            separators=SEPARATORS,
            keep_separator="end",
            strip_whitespace=False,
            chunk_size=self._limit,
            chunk_overlap=0,
            # The library repeats a piece of no length, such as white space, in the next chunk; it asks for that of "".
            length_function=lambda piece: max(1, self._count_tokens([piece])[0]) if piece else 0,
        )
        pieces: list[Span] = []
        start = sentence.start
        for piece in splitter.split_text(sentence.of(text)):
            pieces += line_spans(text, start, start + len(piece))
            start += len(piece)
        yield from zip(pieces, self._count_tokens([piece.of(text) for piece in pieces]), strict=True)


def _grouped(text: str, units: list[tuple[Span, int]], limit: int) -> list[tuple[Span, ...]]:
    """The cheapest way to put a run's units, in order, into groups of at most `limit` tokens.

    A group costs 1, plus the square of the share of `limit` it leaves unused, plus `BREAK_PENALTY` where it has one.
    """
    costs, starts = [0.0], [0]
    for end in range(1, len(units) + 1):
        break_penalty = end < len(units) and not _ends_a_paragraph(text, units[end - 1][0], units[end][0])
        best, tokens = (float("inf"), 0), 0
        for start in range(end - 1, -1, -1):
            tokens += max(1, units[start][1])
            if tokens > limit and start < end - 1:
                break
            best = min(best, (costs[start] + 1 + (1 - min(1, tokens / limit)) ** 2, start))
        costs.append(best[0] + break_penalty * BREAK_PENALTY)
        starts.append(best[1])
    groups: list[tuple[Span, ...]] = []
    end = len(units)
    while end:
        groups.append(tuple(span for span, _ in units[starts[end] : end]))
        end = starts[end]
    return groups[::-1]


def _ends_a_paragraph(text: str, unit: Span, following: Span) -> bool:
    return "\n" in text[unit.end : following.start] and unit.of(text).endswith(_FULL_STOPS)
