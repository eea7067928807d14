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
EACH_ONCE = [Look("en", "light", NARROW), Look("ar", "dark", WIDE)]
"""Each language, theme and width once."""

LANGUAGES = [Look("en"), Look("ar")]


SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver(list => {
    for (const shift of list.getEntries()) {
      if (!shift.hadRecentInput) {
        for (const { node, previousRect: { x, y, width, height }, currentRect } of shift.sources) {
          // A box that turns from left to right counts as moved to the browser, though it is where it was.
          const now = [currentRect.x, currentRect.y, currentRect.width, currentRect.height];
          if ([x, y, width, height].every((value, place) => value === now[place])) continue;
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


MISDIRECTED = r"""() => {
  const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}]/gu, LTR = /\p{Script=Latin}/gu;
  const count = (text, letters) => text.match(letters)?.length ?? 0;
  const isolated = /\u2066[^\u2069]*\u2069|\u2067[^\u2069]*\u2069|\u2068[^\u2069]*\u2069/g;
  const blockOf = element => {
    const { display, unicodeBidi } = getComputedStyle(element);
    const isInline = display === "inline" && !/isolate|plaintext/.test(unicodeBidi);
    return isInline ? blockOf(element.parentElement) : element;
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement, own = node.data.replace(isolated, "").trim();
    if (!own || !element.checkVisibility() || element.closest("script, option, .text, pre, .swagger-ui")) continue;
    const [rtl, ltr] = [count(own, RTL), count(own, LTR)];
    if (!rtl && !ltr) continue;
    const { direction, unicodeBidi } = getComputedStyle(element);
    // A sentence of the Arabic interface may name more file types than it has Arabic letters.
    const isInterface = element.closest("[lang]").lang === document.documentElement.lang;
    const most = rtl && (rtl >= ltr || (isInterface && direction === "rtl")) ? "rtl" : "ltr";
    // An Arabic word in a text of the English interface is one that was put into it, and not isolated.
    const page = document.documentElement;
    const isForeign = element.closest("[lang]") !== page || /isolate|plaintext/.test(unicodeBidi);
    const isInserted = rtl && ltr && page.lang === "en" && !isForeign;
    const isWhole = blockOf(element).textContent.trim() === node.data.trim();
    const isAlone = isWhole && /^[\p{L}\p{N}].*[\p{L}\p{N}%]$/u.test(own);
    if (isInserted || (most !== direction && unicodeBidi !== "plaintext" && !isAlone)) {
      faults.push(`${direction}: ${element.outerHTML.slice(0, 200)}`);
    }
  }
  return faults;
}"""
"""The elements whose text runs against their direction: a word or a mark at its end would be on the wrong side."""
