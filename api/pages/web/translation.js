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

const MAX_TEXTS = 10;
const MAX_CHARACTERS = 2000; // of a request and of one of its texts, as the API allows

let batch = null;
const glosses = new Map(); // text → its numbers, dates and names in English

/** The numbers, dates and names of a text in English; the texts of one moment are asked for together. */
function glossOf(text) {
  if (!batch || batch.texts.length === MAX_TEXTS) batch = nextBatch();
  const at = batch.texts.push(text.slice(0, MAX_CHARACTERS)) - 1;
  return batch.found.then(({ translations }) => translations[at]);
}

function nextBatch() {
  const texts = [];
  const found = Promise.resolve().then(() => {
    batch = null;
    return request(texts, false);
  });
  return { texts, found };
}

/** What `glossLine` has found for a text, in one line; empty if there is nothing. */
export const knownGloss = (text) => (glosses.get(text) ?? []).join(" · ");

/** A line with the numbers, dates and names of a text in English, there before its content; null on the Arabic page. */
export function glossLine(text) {
  if (!isOffered) return null;
  const line = make("p", { class: "gloss hint", lang: "en", dir: "ltr" });
  glossOf(text).then(
    ({ numbers, dates, names }) => {
      glosses.set(text, [...new Set([...dates, ...numbers, ...names])]);
      if (knownGloss(text)) line.replaceChildren(`${t("in_english")} ${knownGloss(text)}`);
    },
    () => {}, // the quote is whole without it
  );
  return line;
}

/** A line for the short answer in English, with the dates and names of its quote; it is there before its content. */
export function shortInEnglish(short, { quote }) {
  const line = make("div", { class: "gloss", lang: "en", dir: "ltr" });
  Promise.all([glossOf(short.text), glossOf(quote)]).then(
    ([own, around]) => {
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
