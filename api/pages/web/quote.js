// A citation's number in the text: it shows the quote, and links to its place in the article.

import { about, articlePath, byId, isolated, make, t, written } from "./dom.js";

const CARD = byId("quote");
const LEAVING = 200; // milliseconds for the pointer to move from the number into the card

let shownFor = null;
let leaving = 0;
let touched = false;

/** A link with the number. Hovering, focusing or tapping shows the quote; a click or a second tap opens the article. */
export function citationLink(citation) {
  const title = citation.title || t("untitled");
  const link = make(
    "a",
    {
      class: "number stop",
      href: articlePath(citation.article_id, citation.start, citation.end),
      "aria-label": t("citation", { number: citation.number, title }),
      pointerenter: (event) => event.pointerType === "mouse" && show(link, citation),
      pointerleave: (event) => event.pointerType === "mouse" && leave(),
      pointerdown: (event) => (touched = event.pointerType !== "mouse"),
      focus: () => !touched && show(link, citation),
      blur: () => !CARD.matches(":hover") && !link.matches(":hover") && hide(),
      click: (event) => {
        if (touched && shownFor !== link) {
          event.preventDefault();
          show(link, citation);
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

function show(link, citation) {
  hide();
  shownFor = link;
  const title = citation.title || t("untitled");
  CARD.replaceChildren(
    make(
      "div",
      written(citation.quote),
      make("blockquote", {}, isolated(citation.quote)),
      make("p", {}, isolated(title, { class: "title" })),
      about(citation),
    ),
    make("a", { href: link.href, tabindex: "-1" }, t("open_article")),
  );
  CARD.showPopover();
  link.setAttribute("aria-describedby", CARD.id);
  place(link);
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
