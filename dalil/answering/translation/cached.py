"""A translator that remembers."""

from collections import OrderedDict
from threading import Lock

from typing_extensions import override

from dalil.answering.translation.base import Translator

MAX_REMEMBERED = 10_000
"""Translations in memory; at some 500 bytes each, 5 MB."""


class CachedTranslator(Translator):
    """Asks another translator only for what it has not asked lately. Threads may share it."""

    def __init__(self, inner: Translator) -> None:
        self._inner = inner
        self._known: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()
        self.name = inner.name

    @override
    def _translate(self, text: str) -> str:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        (translation,) = self._inner.translate([text])
        with self._lock:
            self._known[text] = translation
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return translation

    @override
    def close(self) -> None:
        self._inner.close()
