// The list of articles, all or those that a search finds; adding and deleting articles.

import { about, around, articlePath, byId, isolated, make, t, written } from "./dom.js";
import { grouped } from "./hits.js";
import { Problem, ask, post, resource } from "./service.js";
import "./shell.js";
import { acceptFiles, authorization } from "./upload.js";

const PAGE = 50;
const FOUND = 100; // passages of a search whose articles are listed

const writable = document.body.dataset.writing !== "closed";
let running = new AbortController();

async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const query = (new URLSearchParams(location.search).get("q") ?? "").trim();
  byId("find").value = query;
  byId("list-title").textContent = t(query ? "found_articles" : "all_articles");
  byId("message").replaceChildren();
  try {
    await (query ? find(query, signal) : list(null, signal));
  } catch (failure) {
    showError(failure);
  }
}

async function list(after, signal) {
  const place = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  const page = await ask(`/v1/articles?limit=${PAGE}${place}`, { signal });
  if (after === null) byId("articles").replaceChildren();
  byId("articles").append(...page.articles.map((article) => row(article)));
  const more = byId("more");
  more.hidden = page.next === null;
  more.onclick = async () => {
    const last = byId("articles").lastElementChild;
    await list(page.next, signal).catch(showError);
    last.nextElementSibling?.querySelector("a").focus();
  };
  if (after === null && !page.articles.length) empty();
}

async function find(query, signal) {
  const found = await ask(`/v1/search?limit=${FOUND}&q=${encodeURIComponent(query)}`, { signal });
  byId("more").hidden = true;
  byId("articles").replaceChildren(...grouped(found.hits).map(([best]) => row(best.article, best)));
  if (!found.hits.length) byId("message").replaceChildren(t("no_results"));
}

function empty() {
  byId("articles").replaceChildren();
  byId("more").hidden = true;
  byId("message").replaceChildren(make("strong", {}, t("no_articles")), " ", t("no_articles_hint"));
}

function row(article, hit = null) {
  const title = article.title || t("untitled");
  const place = hit ? [hit.best_sentence.start, hit.best_sentence.end] : [];
  const entry = make(
    "li",
    written(title),
    make(
      "div",
      {},
      make("a", { class: "stop", href: articlePath(article.id, ...place) }, isolated(title)),
      about(article),
      hit ? make("p", written(hit.best_sentence.text, { class: "best" }), hit.best_sentence.text) : null,
    ),
    writable
      ? make("button", { type: "button", class: "quiet", click: () => remove(article, entry), "aria-label": `${t("delete")}: ${title}` }, t("delete"))
      : null,
  );
  return entry;
}

async function remove(article, entry) {
  const title = article.title || t("untitled");
  if (!(await confirmDeletion(title))) return;
  const path = resource(article.id);
  try {
    const whole = await ask(path);
    await ask(path, { method: "DELETE", headers: authorization() });
    const next = entry.nextElementSibling ?? entry.previousElementSibling;
    entry.remove();
    (next?.querySelector("a") ?? byId("find")).focus();
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
  const text = failure.status === 401 ? t("key_wrong") : failure.message;
  const again = make("button", { type: "button", class: "quiet", click: show }, t("retry"));
  byId("message").replaceChildren(make("strong", { dir: "auto" }, text), " ", make("bdi", { dir: "auto" }, failure.detail), " ", again);
}

byId("finding").addEventListener("submit", (event) => {
  event.preventDefault();
  const query = byId("find").value.trim();
  history.pushState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  show();
});
byId("find").addEventListener("search", (event) => {
  if (!event.target.value && location.search) {
    history.pushState(null, "", location.pathname);
    show();
  }
});
addEventListener("popstate", show);
if (writable) acceptFiles(show);
show();
