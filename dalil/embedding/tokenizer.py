"""Splits texts into a model's tokens."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Encoding, Tokenizer

TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """The input of a model for one text.

    `spans[i]` has the first character of token i and the one after its last; None for a special token around the text.
    """

    ids: list[int]
    spans: list[tuple[int, int] | None]


class TextTokenizer(ABC):
    """Splits texts into the tokens of one model. Methods may be called from several threads."""

    @abstractmethod
    def count(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens, without special tokens around it."""

    @abstractmethod
    def tokenize(self, texts: Sequence[str], max_tokens: int) -> list[TokenizedText]:
        """Return each text's tokens and the special ones around them; a text of more than `max_tokens` is cut."""


class LibraryTokenizer(TextTokenizer):
    """Any tokenizer of the library `tokenizers`, from the file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count them."""
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def tokenize(self, texts: Sequence[str], max_tokens: int) -> list[TokenizedText]:
        """Tokenize them."""
        # Threads share the tokenizer, and its own truncation is state.
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        room = max_tokens - self._tokenizer.num_special_tokens_to_add(is_pair=False)
        for encoding in encodings:
            encoding.truncate(room)
        return [_tokenized_text(self._tokenizer.post_process(encoding)) for encoding in encodings]


def _tokenized_text(encoding: Encoding) -> TokenizedText:
    marks = zip(encoding.special_tokens_mask, encoding.offsets, strict=True)
    return TokenizedText(encoding.ids, [None if special else span for special, span in marks])
