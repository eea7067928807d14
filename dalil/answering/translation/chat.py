"""Translation by a language model behind an OpenAI-compatible endpoint."""

from typing_extensions import override

from dalil.answering.llm.markup import strip_invisible, strip_markup
from dalil.answering.llm.prompt import build_translation_prompt
from dalil.answering.llm.transport import ChatTransport
from dalil.answering.translation.base import Translator


class ChatTranslator(Translator):
    """Asks a language model for each text by itself, so that one text never colours another.

    `name` is the model's. The translator closes its `transport`.
    """

    def __init__(self, name: str, transport: ChatTransport) -> None:
        self.name = name
        self._transport = transport

    @override
    def _translate(self, text: str) -> str:
        pieces = self._transport.stream(build_translation_prompt(text))
        return strip_markup(strip_invisible("".join(pieces)))

    @override
    def close(self) -> None:
        self._transport.close()
