// When the articles of a search were published: a histogram of days, months or years that filters by dragging, and the
// periods below the chosen one. The buttons and the date fields do the same without a pointer.

import { articles, byId, day, dayAndMonth, isolated, make, month, number, t } from "./dom.js";

const MAX_DAYS = 62; // columns of a histogram; a longer time has one for each month, and a still longer one for each year
const MAX_MONTHS = 72;

const LENGTHS = { day: 10, month: 7, year: 4 }; // characters of an ISO 8601 date

/** The first and the last day of a period such as 2023, 2023-09 or 2023-09-08, as ISO 8601 dates. */
export function bounds(period) {
  const [year, own] = period.split("-");
  if (period.length === LENGTHS.day) return { from: period, to: period };
  if (period.length === LENGTHS.year) return { from: `${year}-01-01`, to: `${year}-12-31` };
  const last = new Date(Date.UTC(Number(year), Number(own), 0)).getUTCDate();
  return { from: `${period}-01`, to: `${period}-${last}` };
}

/** The period that two dates span exactly, or null. */
export function periodOf({ from, to }) {
  if (!from || !to) return null;
  const periods = Object.values(LENGTHS).map((length) => from.slice(0, length));
  return periods.reverse().find((period) => bounds(period).from === from && bounds(period).to === to) ?? null;
}

/** A period in the words of the interface. */
export function named(period) {
  if (period.length === LENGTHS.year) return period;
  return period.length === LENGTHS.month ? month(period) : day(period);
}

/** Show the counts of a response by day, and the chosen period; `change` takes the changed fields of the state. */
export function show(days, state, change) {
  showHistogram(days, state, change);
  const chosen = periodOf(state);
  const below = (length, parent) => counted(days.filter(({ value }) => value.startsWith(parent)), length);
  const year = chosen?.slice(0, LENGTHS.year) ?? null;
  const ownMonth = chosen && chosen.length >= LENGTHS.month ? chosen.slice(0, LENGTHS.month) : null;
  fill("years", counted(days, LENGTHS.year), { open: year, parent: null, change, label: named });
  fill("months", year ? below(LENGTHS.month, `${year}-`) : [], { open: ownMonth, parent: year, change, label: named });
  fill("days", ownMonth ? below(LENGTHS.day, ownMonth) : [], { open: chosen, parent: ownMonth, change, label: dayAndMonth });
}

/** The counts by period, latest first. */
function counted(days, length) {
  const counts = new Map();
  for (const { value, count } of days) {
    const period = value.slice(0, length);
    counts.set(period, (counts.get(period) ?? 0) + count);
  }
  return [...counts];
}

function fill(id, periods, { open, parent, change, label }) {
  const fieldset = byId(id);
  const focused = fieldset.contains(document.activeElement) ? document.activeElement.value : null;
  const button = ([period, count]) => {
    const on = period === open;
    const click = () => change(on ? (parent ? bounds(parent) : { from: "", to: "" }) : bounds(period));
    return make(
      "button",
      { type: "button", class: "chip", value: period, "aria-pressed": String(on), click },
      isolated(label(period)),
      make("span", { class: "count" }, number(count)),
    );
  };
  fieldset.hidden = periods.length === 0;
  fieldset.querySelector(".values").replaceChildren(...periods.map(button));
  if (focused) fieldset.querySelector(`[value="${CSS.escape(focused)}"]`)?.focus();
}

/** The columns from the first period to the last, those without an article too. */
function columns(days) {
  const [last, first] = [days[0].value, days[days.length - 1].value];
  const months = 12 * (last.slice(0, 4) - first.slice(0, 4)) + Number(last.slice(5, 7)) - first.slice(5, 7) + 1;
  const ownDays = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
  const length = ownDays <= MAX_DAYS ? LENGTHS.day : months <= MAX_MONTHS ? LENGTHS.month : LENGTHS.year;
  const counts = new Map(counted(days, length));
  const periods = [];
  const at = new Date(bounds(first.slice(0, length)).from);
  while (at.toISOString().slice(0, length) <= last.slice(0, length)) {
    periods.push(at.toISOString().slice(0, length));
    if (length === LENGTHS.day) at.setUTCDate(at.getUTCDate() + 1);
    else if (length === LENGTHS.month) at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCFullYear(at.getUTCFullYear() + 1);
  }
  return periods.map((period) => ({ period, count: counts.get(period) ?? 0 }));
}

function showHistogram(days, state, change) {
  const own = byId("timeline");
  own.hidden = days.length < 2;
  if (own.hidden) return own.replaceChildren();
  const all = columns(days);
  const most = Math.max(...all.map(({ count }) => count));
  const bars = all.map(({ period, count }) => {
    const bar = make("span", { title: `${named(period)}: ${articles(count)}` }, make("span", {}));
    bar.firstChild.style.blockSize = `${(100 * count) / most}%`;
    return bar;
  });
  const select = (from, to) => {
    for (const [at, { period }] of all.entries()) {
      const { from: first, to: last } = bounds(period);
      bars[at].classList.toggle("out", Boolean((to && first > to) || (from && last < from)));
    }
  };
  const label = t("timeline", { from: named(all[0].period), to: named(all[all.length - 1].period) });
  const graph = make("div", { class: "bars", role: "img", "aria-label": label }, ...bars);
  drag(graph, bars.length, {
    over: (first, last) => select(bounds(all[first].period).from, bounds(all[last].period).to),
    drop: (first, last) => change({ from: bounds(all[first].period).from, to: bounds(all[last].period).to }),
    cancel: () => select(state.from, state.to),
  });
  select(state.from, state.to);
  const ends = [all[0], all[all.length - 1]].map(({ period }) => make("span", {}, named(period)));
  return own.replaceChildren(graph, make("div", { class: "ends hint" }, ...ends));
}

/** Report the columns between a press and the pointer, and those at its release. */
function drag(graph, count, { over, drop, cancel }) {
  let start = null;
  const columnAt = (event) => {
    const { left, width } = graph.getBoundingClientRect();
    const share = (event.clientX - left) / width;
    const along = document.documentElement.dir === "rtl" ? 1 - share : share;
    return Math.min(count - 1, Math.max(0, Math.floor(along * count)));
  };
  const span = (event) => [start, columnAt(event)].sort((one, other) => one - other);
  graph.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    graph.setPointerCapture(event.pointerId);
    start = columnAt(event);
    over(start, start);
  });
  graph.addEventListener("pointermove", (event) => start !== null && over(...span(event)));
  graph.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const chosen = span(event);
    start = null;
    drop(...chosen);
  });
  graph.addEventListener("pointercancel", () => {
    start = null;
    cancel();
  });
}
