// The answer while it arrives: the short answer, its sentences with their citations, and the evidence below. Without an
// answer: the closest quotes, or that nothing was found.

import { copyAnswer, copyLink } from "./copy.js";
import { about, around, byId, day, isolated, make, marked, number, ofInterface, t, written } from "./dom.js";
import { byArticle } from "./evidence.js";
import { citationLink } from "./quote.js";
import { isOffered, setUpHint, shortInEnglish } from "./translation.js";

const SAID = byId("said");
const FIRST_SENTENCES = 3; // the others are folded
const READING = 3; // articles named before the first sentence

/** Remove the previous answer. */
export function clear() {
  for (const id of ["short", "said", "stage", "clock", "trouble", "evidence", "advice"]) byId(id).replaceChildren();
  byId("answer-title").textContent = t("answer");
  byId("answer").classList.remove("related_evidence", "insufficient_evidence");
}

/** Name the articles that the answer is written from, until it has a sentence. */
export function showReading(articles) {
  if (SAID.hasChildNodes()) return;
  const entry = (article) => make("li", written(article.title), isolated(article.title || t("untitled"), { class: "title" }), about(article));
  SAID.append(make("div", { class: "reading" }, make("p", {}, t("reading")), make("ol", {}, ...articles.slice(0, READING).map(entry))));
}

/** Show the part of a quote that answers, above the sentences; nothing where none is sure. */
export function showShort(short, citations) {
  if (byId("short").querySelector("bdi")?.textContent === short?.text) return;
  const citation = citations.get(short?.citation);
  // A number alone has no direction; its quote has one.
  const whole = () => make("p", written(citation.quote), isolated(short.text), " ", citationLink(citation));
  byId("short").replaceChildren(...(short ? [whole()] : []));
  if (short && isOffered) byId("short").append(shortInEnglish(short, citation));
}

/** Show one sentence, with the short answer marked in it; `citations` maps numbers to the citations so far. */
export function addSentence(sentence, citations, short) {
  SAID.querySelector(".reading")?.remove();
  const links = sentence.citations.map((cited) => citationLink(citations.get(cited), sentence.text));
  const verdict =
    sentence.verdict === "supported"
      ? null
      : make("span", ofInterface({ class: `verdict ${sentence.verdict}`, title: t(`${sentence.verdict}_hint`) }), t(sentence.verdict));
  const text = make("bdi", written(sentence.text), ...marked([...sentence.text], shortPart(sentence, citations, short)));
  const shown = make("p", written(sentence.text), text, " ", ...links, ...(verdict ? [" ", verdict] : []));
  if (SAID.querySelectorAll("p").length < FIRST_SENTENCES) SAID.append(shown);
  else fold(shown);
}

/** The place of the short answer in a sentence that cites it, as spans: one, or none where it is not in its words. */
function shortPart(sentence, citations, short) {
  if (!short || !sentence.citations.includes(short.citation)) return [];
  const { quote, start } = citations.get(short.citation);
  if (quote === sentence.text) return [[short.start - start, short.end - start]];
  const at = sentence.text.indexOf(short.text);
  if (at < 0) return [];
  const from = [...sentence.text.slice(0, at)].length;
  return [[from, from + [...short.text].length]];
}

function fold(sentence) {
  const rest =
    SAID.querySelector("details") ?? SAID.appendChild(make("details", { class: "rest" }, make("summary", {}, "")));
  rest.append(sentence);
  const more = rest.childElementCount - 1;
  rest.firstChild.textContent = more === 1 ? t("more_sentence") : t("more_sentences", { count: number(more) });
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
  const short = answer.short_answer;
  showShort(short, citations);
  const shown = [...SAID.querySelectorAll("p > bdi")].map((one) => one.textContent);
  if (shown.length !== answer.sentences.length || answer.sentences.some(({ text }, at) => text !== shown[at])) {
    SAID.replaceChildren();
    for (const sentence of answer.sentences) addSentence(sentence, citations, short);
  }
  const reasons = why(answer);
  const answered = answer.sentences.length > 0;
  byId("stage").replaceChildren(...(answered ? strength(answer, reasons) : []));
  if (!answered) showUnanswered(answer);
  byId("evidence").replaceChildren(
    ...notes(answer),
    ...answer.disagreements.map((own) => differing(own, new Map([...answer.citations, ...answer.related].map((one) => [one.number, one])))),
    ...(answered ? [evidenceTitle(answer), byArticle(answer.citations, short)] : []),
    ...(answered ? [setUpHint()].filter(Boolean) : []),
    ...(answered && answer.related.length ? [related(answer.related)] : []),
    reasons,
  );
}

/** How well the articles support the answer, in words, and a button that opens the reasons. */
function strength(answer, reasons) {
  const open = () => {
    reasons.open = true;
    reasons.scrollIntoView({ block: "nearest" });
    reasons.firstChild.focus();
  };
  return [t(answer.strength), " ", make("button", { type: "button", class: "link", click: open }, t("strength_why"))];
}

/** Show the closest quotes and a warning, or that nothing was found; both with the details that are missing. */
function showUnanswered({ status, related, missing }) {
  byId("answer").classList.add(status);
  byId("answer-title").textContent = t(`${status}_title`);
  SAID.replaceChildren(
    make("p", { class: "outcome" }, t(status)),
    ...(missing.length ? [missingDetails(missing)] : []),
    ...(related.length ? [byArticle(related)] : []),
  );
}

function missingDetails(details) {
  const item = ({ kind, text }) => make("li", {}, ...around(`missing_${kind}`, "text", text));
  return make("div", { class: "missing line" }, make("span", {}, t("missing")), make("ul", {}, ...details.map(item)));
}

const related = (citations) =>
  make("details", { class: "folded" }, make("summary", {}, t("related", { count: number(citations.length) })), byArticle(citations));

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
  const lines = answer.times.map(readAs);
  if (answer.citations.length) lines.push(own ? t("quoted") : t("written_by", { model }));
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

/** How a time of the question was read. */
function readAs({ text, published_from: from, published_to: to }) {
  const words = `\u2068${text}\u2069`;
  if (!from && !to) return t("read_as_newest", { words });
  return t("read_as", { words, from: from ? day(from) : "…", to: to ? day(to) : "…" });
}

/** Numbers that quotes of different articles give for the same thing, with their days and numbers. */
function differing({ quantity, values }, citations) {
  const of = ({ text, citation, published_at: at }) =>
    make("li", {}, isolated(text), at ? ` · ${day(at)} ` : " ", ...(citations.has(citation) ? [citationLink(citations.get(citation))] : []));
  return make("div", { class: "differing" }, ...around("figures_differ", "quantity", quantity), make("ul", {}, ...values.map(of)));
}

const evidenceTitle = (answer) =>
  make("div", { class: "line" }, make("h3", {}, t("citations")), ...copyAnswer(answer), ...copyLink());
