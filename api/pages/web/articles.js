// The list of articles, all or those that a search finds; adding and deleting articles.

import { about, around, articlePath, articles, byId, copies, isolated, make, month, number, ofInterface, root, t, written } from "./dom.js";
import { grouped } from "./hits.js";
import { Problem, ask, describe, post, resource } from "./service.js";
import "./shell.js";
import { bounds } from "./timeline.js";
import { acceptFiles, authorization } from "./upload.js";

const PAGE = 50;
const SLOW = 600; // milliseconds after which the page says that it is loading
const FOUND = 100; // passages of a search whose articles are listed
const SORTS = ["newest", "oldest", "title"];

const writable = document.body.dataset.writing !== "closed";
const { sort: sorts, source: sources, period: periods } = byId("ordering").elements;
let running = new AbortController();

/** What the address asks for; a search may be in order of relevance, and only the whole list by title. */
function read() {
  const asked = new URLSearchParams(location.search);
  const query = (asked.get("q") ?? "").trim();
  const allowed = query ? ["relevance", "newest"] : SORTS;
  return {
    query,
    allowed,
    sort: allowed.find((sort) => sort === asked.get("sort")) ?? allowed[0],
    source: asked.get("source") ?? "",
    period: /^\d{4}(-\d{2})?$/.test(asked.get("period") ?? "") ? asked.get("period") : "",
  };
}

function go(changes) {
  const { query, allowed, ...state } = { ...read(), ...changes };
  const asked = new URLSearchParams();
  if (query) asked.set("q", query);
  for (const [name, value] of Object.entries(state)) if (value && value !== (query ? "relevance" : "newest")) asked.set(name, value);
  history.pushState(null, "", asked.size ? `?${asked.toString().replaceAll("+", "%20")}` : location.pathname);
  show();
}

async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const state = read();
  byId("find").value = state.query;
  byId("list-title").textContent = t(state.query ? "found_articles" : "all_articles");
  byId("message").replaceChildren();
  const waiting = setTimeout(() => byId("message").replaceChildren(t("loading")), SLOW);
  try {
    const page = await ask(`/collection?${new URLSearchParams({ sort: state.query ? "newest" : state.sort, source: state.source, period: state.period })}`, { signal });
    clearTimeout(waiting);
    byId("message").replaceChildren();
    offer(page, state);
    if (state.query) await find(state, signal);
    else if (page.stories === null) await listById(null, signal);
    else list(page, 0, state, signal);
  } catch (failure) {
    showError(failure);
  } finally {
    clearTimeout(waiting);
  }
}

/** Fill the controls with what there is to choose from; a collection that is too large to be sorted has none. */
function offer({ sources: counted, periods: times, stories }, { query, allowed, sort, source, period }) {
  const option = (value, text) => make("option", { value }, text);
  const withCount = (text, count) => `\u2068${text}\u2069 (${number(count)})`;
  const name = (value) => (value.length === 4 ? value : month(value));
  for (const own of sorts.options) own.hidden = own.disabled = !allowed.includes(own.value);
  sources.replaceChildren(sources.options[0], ...counted.map(({ value, count }) => option(value, withCount(value, count))));
  periods.replaceChildren(periods.options[0], ...times.map(({ value, count }) => option(value, withCount(name(value), count))));
  [sorts.value, sources.value, periods.value] = [sort, source, period];
  byId("ordering").hidden = stories === null && !query;
  sources.parentElement.hidden = counted.length < 2 && !source;
  periods.parentElement.hidden = times.length < 2 && !period;
}

function list(page, offset, state, signal) {
  const { sort, source, period } = state;
  const rows = page.stories.map(({ article, duplicates }) => row(article, { duplicates }));
  if (offset === 0) byId("articles").replaceChildren(...rows);
  else byId("articles").append(...rows);
  byId("counted").replaceChildren(
    page.matching === page.articles ? articles(page.articles) : t("matching_of", { matching: number(page.matching), articles: number(page.articles) }),
  );
  goOn(page.next, async () => {
    const more = await ask(`/collection?${new URLSearchParams({ sort, source, period, offset: page.next })}`, { signal });
    list(more, page.next, state, signal);
  });
  if (page.articles === 0) empty();
  else if (!page.matching) byId("message").replaceChildren(t("no_matching_articles"));
}

async function listById(after, signal) {
  const place = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  const page = await ask(`/v1/articles?limit=${PAGE}${place}`, { signal });
  if (after === null) byId("articles").replaceChildren();
  byId("articles").append(...page.articles.map((article) => row(article)));
  goOn(page.next, () => listById(page.next, signal));
}

/** Show the button for more unless `next` is null; the focus goes to the first entry that it adds. */
function goOn(next, load) {
  const more = byId("more");
  more.hidden = next === null;
  more.onclick = async () => {
    const last = byId("articles").lastElementChild;
    await load().catch(showError);
    last.nextElementSibling?.querySelector("a").focus();
  };
}

async function find({ query, sort, source, period }, signal) {
  const { from, to } = period ? bounds(period) : { from: null, to: null };
  const filters = { sources: source ? [source] : [], published_from: from, published_to: to };
  const body = { query, limit: FOUND, filters, sort: sort === "newest" ? "date" : "relevance" };
  const found = await ask("/v1/search", post(body, { signal }));
  const entries = grouped(found.hits).map(([best]) => row(best.article, best));
  byId("more").hidden = true;
  byId("articles").replaceChildren(...entries);
  byId("counted").replaceChildren(entries.length ? articles(entries.length) : "");
  if (!found.hits.length) byId("message").replaceChildren(t("no_results"));
}

function empty() {
  byId("articles").replaceChildren();
  byId("counted").replaceChildren();
  byId("more").hidden = true;
  byId("ordering").hidden = true;
  byId("message").replaceChildren(make("strong", {}, t("no_articles")), " ", t("no_articles_hint"));
  if (writable) byId("adding").open = true;
}

/** An article with its near-duplicates; of a hit, with its best sentence. */
function row(article, { best_sentence: best, duplicates } = {}) {
  const title = article.title || t("untitled");
  const place = best ? [best.start, best.end] : [];
  const entry = make(
    "li",
    written(title),
    make(
      "div",
      {},
      make("a", { class: "stop", href: articlePath(article.id, ...place) }, isolated(title)),
      about(article),
      best ? make("p", written(best.text, { class: "best" }), best.text) : null,
      copies(duplicates),
    ),
    writable ? menu(article, title, () => remove(article, entry)) : null,
  );
  return entry;
}

/** What can be done with an article, behind a button. */
function menu(article, title, remove) {
  return make(
    "details",
    ofInterface({ class: "menu", name: "menu" }),
    make("summary", { "aria-label": t("actions", { title }) }, make("span", { "aria-hidden": "true" }, "⋯")),
    make(
      "div",
      {},
      make("a", { href: `${root}/?${new URLSearchParams({ article: article.id })}` }, t("ask_within")),
      make("button", { type: "button", class: "quiet", click: remove }, t("delete_article")),
    ),
  );
}

async function remove(article, entry) {
  const title = article.title || t("untitled");
  entry.querySelector(".menu").open = false;
  if (!(await confirmDeletion(title))) return;
  const path = resource(article.id);
  try {
    const whole = await ask(path);
    await ask(path, { method: "DELETE", headers: authorization() });
    const place = [...byId("articles").children].indexOf(entry);
    await show();
    const { children } = byId("articles");
    (children[Math.min(place, children.length - 1)]?.querySelector("a") ?? byId("find")).focus();
    const undo = make("button", { type: "button", class: "quiet", click: () => restore(whole, title) }, t("undo"));
    byId("message").replaceChildren(...around("deleted", "title", title), " ", undo);
  } catch (failure) {
    showError(failure);
  }
}

async function restore({ id, title, text, source, published_at, url, language, metadata }, shown) {
  try {
    const body = { title, text, source, published_at, url, language, metadata };
    await ask(resource(id), post(body, { method: "PUT", headers: authorization() }));
    await show();
    byId("message").replaceChildren(...around("restored", "title", shown));
  } catch (failure) {
    showError(failure);
  }
}

function confirmDeletion(title) {
  const dialog = byId("deleting");
  byId("deleting-what").replaceChildren(make("div", written(title), isolated(title)));
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "delete"), { once: true });
  });
}

function showError(failure) {
  if (failure.name === "AbortError") return;
  if (!(failure instanceof Problem)) throw failure;
  if (failure.type === "/problems/index-missing") {
    empty();
    return;
  }
  if (failure.status === 401) failure.message = t("key_wrong");
  byId("message").replaceChildren(describe(failure, make("button", { type: "button", class: "quiet", click: show }, t("retry"))));
}

byId("finding").addEventListener("submit", (event) => {
  event.preventDefault();
  go({ query: byId("find").value.trim(), sort: "" });
});
byId("find").addEventListener("search", (event) => !event.target.value && read().query && go({ query: "", sort: "" }));
byId("ordering").addEventListener("change", ({ target }) => go({ [target.name]: target.value }));
addEventListener("popstate", show);
// A menu closes like one of the system: by Escape, and by a press elsewhere.
const openMenu = () => byId("articles").querySelector(".menu[open]");
addEventListener("pointerdown", ({ target }) => openMenu()?.contains(target) || openMenu()?.removeAttribute("open"));
byId("articles").addEventListener("keydown", (event) => {
  const own = event.key === "Escape" && event.target.closest(".menu[open]");
  if (!own) return;
  own.open = false;
  own.firstChild.focus();
  event.stopPropagation();
});
if (writable) acceptFiles(show);
show();
