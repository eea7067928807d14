// Requests to the API.

import { make, root, t, texts, written } from "./dom.js";

/**
 * A failure of the network, or a problem document. `message` and `help` are in the interface's language where it has texts
 * for the type; `detail` is English, as the API gives it.
 */
export class Problem extends Error {
  constructor({ title, detail = "", help = "", type = "", status = 0 }) {
    super(texts[type] ?? title);
    this.detail = detail;
    this.help = texts[`${type}/help`] ?? help;
    this.type = type;
    this.status = status;
  }
}

/** What happened and what helps, as nodes; the server's own words come behind a disclosure. */
export function describe({ message, help, detail }, ...more) {
  const own = detail ? [make("details", {}, make("summary", {}, t("details")), make("p", written(detail), detail))] : [];
  return make("div", { class: "failure" }, make("strong", { dir: "auto" }, message), " ", make("span", {}, help), " ", ...more, ...own);
}

async function send(path, { headers = {}, ...options }) {
  let response;
  try {
    response = await fetch(root + path, { ...options, headers: { Accept: "application/json", ...headers } });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem({ title: t("unreachable"), help: t("unreachable_hint") });
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ title: `${response.status} ${response.statusText}` }));
  throw new Problem({ status: response.status, ...problem });
}

/** The JSON of a response; null for a response without a body. */
export async function ask(path, options = {}) {
  const response = await send(path, options);
  return response.status === 204 ? null : response.json();
}

/** The path of an article in the API. */
export const resource = (id) => `/v1/articles/${encodeURIComponent(id)}`;

export const post = (body, options = {}) => ({
  method: "POST",
  body: JSON.stringify(body),
  ...options,
  headers: { "Content-Type": "application/json", ...options.headers },
});

async function* pieces(response, end) {
  let held = "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      held += done ? end : value;
      const parts = held.split(end);
      held = parts.pop();
      yield* parts.filter(Boolean);
      if (done) return;
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: t("broke_off"), help: t("unreachable_hint") });
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The server-sent events of a response, each as [name, data]. */
export async function* events(path, options) {
  for await (const piece of pieces(await send(path, options), "\n\n")) {
    const fields = piece.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
    const data = fields.filter(([, name]) => name === "data").map(([, , value]) => value).join("\n");
    if (data) yield [fields.find(([, name]) => name === "event")?.[2] ?? "message", JSON.parse(data)];
  }
}

/** The values of a response with one JSON value a line. */
export async function* lines(path, options) {
  for await (const line of pieces(await send(path, options), "\n")) yield JSON.parse(line);
}
