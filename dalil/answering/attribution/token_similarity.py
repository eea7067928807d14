"""Similarity of each token of a sentence to the quotes that it cites, by late interaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.premise import Premise
from dalil.domain import Matrix, Span
from dalil.embedding.centring import subtract_mean
from dalil.embedding.encoder import Encoder
from dalil.embedding.late_interaction import max_similarity


@dataclass(frozen=True, slots=True, eq=False)
class TokenSimilarity:
    """The best cosine of each token of a sentence with any token of the quotes, in [-1, 1], and the token's place.

    It is one cosine of 0 without a place if the two cannot be compared: either has no token, or the sentence is too
    long for the model.
    """

    best_cosines: NDArray[np.float32]
    spans: tuple[Span, ...]

    @property
    def mean(self) -> float:
        """The late interaction of the sentence with the quotes."""
        return float(self.best_cosines.mean())

    @property
    def weakest_quarter(self) -> float:
        """The mean of the quarter of the tokens that agree least, at least one."""
        return float(np.sort(self.best_cosines)[: self._quarter].mean())

    @property
    def weakest_span(self) -> Span | None:
        """The longest run of neighbouring tokens of that quarter, the first of equal ones; None without a place."""
        weakest = set(np.argsort(self.best_cosines, kind="stable")[: self._quarter].tolist())
        longest: list[int] = []
        run: list[int] = []
        for token in range(len(self.spans)):
            run = [*run, token] if token in weakest else []
            longest = max(longest, run, key=len)
        return Span(self.spans[longest[0]].start, self.spans[longest[-1]].end) if longest else None

    def within(self, place: Span) -> float:
        """The mean of the best cosines of the tokens that overlap a place in the sentence; 1 where none does."""
        own = [cosine for span, cosine in zip(self.spans, self.best_cosines, strict=False) if span.overlaps(place)]
        return float(np.mean(own)) if own else 1.0

    @property
    def _quarter(self) -> int:
        return max(1, len(self.best_cosines) // 4)


_INCOMPARABLE = TokenSimilarity(np.zeros(1, dtype=np.float32), ())


class _ReadSentence(NamedTuple):
    """The centred vectors of a sentence's tokens, and their places."""

    tokens: Matrix
    spans: tuple[Span, ...]


class TokenComparer:
    """Compares sentences with quotes; it reads each text and compares each two once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._quotes: dict[str, Matrix] = {}
        self._sentences: dict[str, _ReadSentence] = {}
        self._best_cosines: dict[tuple[str, str], NDArray[np.float32]] = {}

    def compare(self, premise: Premise, hypothesis: ParsedText) -> TokenSimilarity:
        """Compare token by token; each text is read at most once."""
        sentence = self._read_sentence(hypothesis)
        self._read_quotes([quote.text for quote in premise.quotes])
        quotes = [quote.text for quote in premise.quotes if len(self._quotes[quote.text])]
        if not quotes or not sentence.spans or hypothesis.has_word_behind(sentence.spans[-1].end):
            return _INCOMPARABLE
        best = [self._compare(hypothesis.text, sentence, quote) for quote in quotes]
        return TokenSimilarity(np.maximum.reduce(best), sentence.spans)

    def _read_sentence(self, hypothesis: ParsedText) -> _ReadSentence:
        if hypothesis.text not in self._sentences:
            (read,) = self._encoder.embedder.embed_tokens([hypothesis.text], "query")
            tokens = subtract_mean(read.tokens, self._encoder.centres.question_token[hypothesis.language])
            self._sentences[hypothesis.text] = _ReadSentence(tokens, read.spans)
        return self._sentences[hypothesis.text]

    def _read_quotes(self, quotes: Sequence[str]) -> None:
        new = [quote for quote in dict.fromkeys(quotes) if quote not in self._quotes]
        for quote, read in zip(new, self._encoder.embedder.embed_tokens(new, "document"), strict=True):
            self._quotes[quote] = subtract_mean(read.tokens, self._encoder.centres.passage_token)

    def _compare(self, text: str, sentence: _ReadSentence, quote: str) -> NDArray[np.float32]:
        """The best cosines with the tokens of one quote, which has at least one."""
        key = text, quote
        if key not in self._best_cosines:
            self._best_cosines[key] = max_similarity(sentence.tokens, self._quotes[quote])
        return self._best_cosines[key]
