// The state of the page for questions, read from its address and written into it.

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const SORTS = ["relevance", "date"];
const MODES = ["hybrid", "lexical", "semantic"];

/** The question, those before it, and the filters; a parameter that is invalid counts as absent. */
export function read(address = location.search) {
  const asked = new URLSearchParams(address);
  const date = (name) => (isDay(asked.get(name) ?? "") ? asked.get(name) : "");
  return {
    question: (asked.get("q") ?? "").trim(),
    earlier: asked.getAll("before").map((question) => question.trim()).filter(Boolean),
    mode: MODES.find((mode) => mode === asked.get("mode")) ?? "hybrid",
    sources: asked.getAll("source"),
    from: date("from"),
    to: date("to"),
    article: asked.get("article") ?? "",
    sort: SORTS.find((sort) => sort === asked.get("sort")) ?? "relevance",
    explain: asked.get("explain") === "1",
  };
}

function isDay(text) {
  const day = new Date(DAY.test(text) ? text : "");
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The query string of a state. */
export function write(state) {
  const asked = new URLSearchParams();
  for (const question of state.earlier) asked.append("before", question);
  if (state.question) asked.set("q", state.question);
  if (state.mode !== "hybrid") asked.set("mode", state.mode);
  for (const source of state.sources) asked.append("source", source);
  for (const name of ["from", "to", "article"]) if (state[name]) asked.set(name, state[name]);
  if (state.sort !== "relevance") asked.set("sort", state.sort);
  if (state.explain) asked.set("explain", "1");
  return `?${asked}`;
}

/** The address of the answer alone: how passages are searched, sorted and explained does not change it. */
export const answerAddress = (state) => write({ ...state, mode: "hybrid", sort: "relevance", explain: false });

/** The state's filters in the format of the API. */
export function filters(state) {
  return {
    sources: state.sources,
    article_ids: state.article ? [state.article] : [],
    published_from: state.from || null,
    published_to: state.to || null,
  };
}
