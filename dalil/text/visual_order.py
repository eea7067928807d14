"""Arabic in visual order: the letters of each line from left to right as they are seen, as old PDF tools extract them.

No search finds such a text, and no reader can read it. Stored Arabic is in logical order, the order of reading.
"""

import re
import unicodedata

MAX_VISUAL_SHARE = 0.1
"""Of the Arabic words of a text, in lines of visual order. A quotation of such text is less."""

MIN_EVIDENCE = 2
"""Words of a line that have to show its order."""

MAX_NEGATED_CHARACTERS = 4
"""A word as short may end like the article backwards in logical order too: «إلا», «مثلا»."""

_WORD = re.compile(r"[\u0621-\u064a\u0671-\u06d3\ufb50-\ufdff\ufe70-\ufefc]{2,}")
_FORMS = re.compile(r"[\ufb50-\ufdff\ufe70-\ufefc]")
_ARTICLE = "ال"
_ONLY_LAST = "ةى"
_NEVER_FIRST = f"{_ONLY_LAST}ئؤ"


def is_in_visual_order(text: str) -> bool:
    """True if more than `MAX_VISUAL_SHARE` of the Arabic words are in lines of visual order."""
    visual = total = 0
    for line in text.split("\n"):
        words = _WORD.findall(line)
        total += len(words)
        visual += len(words) if _is_visual(words) else 0
    return visual > MAX_VISUAL_SHARE * total


def _is_visual(words: list[str]) -> bool:
    """True if the words of a line begin the way words end, and end the way words begin.

    Presentation forms say themselves if they begin or end a word: ﻒﺤﺘﻣ is متحف backwards, and begins with a final
    form. Plain letters show it by ة and ى, which end words only, and by the article, which begins them.
    """
    evidence = [_order(word) for word in words]
    return evidence.count(-1) >= MIN_EVIDENCE and evidence.count(-1) > evidence.count(1)


def _order(word: str) -> int:
    """1 for a word in logical order, -1 for one in visual order, 0 if it does not show."""
    if _FORMS.match(word):
        first, last = _joining(word[0]), _joining(word[-1])
        return (first == "<initial>" or last == "<final>") - (first in {"<final>", "<medial>"} or last == "<initial>")
    starts, ends = word.startswith(_ARTICLE), word.endswith(_ARTICLE[::-1])
    logical = word[-1] in _ONLY_LAST or (starts and not ends)
    visual = word[0] in _NEVER_FIRST or (ends and not starts and len(word) > MAX_NEGATED_CHARACTERS)
    return logical - visual


def _joining(form: str) -> str:
    return unicodedata.decomposition(form).partition(" ")[0]
