// The API, as the pages ask it.

import { root, t, texts } from "./dom.js";

/** A failure that the API told as a problem document, in the interface's words where it has some, or that the network is. */
export class Problem extends Error {
  constructor({ title, detail = "", type = "", status = 0 }) {
    super(texts[type] ?? title);
    this.detail = detail;
    this.type = type;
    this.status = status;
  }
}

async function send(path, { headers = {}, ...options }) {
  let response;
  try {
    response = await fetch(root + path, { ...options, headers: { Accept: "application/json", ...headers } });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem({ title: t("unreachable"), detail: t("unreachable_hint") });
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({ title: `${response.status} ${response.statusText}` }));
  throw new Problem({ status: response.status, ...told });
}

/** What the API answers as JSON; null for an answer without a body. */
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
    throw new Problem({ title: t("broke_off"), detail: t("unreachable_hint") });
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Server-sent events as [name, data]. */
export async function* events(path, options) {
  for await (const piece of pieces(await send(path, options), "\n\n")) {
    const fields = piece.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
    const data = fields.filter(([, name]) => name === "data").map(([, , value]) => value).join("\n");
    if (data) yield [fields.find(([, name]) => name === "event")?.[2] ?? "message", JSON.parse(data)];
  }
}

/** Lines of JSON. */
export async function* lines(path, options) {
  for await (const line of pieces(await send(path, options), "\n")) yield JSON.parse(line);
}
