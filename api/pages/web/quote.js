// A citation's number in the text: it shows the quote, and links to its place in the article.

import { about, articlePath, byId, isolated, make, t, written } from "./dom.js";

const CARD = byId("quote");
const LEAVING = 200; // milliseconds for the pointer to move from the number into the card

let shownFor = null;
let leaving = 0;
let touched = false;

const FIRST_WORDS = 4;
const LAST_WORDS = 3; // of a quote that the reader has just read

/**
 * A link with the number. Hovering, focusing or tapping shows the quote within the text around it; a click or a second
 * tap opens the article. `sentence` is the text that the number follows: a quote that is the same is shortened.
 */
export function citationLink(citation, sentence = "") {
  const title = citation.title || t("untitled");
  const link = make(
    "a",
    {
      class: "number stop",
      href: articlePath(citation.article_id, citation.start, citation.end),
      "aria-label": t("citation", { number: citation.number, title }),
      pointerenter: (event) => event.pointerType === "mouse" && show(link, citation, sentence),
      pointerleave: (event) => event.pointerType === "mouse" && leave(),
      pointerdown: (event) => (touched = event.pointerType !== "mouse"),
      focus: () => !touched && show(link, citation, sentence),
      blur: () => !CARD.matches(":hover") && !link.matches(":hover") && hide(),
      click: (event) => {
        if (touched && shownFor !== link) {
          event.preventDefault();
          show(link, citation, sentence);
        }
        touched = false;
      },
    },
    String(citation.number),
  );
  return link;
}

export function hide() {
  clearTimeout(leaving);
  shownFor?.removeAttribute("aria-describedby");
  shownFor = null;
  if (CARD.matches(":popover-open")) CARD.hidePopover();
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(hide, LEAVING);
}

function show(link, citation, sentence) {
  hide();
  shownFor = link;
  const title = citation.title || t("untitled");
  CARD.replaceChildren(
    make(
      "div",
      written(citation.quote),
      inContext(citation, sentence),
      make("p", {}, isolated(title, { class: "title" })),
      about(citation),
    ),
    make("a", { href: link.href, tabindex: "-1" }, t("open_article")),
  );
  CARD.showPopover();
  link.setAttribute("aria-describedby", CARD.id);
  place(link);
}

function inContext({ quote, before, after }, sentence) {
  const words = quote.split(/\s+/);
  const isShown = quote === sentence && words.length > FIRST_WORDS + LAST_WORDS;
  const own = isShown ? [words.slice(0, FIRST_WORDS).join(" "), " … ", words.slice(-LAST_WORDS).join(" ")] : [quote];
  const around = (text) => make("span", { class: "context" }, text);
  return make(
    "blockquote",
    written(quote),
    around(before ? `… ${before}` : ""),
    make("span", { class: "quoted" }, ...own),
    around(after ? `${after} …` : ""),
  );
}

/** Place the card below the number, or above it if there is no room, always inside the window. */
function place(link) {
  const gap = 8;
  const at = link.getBoundingClientRect();
  const card = CARD.getBoundingClientRect();
  const { clientWidth: width } = document.documentElement;
  const below = at.bottom + gap + card.height <= innerHeight || at.top < card.height + gap;
  const left = Math.min(Math.max(gap, at.left + at.width / 2 - card.width / 2), width - card.width - gap);
  CARD.style.top = `${below ? at.bottom + gap : at.top - gap - card.height}px`;
  CARD.style.left = `${Math.max(gap, left)}px`;
}

CARD.addEventListener("pointerenter", () => clearTimeout(leaving));
CARD.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && leave());
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !shownFor) return;
  hide();
  event.stopImmediatePropagation(); // the focus stays on the number; a second Escape moves it to the search box
});
// Focusing a number may scroll to it: the card moves with the number while the number is visible.
addEventListener(
  "scroll",
  () => {
    const at = shownFor?.getBoundingClientRect();
    if (at && at.bottom > 0 && at.top < innerHeight) place(shownFor);
    else hide();
  },
  { passive: true },
);
addEventListener("pointerdown", (event) => !CARD.contains(event.target) && !event.target.closest("a.number") && hide());
