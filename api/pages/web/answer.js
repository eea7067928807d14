// The answer while it arrives: its sentences with their citations, and the evidence below.

import { about, articlePath, byId, isolated, make, percent, t, written } from "./dom.js";
import { citationLink } from "./quote.js";

const SAID = byId("said");

/** Remove the previous answer. */
export function clear() {
  for (const id of ["said", "stage", "clock", "trouble", "evidence"]) byId(id).replaceChildren();
  byId("answer").classList.remove("refusal");
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
  const shown = [...SAID.querySelectorAll("p > bdi")].map((one) => one.textContent);
  if (shown.length !== answer.sentences.length || answer.sentences.some(({ text }, at) => text !== shown[at])) {
    SAID.replaceChildren();
    for (const sentence of answer.sentences) addSentence(sentence, citations);
  }
  byId("stage").replaceChildren(t("confidence", { percent: percent(answer.confidence) }));
  if (answer.status === "insufficient_evidence") {
    byId("answer").classList.add("refusal");
    SAID.replaceChildren(make("p", {}, make("strong", {}, t("refused"))));
  }
  byId("evidence").replaceChildren(...notes(answer), ...(answer.citations.length ? evidence(answer) : []), why(answer));
}

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
  SAID.append(make("p", { class: "hint" }, t(anything ? "refused_hint" : "refused_hint_none")));
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

function source(citation) {
  return make(
    "li",
    written(citation.title || citation.quote),
    make(
      "a",
      { class: "stop", href: articlePath(citation.article_id, citation.start, citation.end) },
      make("span", { class: "n" }, String(citation.number)),
      make("span", { class: "what" }, isolated(citation.title || t("untitled"), { class: "title" }), about(citation)),
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
