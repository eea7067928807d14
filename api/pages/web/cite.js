// A quote, or an answer with its sources, in the formats that people paste.

import { day, direction, t } from "./dom.js";
import { knownGloss } from "./translation.js";

/** A quote with title, source, date, the publisher's address and its permanent link; HTML comes with a plain text. */
export function citeQuote(citation, format) {
  const lines = {
    plain: () => `«${citation.quote}»\n${inEnglish(citation, "\n")}${reference(citation)}\n${citation.link}`,
    markdown: () => `> ${escapeMarkdown(citation.quote)}\n>\n> ${escapeMarkdown(inEnglish(citation, ""))}— ${markdownReference(citation)}`,
    bibtex: () => bibtex(citation),
    ris: () => ris(citation),
  };
  if (format === "html") return withMarkup(blockquote(citation), lines.plain());
  return lines[format]();
}

/** The question, the sentences with their numbers, and each source; a quote that is a sentence is not repeated. */
export function citeAnswer(answer, format) {
  const { question, sentences, citations } = answer;
  const numbers = (sentence) => sentence.citations.map((number) => `[${number}]`).join("");
  const said = new Set(sentences.map(({ text }) => text));
  const isNew = ({ quote }) => !said.has(quote);
  const plain = () =>
    [
      question,
      sentences.map((sentence) => `${sentence.text} ${numbers(sentence)}`).join("\n"),
      ...citations.map((one) => [`[${one.number}]`, isNew(one) ? ` «${one.quote}»\n` : " ", `${reference(one)}\n${one.link}`].join("")),
    ].join("\n\n");
  const lines = {
    plain,
    markdown: () =>
      [
        `**${escapeMarkdown(question)}**`,
        sentences.map((sentence) => `${escapeMarkdown(sentence.text)} ${numbers(sentence).replaceAll("[", "\\[")}`).join("\n\n"),
        citations.map((one) => `${one.number}. ${isNew(one) ? `«${escapeMarkdown(one.quote)}» — ` : ""}${markdownReference(one)}`).join("\n"),
      ].join("\n\n"),
    bibtex: () => citations.map(bibtex).join("\n\n"),
    ris: () => citations.map(ris).join("\n"),
  };
  if (format !== "html") return lines[format]();
  const sentence = (one) => `<p${languageOf(one.text)}>${escape(one.text)} ${numbers(one)}</p>`;
  const source = (one) => `<li value="${one.number}">${isNew(one) ? `${blockquote(one)}` : htmlReference(one)}</li>`;
  const markup = `<p><strong>${escape(question)}</strong></p>${sentences.map(sentence).join("")}<ol>${citations.map(source).join("")}</ol>`;
  return withMarkup(markup, plain());
}

/** The numbers, dates and names of a quote in English, on the English page. */
const inEnglish = ({ quote }, end) => (knownGloss(quote) ? `${t("in_english")} ${knownGloss(quote)}${end || " "}` : "");

const withMarkup = (markup, text) => ({ "text/html": markup, "text/plain": text });

const isPublic = (url) => /^https?:\/\//i.test(url ?? "");
const published = ({ published_at: moment }) => moment?.slice(0, 10);

/** Title, source, date and the publisher's address on one line. */
function reference(citation) {
  const { title, source, published_at: moment, url } = citation;
  return [title, source, moment && day(moment), isPublic(url) && url].filter(Boolean).join(" · ");
}

function markdownReference(citation) {
  const { title, source, published_at: moment, url, link } = citation;
  const name = escapeMarkdown(title || link);
  const linked = isPublic(url) ? `[${name}](<${url.replace(/[<>\s]/g, encodeURIComponent)}>)` : name;
  const parts = [linked, source && escapeMarkdown(source), moment && day(moment), `[Dalil](<${link}>)`];
  return parts.filter(Boolean).join(" · ");
}

const blockquote = (citation) =>
  `<blockquote${isPublic(citation.url) ? ` cite="${escape(citation.url)}"` : ""}${languageOf(citation.quote)}>` +
  `<p>${escape(citation.quote)}</p></blockquote><p>${htmlReference(citation)}</p>`;

function htmlReference(citation) {
  const { title, source, published_at: moment, url, link } = citation;
  const name = `<cite${languageOf(title)}>${escape(title || link)}</cite>`;
  const linked = isPublic(url) ? `<a href="${escape(url)}">${name}</a>` : name;
  const time = moment && `<time datetime="${escape(moment)}">${day(moment)}</time>`;
  return [linked, source && escape(source), time, `<a href="${escape(link)}">Dalil</a>`].filter(Boolean).join(" · ");
}

const languageOf = (text) => (direction(text) === "rtl" ? ' lang="ar" dir="rtl"' : "");
const escape = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
const escapeMarkdown = (text) => text.replace(/[\\`*_[\]<>#|~]/g, "\\$&").replace(/\s+/g, " ");

/** An entry that BibTeX and biblatex read. */
function bibtex(citation) {
  const { article_id: id, title, source, url, link, quote, number } = citation;
  const key = `${id.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "article"}-${number}`;
  const [year, month, date] = published(citation)?.split("-") ?? [];
  const fields = [
    ["title", title && `{${escapeTeX(title)}}`],
    ["publisher", source && escapeTeX(source)],
    ["year", year],
    ["month", month],
    ["day", date],
    ["url", isPublic(url) ? braced(url) : link],
    ["note", `\\url{${link}}`],
    ["annote", escapeTeX(quote)],
  ];
  const lines = fields.filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
  return `@misc{${key},\n${lines.join("\n")}\n}`;
}

const braced = (url) => url.replace(/[{}]/g, encodeURIComponent);
const TEX = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" };
const escapeTeX = (text) => text.replace(/[\\~^]|[&%$#_{}]/g, (mark) => TEX[mark] ?? `\\${mark}`).replace(/\s+/g, " ");

/** A record that Zotero, EndNote and Mendeley read: a newspaper article with the quote as a note. */
function ris(citation) {
  const { title, source, url, link, quote } = citation;
  const date = published(citation);
  const fields = [
    ["TY", "NEWS"],
    ["TI", title],
    ["T2", source],
    ["PY", date?.slice(0, 4)],
    ["DA", date?.replaceAll("-", "/")],
    ["UR", isPublic(url) ? url : link],
    ["L2", link],
    ["N1", quote],
    ["ER", ""],
  ];
  const line = ([name, value]) => `${name}  - ${value.replace(/\s+/g, " ")}`;
  return `${fields.filter(([name, value]) => value || name === "ER").map(line).join("\r\n")}\r\n`;
}
