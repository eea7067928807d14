"""The Unigram tokenizer (Kudo, "Subword Regularization", 2018) with its vocabulary in a MARISA trie.

The library `tokenizers` keeps the 250,000 pieces of XLM-R in 280 MB, and reads them in a second. Here they take 5 MB.
The library still normalises texts, cuts them into words and finds added tokens such as `<mask>`; this module cuts words
into pieces. Ids and spans are those of the library (docs/decisions/0038).
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

import marisa_trie
import numpy as np
from pydantic import BaseModel, Field, JsonValue, ValidationError, model_validator
from tokenizers import PreTokenizedString, Token, Tokenizer

from dalil.embedding.tokenizer import TOKENIZER_FILE, TextTokenizer, TokenizedText

VOCABULARY_FILE = "vocabulary.npz"

UNKNOWN_PENALTY = 10.0
"""The score of an unknown character is this far below that of the rarest piece, as in SentencePiece."""

CACHED_WORDS = 16_384
"""A word takes some 340 bytes. Of the words of Arabic news four in five are found."""

MAX_CACHED_CHARACTERS = 64
"""Longer words are rare, and may be as long as an article."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Pieces with their ids and scores, which are logarithms of probabilities.

    `ids` and `scores` are in the order of the trie's keys; `longest` is the number of bytes of the longest piece.
    """

    trie: marisa_trie.BinaryTrie
    ids: "array[int]"
    scores: "array[float]"
    unknown_id: int
    unknown_score: float
    longest: int

    @classmethod
    def of_pieces(cls, pieces: Sequence[tuple[str, float]], unknown_id: int) -> Self:
        """Return a vocabulary in which a piece's index is its id."""
        encoded = [piece.encode() for piece, _ in pieces]
        trie = marisa_trie.BinaryTrie(encoded)
        ids = sorted(range(len(encoded)), key=lambda index: trie.key_id(encoded[index]))
        scores = array("d", (pieces[index][1] for index in ids))
        return cls(trie, array("i", ids), scores, unknown_id, min(scores) - UNKNOWN_PENALTY, max(map(len, encoded)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a vocabulary that `save` wrote."""
        with np.load(path) as saved:
            return cls(
                trie=marisa_trie.BinaryTrie().frombytes(saved["trie"].tobytes()),
                ids=array("i", saved["ids"].tobytes()),
                scores=array("d", saved["scores"].tobytes()),
                unknown_id=int(saved["unknown_id"]),
                unknown_score=float(saved["unknown_score"]),
                longest=int(saved["longest"]),
            )

    def save(self, path: Path) -> None:
        """Write the vocabulary to a file."""
        np.savez(
            path,
            trie=np.frombuffer(self.trie.tobytes(), dtype=np.uint8),
            ids=self.ids,
            scores=self.scores,
            unknown_id=self.unknown_id,
            unknown_score=self.unknown_score,
            longest=self.longest,
        )

    def split(self, word: bytes) -> list[tuple[int, int]]:
        """Return the id and the number of bytes of each piece of the split with the greatest sum of scores.

        A character that is no piece is unknown; unknown ones in a row are one piece. Of equal splits the one whose last
        piece is longest wins. Viterbi's algorithm: `scores[end]` is the best sum up to `end`, `starts[end]` and
        `ids[end]` are the last piece of that split.
        """
        size = len(word)
        scores = [0.0, *[-np.inf] * size]
        starts, ids = [0] * (size + 1), [0] * (size + 1)
        for start in range(size):
            if scores[start] == -np.inf:  # inside a character of several bytes
                continue
            next_character = start + 1
            while next_character < size and word[next_character] & 0xC0 == 0x80:
                next_character += 1
            steps = [(next_character, self.unknown_id, self.unknown_score)]
            for piece in self.trie.prefixes(word[start : start + self.longest]):
                key = self.trie.key_id(piece)
                end = start + len(piece)
                if end == next_character:
                    steps.clear()
                steps.append((end, self.ids[key], self.scores[key]))
            for end, piece_id, score in steps:
                if scores[start] + score > scores[end]:
                    scores[end], starts[end], ids[end] = scores[start] + score, start, piece_id
        pieces: list[tuple[int, int]] = []
        end = size
        while end:
            length = end - starts[end]
            if pieces and ids[end] == pieces[-1][0] == self.unknown_id:
                pieces[-1] = self.unknown_id, pieces[-1][1] + length
            else:
                pieces.append((ids[end], length))
            end = starts[end]
        return pieces[::-1]


class UnigramTokenizer(TextTokenizer):
    """The tokenizer that `save_unigram` wrote into `folder`."""

    def __init__(self, folder: Path) -> None:
        self._vocabulary = Vocabulary.load(folder / VOCABULARY_FILE)
        self._library = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._added = [token.content for token in self._library.get_added_tokens_decoder().values()]
        self._cached_tokens = lru_cache(CACHED_WORDS)(self._tokens)
        alone = PreTokenizedString("x")
        alone.tokenize(lambda _: [Token(0, "x", (0, 1))])
        around = self._library.post_process(alone.to_encoding())
        place = around.special_tokens_mask.index(0)
        self._before, self._after = around.ids[:place], around.ids[place + 1 :]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count them."""
        return [len(self._tokenize(text)[0]) for text in texts]

    def tokenize(self, texts: Sequence[str], max_tokens: int) -> list[TokenizedText]:
        """Tokenize them."""
        room = max_tokens - len(self._before) - len(self._after)
        return [
            TokenizedText(
                [*self._before, *ids[:room], *self._after],
                [*(None for _ in self._before), *spans[:room], *(None for _ in self._after)],
            )
            for ids, spans in map(self._tokenize, texts)
        ]

    def _tokenize(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        if not any(content in text for content in self._added):
            return self._tokenize_words(text)
        # The library's own model has the added tokens alone, and drops all else.
        added = self._library.encode(text, add_special_tokens=False)
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        place = 0
        for own, (start, end) in zip(added.ids, added.offsets, strict=True):
            before_ids, before = self._tokenize_words(text[place:start])
            ids += [*before_ids, own]
            spans += [*((place + first, place + last) for first, last in before), (start, end)]
            place = end
        rest_ids, rest = self._tokenize_words(text[place:])
        return ids + rest_ids, spans + [(place + first, place + last) for first, last in rest]

    def _tokenize_words(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        words = PreTokenizedString(text)
        if self._library.normalizer:
            words.normalize(self._library.normalizer.normalize)
        if self._library.pre_tokenizer:
            self._library.pre_tokenizer.pre_tokenize(words)
        words.tokenize(lambda word: (self._cached_tokens if len(word) <= MAX_CACHED_CHARACTERS else self._tokens)(word))
        encoding = words.to_encoding()
        return encoding.ids, encoding.offsets

    def _tokens(self, word: str) -> list[Token]:
        tokens: list[Token] = []
        place = 0
        for piece_id, length in self._vocabulary.split(word.encode()):
            tokens.append(Token(piece_id, "", (place, place + length)))
            place += length
        return tokens


class _UnigramModel(BaseModel):
    type: Literal["Unigram"]
    unk_id: int
    byte_fallback: Literal[False] = False
    vocab: list[tuple[Annotated[str, Field(min_length=1)], float]]

    @model_validator(mode="after")
    def _require_each_piece_once(self) -> Self:
        if len({piece for piece, _ in self.vocab}) != len(self.vocab):
            raise ValueError("a piece has two ids")
        return self


class _AddedToken(BaseModel):
    id: int
    content: Annotated[str, Field(min_length=2)]
    normalized: Literal[False]


class _TokenizerFile(BaseModel):
    """A tokenizer that `UnigramTokenizer` reproduces."""

    model: _UnigramModel
    added_tokens: list[_AddedToken]
    pre_tokenizer: JsonValue

    @model_validator(mode="after")
    def _require_words_alike(self) -> Self:
        # Texts are cut at added tokens before the library sees them, so that it cannot know which word is the first.
        if '"first"' in json.dumps(self.pre_tokenizer):
            raise ValueError("the first word of a text is marked as no other")
        return self


def save_unigram(tokenizer: Tokenizer, folder: Path) -> bool:
    """Write a tokenizer into `folder` for `UnigramTokenizer`; False, and nothing written, if it is no such one."""
    content = tokenizer.to_str()
    try:
        parsed = _TokenizerFile.model_validate_json(content)
    except ValidationError:
        return False
    Vocabulary.of_pieces(parsed.model.vocab, parsed.model.unk_id).save(folder / VOCABULARY_FILE)
    added = {token.content: token.id for token in parsed.added_tokens}
    without_pieces = json.loads(content) | {"model": {"type": "BPE", "vocab": added, "merges": []}}
    (folder / TOKENIZER_FILE).write_text(json.dumps(without_pieces, ensure_ascii=False, indent=1), encoding="utf-8")
    return True
