// Quotes by article: title, source and date once, and below them each quote with its number and the words around it.

import { copyQuote } from "./copy.js";
import { about, articlePath, copies, isolated, make, marked, ofInterface, t, written } from "./dom.js";
import { glossLine, translateButton } from "./translation.js";

/** The quotes in groups, one for each article, in the order of their first numbers; the short answer is marked. */
export function byArticle(citations, short = null) {
  const groups = new Map();
  for (const citation of citations) {
    if (!groups.has(citation.article_id)) groups.set(citation.article_id, []);
    groups.get(citation.article_id).push(citation);
  }
  return make("ol", { class: "sources" }, ...[...groups.values()].map((group) => article(group, short)));
}

function article(citations, short) {
  const [first] = citations;
  const title = isolated(first.title || t("untitled"), { class: "title" });
  const header = make("div", { class: "line" }, make("a", { href: articlePath(first.article_id) }, title), about(first));
  return make(
    "li",
    written(first.title || first.quote),
    header,
    copies(first.duplicates),
    make("ol", { class: "quotes" }, ...citations.map((citation) => quote(citation, short, header))),
  );
}

function quote(citation, short, header) {
  const { number, quote: text, before, after, start, end } = citation;
  const spans = short?.citation === number ? [[short.start - start, short.end - start]] : [];
  const around = (words, context) => (words ? make("span", { class: "context" }, context) : null);
  const block = make(
    "blockquote",
    written(text),
    around(before, `… ${before}`),
    make("span", { class: "quoted" }, ...marked([...text], spans)),
    around(after, `${after} …`),
  );
  return make(
    "li",
    {},
    make("span", { class: "n" }, String(number)),
    block,
    glossLine(text),
    make(
      "div",
      ofInterface({ class: "line" }),
      make("a", { class: "stop", href: articlePath(citation.article_id, start, end), "data-link": citation.link }, t("open_here")),
      ...copyQuote(citation),
      translateButton(text, block, citation.title, header),
    ),
  );
}
