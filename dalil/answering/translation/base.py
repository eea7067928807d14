"""The translator seam."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final


class Translator(ABC):
    """Translates Arabic texts into English.

    A caller may rely on three properties. There is one translation for each text, in the same order. A text without a
    letter or digit is its own translation. A failure is `GeneratorUnavailable`, and then nothing is translated.
    """

    name: str
    """The machine's name, which readers see."""

    @final
    def translate(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The English of each text."""
        return tuple(self._translate(text) if any(map(str.isalnum, text)) else text for text in texts)

    @abstractmethod
    def _translate(self, text: str) -> str:
        """Hook: one text with a letter or a digit."""

    def close(self) -> None:  # noqa: B027
        """Close connections. Idempotent; by default there are none."""
