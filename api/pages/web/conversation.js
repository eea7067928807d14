// Going on asking: the questions before this one, a box for the next, questions that the found articles suggest, and the
// history that this browser keeps.

import { write } from "./address.js";
import { byId, make, t, written } from "./dom.js";
import { ask, post } from "./service.js";

const HISTORY = "dalil-history";
const MAX_HISTORY = 50; // questions
const SHOWN_HISTORY = 10;
const MAX_EARLIER = 5; // questions that the engine reads before this one
const TITLES = 10; // of found articles, from which questions are made
const SUGGESTIONS = 3;

const ui = document.documentElement.lang;

/** The state of a question that follows on this one. */
export const following = (state, question) => ({
  question,
  earlier: [...state.earlier, state.question].slice(-MAX_EARLIER),
});

/** Show the earlier questions of a state, each a link to its answer; `shortOf` gives the short answer that is known. */
export function showEarlier(state, shortOf) {
  const { earlier } = state;
  const entry = (question, at) => {
    const address = write({ ...state, question, earlier: earlier.slice(0, at) });
    const short = shortOf(address);
    return make(
      "li",
      written(question),
      make("a", { href: address }, question),
      ...(short ? [" — ", make("bdi", written(short), short)] : []),
    );
  };
  byId("conversation").replaceChildren(...earlier.map(entry));
  byId("conversation").hidden = !earlier.length;
}

/** Show the box for the next question, and room for questions that the found articles suggest. */
export function showNext() {
  byId("next").hidden = false;
  byId("next-question").value = "";
}

export function hideNext() {
  byId("next").hidden = true;
  byId("next-suggested").replaceChildren();
}

/** Suggest questions made from what the titles of the found articles name. */
export async function suggestNext(state, articles, signal) {
  const titles = articles.map(({ title }) => title).filter(Boolean).slice(0, TITLES);
  if (!titles.length) return;
  const body = { titles, language: ui };
  const questions = await ask("/questions", post(body, { signal })).catch(() => []);
  const asked = new Set([...state.earlier, state.question]);
  const fresh = questions.filter((question) => !asked.has(question)).slice(0, SUGGESTIONS);
  const link = (question) => make("a", written(question, { class: "example", href: write({ ...state, ...following(state, question) }) }), question);
  if (!signal.aborted) byId("next-suggested").replaceChildren(...fresh.map((question) => make("li", {}, link(question))));
}

/** Keep a question in this browser's own storage, the newest first, none twice. */
export function remember(question, address) {
  const others = history().filter((one) => one.address !== address);
  store([{ question, address }, ...others].slice(0, MAX_HISTORY));
}

/** Show the newest questions that this browser keeps, and a button that forgets them all. */
export function showHistory() {
  const own = byId("history");
  const kept = history().slice(0, SHOWN_HISTORY);
  const entry = ({ question, address }) => make("li", written(question), make("a", { href: address }, question));
  own.querySelector("ol").replaceChildren(...kept.map(entry));
  own.hidden = !kept.length;
}

byId("forget").addEventListener("click", () => {
  store([]);
  showHistory();
  byId("question").focus();
});

/** What is stored; nothing if the browser forbids it, or another program wrote something else there. */
function history() {
  try {
    const kept = JSON.parse(localStorage.getItem(HISTORY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(({ question, address }) => typeof question === "string" && /^\?/.test(address)) : [];
  } catch {
    return [];
  }
}

function store(questions) {
  try {
    localStorage.setItem(HISTORY, JSON.stringify(questions));
  } catch {
    // A browser that keeps nothing for this page works without a history.
  }
}
