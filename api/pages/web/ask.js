// The page for questions: reads the question from the address, and shows an answer and a search for it.

import { answerAddress, filters, read, write } from "./address.js";
import * as answering from "./answer.js";
import * as conversation from "./conversation.js";
import { articles, byId, counted, make, number, root, t, written } from "./dom.js";
import * as facets from "./facets.js";
import { group, grouped } from "./hits.js";
import { hide } from "./quote.js";
import { Problem, ask, describe, events, post, resource } from "./service.js";
import "./shell.js";

const HITS = 20;
const SLOW = 3000; // milliseconds after which the page shows the elapsed time
const VERY_SLOW = 30_000; // milliseconds after which it says what a reader can do
const SOON = 250; // milliseconds after the search; then the page names what the answer is written from
const EARLY = 1500; // milliseconds after the search; then a button offers the passages before the answer is complete
const KEPT = 30; // answers and searches that the Back button shows without a request

const answers = new Map();
const searches = new Map();
const titles = new Map();
let state = read();
let running = new AbortController();

/** Go to another state, with an entry in the history if it differs. */
function change(fields, { again = false } = {}) {
  const before = write(state);
  state = { ...state, ...fields };
  const after = write(state);
  if (after !== before) history.pushState(null, "", after);
  show({ again });
}

function show({ again = false } = {}) {
  running.abort();
  hide();
  byId("question").value = state.question;
  byId("explain").checked = state.explain;
  for (const radio of document.getElementsByName("mode")) radio.checked = radio.value === state.mode;
  byId("newest").checked = state.sort === "date";
  document.body.classList.toggle("asked", Boolean(state.question));
  byId("tagline").classList.toggle("unseen", Boolean(state.question));
  byId("tagline").textContent = state.question || t("tagline");
  byId("welcome").hidden = Boolean(state.question);
  byId("found").hidden = !state.question;
  showActiveFilters();
  conversation.hideNext();
  conversation.showEarlier(state, (address) => answers.get(address)?.short_answer?.text);
  if (!state.question) conversation.showHistory();
  document.title = [state.question, t("name")].filter(Boolean).join(" · ");
  running = new AbortController();
  if (state.question) run(running.signal, { again });
}

async function run(signal, { again }) {
  const key = answerAddress(state);
  const searchKey = write(state);
  if (again) {
    answers.delete(key);
    searches.delete(searchKey);
  }
  const answered = answers.has(key) ? Promise.resolve(showAnswer(key)) : makeAnswer(key, signal);
  // A follow-up is searched as the engine reads it, which the answer says.
  const searched = state.earlier.length
    ? answered.then((answer) => search(searchKey, signal, answer?.question ?? state.question))
    : search(searchKey, signal, state.question);
  const early = byId("early");
  early.hidden = true;
  // Before the answer is complete, passages appear only when the reader requests them, so that nothing moves by itself.
  early.onclick = () => {
    early.hidden = true;
    searched.then(showSearch);
  };
  let [naming, offering] = [0, 0];
  searched.then(
    (found) => {
      if (running.signal !== signal) return;
      facets.show(found.facets, state, change);
      if (!isBusy()) return;
      naming = setTimeout(() => answering.showReading(grouped(found.hits).map(([{ article }]) => article)), SOON);
      offering = setTimeout(() => (early.hidden = false), EARLY);
    },
    () => {},
  );
  const answer = await answered;
  clearTimeout(naming);
  clearTimeout(offering);
  try {
    if (running.signal === signal) {
      early.hidden = true;
      if (answer && answer.status !== "insufficient_evidence") conversation.showNext();
    }
    if (answer && answering.isOwnReply(answer)) {
      if (running.signal === signal) byId("results").hidden = true;
      return;
    }
    const found = await searched;
    if (running.signal !== signal) return;
    if (answer?.status === "insufficient_evidence") {
      answering.advise(found.hits.length > 0);
      conversation.showNext();
    }
    showSearch(found);
    if (answer) conversation.suggestNext(state, grouped(found.hits).map(([{ article }]) => article), signal);
  } catch (failure) {
    if (!signal.aborted) showSearchFailure(failure, !answer);
  }
}

/** Request the answer and show it while it arrives; null if it failed or was stopped, and then the page says so. */
async function makeAnswer(key, signal) {
  const began = performance.now();
  const say = (stage) => {
    byId("stage").replaceChildren(stage);
    byId("clock").replaceChildren(); // the longer text would move it
  };
  const clock = setInterval(() => {
    const elapsed = performance.now() - began;
    if (elapsed >= SLOW) byId("clock").replaceChildren(t("slow", { seconds: number(Math.floor(elapsed / 1000)) }));
    if (elapsed >= VERY_SLOW && !byId("trouble").hasChildNodes()) byId("trouble").replaceChildren(t("very_slow"));
  }, 1000);
  answering.clear();
  byId("results").hidden = true;
  byId("answer").setAttribute("aria-busy", "true");
  byId("stop").hidden = false;
  say(t("answering"));
  try {
    const citations = new Map();
    let short = null;
    const { question, earlier } = state;
    const body = { question, earlier, filters: filters(state), stream: true, explain: true };
    for await (const [name, data] of events("/v1/answer", post(body, { signal, headers: { Accept: "text/event-stream" } }))) {
      if (name === "searched") say(t("writing"));
      if (name === "sentence") {
        for (const citation of data.new_citations) citations.set(citation.number, citation);
        short ??= data.short_answer;
        if (short) answering.showShort(short, citations);
        answering.addSentence(data, citations, short);
      }
      if (name === "problem") throw new Problem(data);
      if (name === "answer") {
        keep(answers, key, data);
        return showAnswer(key);
      }
    }
    throw new Problem({ title: t("broke_off"), help: t("unreachable_hint") });
  } catch (failure) {
    if (failure.name !== "AbortError" && !(failure instanceof Problem)) throw failure;
    // The reader has stopped this answer; if there is another question, the page belongs to that one.
    if (running.signal === signal) {
      const failed = failure instanceof Problem;
      say(t(failed ? "error" : "stopped"));
      byId("trouble").replaceChildren(...(failed ? describeError(failure) : [tryAgain()]));
    }
    return null;
  } finally {
    clearInterval(clock);
    if (running.signal === signal) rest();
  }
}

const isBusy = () => byId("answer").getAttribute("aria-busy") === "true";

function rest() {
  if (!byId("trouble").firstElementChild) byId("trouble").replaceChildren();
  byId("stop").hidden = true;
  byId("clock").replaceChildren();
  byId("answer").setAttribute("aria-busy", "false");
}

function showAnswer(key) {
  const answer = answers.get(key);
  if (!isBusy()) answering.clear();
  answering.finish(answer);
  rest();
  conversation.remember(state.question, write(state));
  const { question, citations, related } = answer;
  const quotes = [...citations, ...related];
  sessionStorage.setItem("dalil-answer", JSON.stringify({ question, citations: quotes, address: location.href }));
  return answer;
}

async function search(key, signal, query) {
  if (!searches.has(key)) {
    const { mode, sort, explain } = state;
    const body = { query, mode, limit: HITS, filters: filters(state), sort, explain, facets: true };
    keep(searches, key, await ask("/v1/search", post(body, { signal })));
  }
  return searches.get(key);
}

function showSearch(found) {
  const groups = grouped(found.hits);
  byId("counted").textContent = found.hits.length
    ? t("results_count", {
        passages: counted(found.hits.length, "passage_one", "passages_n"),
        articles: articles(groups.length),
        ms: number(Math.round(found.took_ms)),
      })
    : "";
  byId("hits").replaceChildren(...(groups.length ? groups.map(group) : [nothing(found)]));
  byId("export").hidden = !found.hits.length;
  byId("results").hidden = false;
}

function nothing(found) {
  const hint = state.mode === "lexical" && found.language === "en" ? ` ${t("no_keywords")}` : "";
  return make("li", { class: "nothing" }, t("no_results") + hint);
}

/** Show the active filters; the filter for one article shows its title once it is known. */
async function showActiveFilters() {
  const { article } = state;
  facets.showActive(state, titles.get(article) ?? "…", change);
  if (!article || titles.has(article)) return;
  titles.set(article, "…");
  const whole = await ask(resource(article)).catch(() => ({}));
  titles.set(article, whole.title || article);
  showActiveFilters();
}

function showSearchFailure(failure, alreadyShown = false) {
  if (!(failure instanceof Problem) || alreadyShown) return;
  byId("hits").replaceChildren(make("li", { class: "nothing" }, ...describeError(failure)));
  byId("counted").textContent = "";
  byId("export").hidden = true;
  byId("results").hidden = false;
}

/** The message for a failure, with what helps. */
function describeError(failure) {
  const { type, status } = failure;
  if (type === "/problems/index-missing") return [describe(failure, make("a", { href: `${root}/articles` }, t("missing_link")))];
  return [status >= 400 && status < 500 ? describe(failure) : describe(failure, tryAgain())];
}

const tryAgain = () =>
  make("button", { type: "button", class: "quiet", click: () => show({ again: true }) }, t("ask_again"));

function keep(map, key, value) {
  map.set(key, value);
  if (map.size > KEPT) map.delete(map.keys().next().value);
}

/** Fill in the questions that the server looks for when the start page is first seen. */
async function suggest() {
  const own = byId("suggested");
  if (!own || !("pending" in own.dataset)) return;
  delete own.dataset.pending;
  const list = own.querySelector("ul");
  const places = list.children.length;
  const status = make("p", { class: "unseen", role: "status" }, t("looking_for_questions"));
  list.before(status);
  const found = await ask(`/questions?ui=${document.documentElement.lang}`).catch(() => []);
  const example = (question) => make("a", written(question, { class: "example", href: write({ ...read(""), question }) }), question);
  // Places that no question takes stay empty, so that nothing below them moves.
  const empty = Array.from({ length: places - found.length }, () => make("li", { "aria-hidden": "true" }));
  list.replaceChildren(...found.map((question) => make("li", {}, example(question))), ...empty);
  status.remove();
  own.hidden = !found.length;
}

byId("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = byId("question").value.trim();
  if (!question) return byId("question").focus();
  change({ question, earlier: [] }, { again: question === state.question });
  return undefined;
});
byId("following").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = byId("next-question").value.trim();
  if (question) change(conversation.following(state, question));
});
byId("stop").addEventListener("click", () => running.abort());
byId("mode").addEventListener("change", (event) => change({ mode: event.target.value }));
byId("newest").addEventListener("change", (event) => change({ sort: event.target.checked ? "date" : "relevance" }));
// No new state in the history, so that an answer that is still arriving continues.
byId("explain").addEventListener("change", async (event) => {
  state = { ...state, explain: event.target.checked };
  const key = write(state);
  history.replaceState(null, "", key);
  try {
    const answered = answers.get(answerAddress(state));
    const found = await search(key, undefined, answered?.question ?? state.question);
    if (write(state) === key) showSearch(found);
  } catch (failure) {
    showSearchFailure(failure);
  }
});
byId("main").addEventListener("click", (event) => {
  const link = event.target.closest("a.example, #conversation a, #history a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change(read(new URL(link.href).search));
  scrollTo(0, 0);
});
byId("export").addEventListener("click", async (event) => {
  const { format } = event.target.closest("button")?.dataset ?? {};
  const found = searches.get(write(state));
  if (format && found) (await import("./export.js")).save(found, format);
});
facets.listen(() => state, change);
addEventListener("popstate", () => {
  state = read();
  show();
});
byId("facets").querySelector("details").open = matchMedia("(min-width: 64rem)").matches;
show();
if (!state.question) suggest();
