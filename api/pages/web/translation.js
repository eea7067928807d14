// What articles say in English, for readers of the English page: numbers, dates and names at once, and a translation by
// the server's language model on a click. It comes beside the text, never in its place.

import { make, t } from "./dom.js";
import { Problem, ask, post } from "./service.js";

const ui = document.documentElement.lang;
const translator = document.body.dataset.translator ?? "";
const known = new Map(); // texts that the model has translated

/** Whether the page offers English beside the Arabic. */
export const isOffered = ui === "en";

const request = (texts, machine) => ask("/v1/translate", post({ texts, machine }));

/** A line for the short answer in English, with the dates and names of its quote; it is there before its content. */
export function shortInEnglish(short, { quote }) {
  const line = make("div", { class: "gloss", lang: "en", dir: "ltr" });
  request([short.text, quote], false).then(
    ({ translations: [own, around] }) => {
      const parts = [...own.numbers, ...own.dates, ...own.names, ...around.dates, ...around.names];
      const distinct = [...new Set(parts)];
      if (distinct.length) line.replaceChildren(make("span", { class: "hint" }, t("in_english")), ` ${distinct.join(" · ")}`);
    },
    () => {}, // the answer is whole without it
  );
  return line;
}

/** A button that shows the English of a text behind `place`, and of a title behind `titlePlace`; null without a model. */
export function translateButton(text, place, title, titlePlace) {
  if (!isOffered || !translator) return null;
  const button = make("button", { type: "button", class: "quiet" }, t("english"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const [english, titleEnglish] = await translate([text, title]);
      insert(place, english);
      if (!titlePlace.nextElementSibling.matches(".translation")) insert(titlePlace, titleEnglish);
      button.remove();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      button.disabled = false;
      button.textContent = t("english_failed");
    }
  });
  return button;
}

async function translate(texts) {
  const missing = texts.filter((text) => text && !known.has(text));
  if (missing.length) {
    const { translations, note } = await request(missing, true);
    for (const { text, english } of translations) {
      if (english === null) throw new Problem({ title: note ?? t("english_failed") });
      known.set(text, english);
    }
  }
  return texts.map((text) => known.get(text) ?? "");
}

function insert(place, english) {
  if (!english) return;
  const label = make("span", { class: "hint" }, t("machine_translation", { name: translator }));
  place.after(make("p", { class: "translation", lang: "en", dir: "ltr" }, label, " ", english));
}

/** How to set up a model that translates; null where there is one. */
export function setUpHint() {
  if (!isOffered || translator) return null;
  return make("details", { class: "folded" }, make("summary", {}, t("no_arabic")), make("p", { class: "hint" }, t("translation_setup")));
}
