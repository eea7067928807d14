// The filters of a search: sources with their counts, times, one article.

import { byId, day, isolated, make, number, t } from "./dom.js";
import * as timeline from "./timeline.js";

const FIRST = 8; // sources shown at once

/** Show the facets of a response and the selected values; `change` takes the changed fields of the state. */
export function show(facets, state, change) {
  const sources = withSelected(facets.sources, state.sources);
  const isChoice = sources.length > 1 || state.sources.length > 0;
  fill("sources", isChoice ? sources.map((one) => sourceBox(one, state, change)) : []);
  timeline.show(facets.days, state, change);
  const form = byId("filters");
  form.elements.from.value = state.from;
  form.elements.to.value = state.to;
  byId("clear").hidden = !isNarrowed(state);
  byId("counts").hidden = byId("sources").hidden && byId("years").hidden;
}

/** Show the active filters, each with a button that removes it; `title` is the title of the selected article. */
export function showActive(state, title, change) {
  const chips = state.sources.map((source) =>
    chip(source, () => change({ sources: state.sources.filter((other) => other !== source) })),
  );
  if (state.from || state.to) {
    const period = timeline.periodOf(state);
    const span = period ? timeline.named(period) : [state.from, state.to].map((date) => (date ? day(date) : "…")).join(" – ");
    chips.push(chip(span, () => change({ from: "", to: "" })));
  }
  if (state.article) {
    chips.push(chip(t("within", { title }), () => change({ article: "" })));
  }
  byId("chosen").replaceChildren(...chips);
  byId("chosen").hidden = chips.length === 0;
}

const isNarrowed = (state) => Boolean(state.sources.length || state.from || state.to || state.article);

/** Listen to the form; `change` as in `show`, `state()` is the current state. */
export function listen(state, change) {
  const form = byId("filters");
  const problem = form.querySelector(".problem");
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("dates").addEventListener("change", () => {
    const { from, to } = form.elements;
    const reversed = from.value && to.value && from.value > to.value;
    problem.textContent = reversed ? t("reversed_dates") : "";
    if (!reversed && (from.value !== state().from || to.value !== state().to)) change({ from: from.value, to: to.value });
  });
  byId("clear").addEventListener("click", () => change({ sources: [], from: "", to: "", article: "" }));
}

function withSelected(counted, names) {
  const missing = names.filter((name) => !counted.some(({ value }) => value === name));
  return [...counted, ...missing.map((value) => ({ value, count: 0 }))];
}

function fill(id, entries) {
  const fieldset = byId(id);
  fieldset.hidden = entries.length === 0;
  const rest = entries.slice(FIRST);
  const more = make("details", {}, make("summary", {}, t("more")), ...rest);
  more.open = rest.some((entry) => entry.querySelector(":checked"));
  const { value } = fieldset.contains(document.activeElement) ? document.activeElement : {};
  fieldset.querySelector(".values").replaceChildren(...entries.slice(0, FIRST), ...(rest.length ? [more] : []));
  [...fieldset.elements].find((element) => element.value === value)?.focus();
}

function sourceBox({ value, count }, state, change) {
  const box = make("input", {
    type: "checkbox",
    value,
    change: () =>
      change({ sources: box.checked ? [...state.sources, value] : state.sources.filter((other) => other !== value) }),
  });
  box.checked = state.sources.includes(value);
  return make("label", { class: "value" }, box, isolated(value), make("span", { class: "count" }, number(count)));
}

function chip(text, remove) {
  const button = make(
    "button",
    { type: "button", class: "chip", "aria-label": t("remove_filter", { value: text }), click: remove },
    isolated(text),
    make("span", { "aria-hidden": "true" }, "×"),
  );
  return make("li", {}, button);
}
