"""The language of a question, as far as retrieval has to know it."""

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["ar", "en", "und"]
"""`ar`: Arabic script; `en`: Latin script; `und`: neither (digits, other scripts)."""

LANGUAGES: tuple[Language, ...] = ("ar", "en", "und")


def language_of(text: str) -> Language:
    """The script that most of the letters belong to; Arabic wins a tie."""
    arabic = sum("\u0600" <= character <= "\u06ff" or "\ufb50" <= character <= "\ufefc" for character in text)
    latin = sum(character.isalpha() and character < "\u0250" for character in text)
    if not arabic and not latin:
        return "und"
    return "ar" if arabic >= latin else "en"
