"""The language of a question, judged by its script."""

from typing import Literal, TypeAlias

from dalil.text.arabic import is_arabic_letter

Language: TypeAlias = Literal["ar", "en", "und"]
"""`ar`: Arabic script; `en`: Latin script; `und`: neither (digits, other scripts)."""

LANGUAGES: tuple[Language, ...] = ("ar", "en", "und")


def fitted_language(language: Language) -> Language:
    """The language whose fitted weights a question uses: one in neither language counts as an Arabic one."""
    return "en" if language == "en" else "ar"


def language_of(text: str) -> Language:
    """The language of the script that most letters are in; Arabic if there are as many of each."""
    arabic = sum(map(is_arabic_letter, text))
    latin = sum(character.isalpha() and character < "\u0250" for character in text)
    if not arabic and not latin:
        return "und"
    return "ar" if arabic >= latin else "en"
