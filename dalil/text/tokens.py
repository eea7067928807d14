"""The words, numbers and marks of a folded text; a number keeps its thousands, 16,000 and 16 000 being one token."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<grouped>\d{1,3}(?P<separator>[,،٬ ])\d{3}(?:(?P=separator)\d{3})*(?!\d)(?:[.٫]\d+)?)"
    r"|(?P<decimal>\d+[,،]\d{1,2}(?!\d))|(?P<plain>\d+(?:[.٫]\d+)?)|(?P<word>[^\W\d_]+)|(?P<mark>[^\w\s])"
)


class Token(NamedTuple):
    """`folded[start:end]` of a folded text; `value` is that of a number in digits, None for a word or a mark."""

    text: str
    start: int
    end: int
    is_word: bool
    value: float | None = None


def tokenize(folded: str) -> tuple[Token, ...]:
    """The tokens of a folded text in order."""
    return tuple(map(_token, _TOKEN.finditer(folded)))


def _token(match: re.Match[str]) -> Token:
    is_word = match["word"] is not None
    value = None if is_word or match["mark"] is not None else _value(match)
    return Token(match.group(), match.start(), match.end(), is_word, value)


def _value(match: re.Match[str]) -> float:
    if match["grouped"]:
        return float(match["grouped"].replace(match["separator"], "").replace("٫", "."))
    return float(match.group().replace("٫", ".").replace(",", ".").replace("،", "."))
