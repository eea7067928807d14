// The answer while it arrives: the short answer, its sentences with their citations, and the evidence below. Without an
// answer: the closest quotes, or that nothing was found.

import { about, around, articlePath, byId, isolated, make, t, written } from "./dom.js";
import { citationLink } from "./quote.js";

const SAID = byId("said");

/** Remove the previous answer. */
export function clear() {
  for (const id of ["short", "said", "stage", "clock", "trouble", "evidence", "advice"]) byId(id).replaceChildren();
  byId("answer-title").textContent = t("answer");
  byId("answer").classList.remove("related_evidence", "insufficient_evidence");
}

/** Show the part of a quote that answers, above the sentences; nothing where none is sure. */
export function showShort(short, citations) {
  if (byId("short").querySelector("bdi")?.textContent === short?.text) return;
  const citation = citations.get(short?.citation);
  // A number alone has no direction; its quote has one.
  const whole = () => make("p", written(citation.quote), isolated(short.text), " ", citationLink(citation));
  byId("short").replaceChildren(...(short ? [whole()] : []));
}

/** Show one sentence; `citations` maps numbers to the citations of the answer so far. */
export function addSentence(sentence, citations) {
  const links = sentence.citations.map((number) => citationLink(citations.get(number)));
  const verdict =
    sentence.verdict === "supported"
      ? null
      : make("span", { class: `verdict ${sentence.verdict}`, title: t(`${sentence.verdict}_hint`) }, t(sentence.verdict));
  SAID.append(make("p", written(sentence.text), isolated(sentence.text), " ", ...links, ...(verdict ? [" ", verdict] : [])));
}

/** Whether an answer is a reply without a search: the message is no question, or names nothing to search for. */
export const isOwnReply = (answer) => ["not_a_question", "too_vague"].includes(answer.refusal_reason);

/** Show the whole answer; sentences that are already shown do not change. */
export function finish(answer) {
  if (isOwnReply(answer)) {
    byId("stage").replaceChildren();
    SAID.replaceChildren(make("p", written(answer.text), isolated(answer.text)));
    return;
  }
  const citations = new Map(answer.citations.map((citation) => [citation.number, citation]));
  showShort(answer.short_answer, citations);
  const shown = [...SAID.querySelectorAll("p > bdi")].map((one) => one.textContent);
  if (shown.length !== answer.sentences.length || answer.sentences.some(({ text }, at) => text !== shown[at])) {
    SAID.replaceChildren();
    for (const sentence of answer.sentences) addSentence(sentence, citations);
  }
  byId("stage").replaceChildren(answer.sentences.length ? t(answer.strength) : "");
  if (!answer.sentences.length) showUnanswered(answer);
  byId("evidence").replaceChildren(
    ...notes(answer),
    ...(answer.citations.length ? evidence(answer) : []),
    ...(answer.sentences.length && answer.related.length ? [make("h3", {}, t("related")), quotes(answer.related)] : []),
    why(answer),
  );
}

/** Show the closest quotes and a warning, or that nothing was found; both with the details that are missing. */
function showUnanswered({ status, related, missing }) {
  byId("answer").classList.add(status);
  byId("answer-title").textContent = t(`${status}_title`);
  SAID.replaceChildren(
    make("p", { class: "outcome" }, t(status)),
    ...(missing.length ? [missingDetails(missing)] : []),
    ...(related.length ? [quotes(related)] : []),
  );
}

function missingDetails(details) {
  const item = ({ kind, text }) => make("li", {}, ...around(`missing_${kind}`, "text", text));
  return make("div", { class: "missing line" }, make("span", {}, t("missing")), make("ul", {}, ...details.map(item)));
}

/** Whole quotes, each a link to its place in the article. */
function quotes(citations) {
  const item = (citation) => card(citation, isolated(citation.quote, { class: "quoted" }), titleOf(citation), about(citation));
  return make("ol", { class: "sources quotes" }, ...citations.map(item));
}

const titleOf = ({ title }, attributes = {}) => isolated(title || t("untitled"), attributes);

/** A closed disclosure; its script is loaded when it is first opened. */
function why(answer) {
  const own = make("details", { class: "why" }, make("summary", {}, t(answer.refusal_reason ? "why_refused" : "why")));
  own.addEventListener("toggle", async () => {
    if (!own.open || own.childElementCount > 1) return;
    try {
      const { explanation } = await import("./why.js");
      own.append(...explanation(answer));
    } catch {
      own.open = false; // the next click tries again
    }
  });
  return own;
}

/** Add advice to a refusal; `anything` is whether the search found a passage. */
export function advise(anything) {
  byId("advice").textContent = t(anything ? "refused_hint" : "refused_hint_none");
}

function notes(answer) {
  const own = answer.generator === "extractive";
  const model = answer.generator.replace(/^chat:/, "");
  const lines = answer.citations.length ? [own ? t("quoted") : t("written_by", { model })] : [];
  if (answer.dropped_sentences) {
    lines.push(t(answer.dropped_sentences === 1 ? "dropped_one" : "dropped", { count: answer.dropped_sentences }));
  }
  // The last note of a refusal is its reason, which the page has in its own language.
  const remarks = answer.refusal_reason ? answer.notes.slice(0, -1) : answer.notes;
  if (answer.refusal_reason) lines.push(t(`refusal_${answer.refusal_reason}`));
  return [
    ...lines.map((line) => make("p", { class: "hint" }, line)),
    ...remarks.map((note) => make("p", { class: "hint", lang: "en", dir: "ltr" }, note)),
  ];
}

function evidence(answer) {
  const copied = make("span", { role: "status" });
  const copy = make(
    "button",
    {
      type: "button",
      class: "quiet",
      click: async () => {
        try {
          await navigator.clipboard.writeText(asText(answer));
          copied.textContent = t("copied");
        } catch {
          copied.textContent = t("copy_failed");
        }
      },
    },
    t("copy"),
  );
  return [
    make("div", { class: "line" }, make("h3", {}, t("citations")), copy, copied),
    make("ol", { class: "sources" }, ...answer.citations.map(source)),
  ];
}

const source = (citation) => card(citation, titleOf(citation, { class: "title" }), about(citation));

/** A link with the number of a citation that opens the article at its quote. */
function card(citation, ...content) {
  return make(
    "li",
    written(citation.title || citation.quote),
    make(
      "a",
      { class: "stop", href: articlePath(citation.article_id, citation.start, citation.end) },
      make("span", { class: "n" }, String(citation.number)),
      make("span", { class: "what" }, ...content),
    ),
  );
}

function asText(answer) {
  const sentences = answer.sentences.map(({ text, citations }) => `${text} ${citations.map((n) => `[${n}]`).join("")}`);
  const sources = answer.citations.map(({ number, quote, title, source, published_at, link }) =>
    [`[${number}] «${quote}»`, [title, source, published_at?.slice(0, 10)].filter(Boolean).join(" · "), link].join("\n"),
  );
  return [answer.question, sentences.join("\n"), ...sources].join("\n\n");
}
