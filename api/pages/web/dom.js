// Elements, texts and numbers. Nothing here turns text into markup: the text of an article stays text.

export const texts = JSON.parse(document.getElementById("texts").textContent);
export const root = document.body.dataset.root;

const ui = document.documentElement;
const locale = ui.lang === "ar" ? "ar-u-nu-latn" : "en-GB";
const numbers = new Intl.NumberFormat(locale);
const percents = new Intl.NumberFormat(locale, { style: "percent" });
const days = new Intl.DateTimeFormat(locale, { day: "numeric", month: ui.lang === "ar" ? "long" : "short", year: "numeric", timeZone: "UTC" });

/** The interface's text with this name; `values` replace its {places}. */
export function t(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/g, (_, place) => values[place]);
}

const months = new Intl.DateTimeFormat(locale, { month: ui.lang === "ar" ? "long" : "short", year: "numeric", timeZone: "UTC" });
const daysOfMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: ui.lang === "ar" ? "long" : "short", timeZone: "UTC" });

export const number = (value) => numbers.format(value);
export const percent = (value) => percents.format(value);
export const day = (moment) => days.format(new Date(moment.slice(0, 10)));

export const month = (text) => months.format(new Date(text));
export const dayAndMonth = (text) => daysOfMonth.format(new Date(text));

/** A number with what it counts, in the grammar of the interface: one has a text of its own. */
export const counted = (many, one, name) => (many === 1 ? t(one) : t(name, { count: number(many) }));
export const articles = (many) => counted(many, "article_one", "articles_n");

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; a function is a listener, `false` and null leave an attribute out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The direction of a text, by the script of most of its letters: many Arabic sentences begin with a Latin name. */
export function direction(text) {
  const arabic = text.match(/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/g)?.length ?? 0;
  const latin = text.match(/[A-Za-z\u00c0-\u024f]/g)?.length ?? 0;
  return arabic && arabic >= latin ? "rtl" : "ltr";
}

/** The attributes of an element with a text that is not of the interface. */
export function written(text, attributes = {}) {
  const dir = direction(text);
  return { ...attributes, dir, lang: dir === "rtl" ? "ar" : "en" };
}

/** The attributes of an element with texts of the interface inside one that is not. */
export const ofInterface = (attributes = {}) => ({ ...attributes, lang: ui.lang, dir: ui.dir });

/** Such a text, isolated from the text around it (Unicode bidirectional algorithm). */
export const isolated = (text, attributes = {}) => make("bdi", written(text, attributes), text);

/** The address of an article's page; with `start` and `end`, the page marks these characters. */
export function articlePath(id, start, end) {
  const path = `${root}/articles/${encodeURIComponent(id)}`;
  return start === undefined ? path : `${path}?start=${start}&end=${end}#cited`;
}

/** A text of the interface whose {place} is a text that is not, isolated. */
export function around(name, place, text) {
  const [before, after] = t(name, { [place]: "\n" }).split("\n");
  return [before, isolated(text), after];
}

/** Title, source and date of an article in one line. */
export function about(article) {
  const parts = [];
  if (article.source) parts.push(isolated(article.source));
  if (article.published_at) parts.push(make("time", { datetime: article.published_at, dir: ui.dir }, day(article.published_at)));
  return make("span", { class: "about" }, ...parts);
}

/** The near-duplicates of an article that are not shown, folded; null if there are none. */
export function copies(duplicates) {
  if (!duplicates) return null;
  const mark = ({ id }) => (id === duplicates.earliest ? t("earliest") : id === duplicates.latest ? t("latest") : "");
  const entry = (article) =>
    make(
      "li",
      {},
      make("a", { href: articlePath(article.id) }, isolated(article.title || t("untitled"))),
      " ",
      about(article),
      ...(mark(article) ? [" ", make("span", { class: "hint" }, mark(article))] : []),
    );
  const title = t("also_in", { count: number(duplicates.articles.length) });
  return make("details", ofInterface({ class: "copies" }), make("summary", {}, title), make("ul", {}, ...duplicates.articles.map(entry)));
}

/** The characters from `start` to `end`; those in `spans`, which are in order, are in mark elements. All are code points. */
export function marked(points, spans, start = 0, end = points.length) {
  const nodes = [];
  let at = start;
  for (const [from, to] of spans) {
    const [first, last] = [Math.max(from, at), Math.min(to, end)];
    if (first >= last) continue;
    nodes.push(points.slice(at, first).join(""), make("mark", {}, points.slice(first, last).join("")));
    at = last;
  }
  return [...nodes, points.slice(at, end).join("")].filter((node) => node !== "");
}
