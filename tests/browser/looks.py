"""How a page may be looked at: in which language and colours, and on how wide a screen."""

from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

from playwright.sync_api import Page

NARROW, WIDE = 360, 1600


@dataclass(frozen=True, slots=True)
class Look:
    language: str = "en"
    theme: str = "light"
    width: int = 1200

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.width}"


PLAIN = Look()
LOOKS = [Look(*choice) for choice in product(("en", "ar"), ("light", "dark"), (NARROW, WIDE))]
EACH_PAIR = [
    *(Look("en", "light", NARROW), Look("en", "dark", WIDE)),
    *(Look("ar", "light", WIDE), Look("ar", "dark", NARROW)),
]
"""Half of `LOOKS`, in which each two of language, theme and width still meet in every combination."""
LANGUAGES = [Look("en"), Look("ar")]


SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver(list => {
    for (const shift of list.getEntries()) {
      if (!shift.hadRecentInput) {
        for (const { node, previousRect: { x, y, width, height }, currentRect } of shift.sources) {
          shifts.push([node?.outerHTML ?? node?.data, [x, y, width, height], [currentRect.x, currentRect.y]]);
        }
      }
    }
  }).observe({ type: "layout-shift" });
}"""
"""Collects in `shifts` the elements that move without the reader's doing."""


class Visit(Protocol):
    """Opens a page as a new reader would; `options` are more of the browser context's."""

    def __call__(self, base_url: str, path: str = "/", look: Look = ..., **options: Any) -> Page: ...
