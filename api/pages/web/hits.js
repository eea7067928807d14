// The hits, by article: the best sentence with its context, and the explanation of its score.

import { about, articlePath, copies, isolated, make, marked, number, ofInterface, t, written } from "./dom.js";

const BEFORE = 80;
const AFTER = 160; // characters of a passage shown before and after its best sentence

/** The hits in groups, one for each article, in the order of their best hits. */
export function grouped(hits) {
  const groups = new Map();
  for (const hit of hits) {
    if (!groups.has(hit.article.id)) groups.set(hit.article.id, []);
    groups.get(hit.article.id).push(hit);
  }
  return [...groups.values()];
}

/** An article with its passages. */
export function group(hits) {
  const [best] = hits;
  const { article } = best;
  return make(
    "li",
    written(article.title || best.text, { class: "group" }),
    make(
      "h3",
      {},
      make("a", { href: articlePath(article.id) }, isolated(article.title || t("untitled"))),
    ),
    about(article),
    copies(best.duplicates),
    make("ol", {}, ...hits.map(passage)),
  );
}

function passage(hit) {
  const points = [...hit.text];
  const best = [hit.best_sentence.start - hit.start, hit.best_sentence.end - hit.start];
  const from = startOfWord(points, best[0] - BEFORE);
  const to = endOfWord(points, best[1] + AFTER);
  const highlights = hit.highlights.map(({ start, end }) => [start - hit.start, end - hit.start]);
  const link = make(
    "a",
    written(hit.text, { class: "stop hit", href: articlePath(hit.article.id, hit.best_sentence.start, hit.best_sentence.end) }),
  );
  const show = (start, end) => {
    link.replaceChildren(
      start > 0 ? "… " : "",
      ...marked(points, highlights, start, best[0]),
      make("span", { class: "best" }, ...marked(points, highlights, ...best)),
      ...marked(points, highlights, best[1], end),
      end < points.length ? " …" : "",
    );
  };
  show(from, to);
  const whole = make(
    "button",
    {
      type: "button",
      class: "quiet",
      "aria-expanded": "false",
      click: () => {
        const open = whole.getAttribute("aria-expanded") === "false";
        whole.setAttribute("aria-expanded", String(open));
        whole.textContent = t(open ? "less" : "whole_passage");
        link.classList.toggle("whole", open);
        if (open) show(0, points.length);
        else show(from, to);
      },
    },
    t("whole_passage"),
  );
  const score = make("span", { class: "score" }, t("score", { score: hit.score.toFixed(2) }));
  const cut = from > 0 || to < points.length;
  return make(
    "li",
    {},
    link,
    make("div", { class: "line" }, make("span", { class: "rank" }, `#${number(hit.rank)}`), score, cut ? whole : null),
    hit.explain ? explanation(hit) : null,
  );
}

function startOfWord(points, at) {
  if (at <= 0) return 0;
  const space = points.indexOf(" ", at);
  return space < 0 || space > at + 40 ? at : space + 1;
}

function endOfWord(points, at) {
  if (at >= points.length) return points.length;
  const space = points.lastIndexOf(" ", at);
  return space < at - 40 ? at : space;
}

/** The share of each signal: a bar as long as the score, and the numbers. */
function explanation(hit) {
  const signals = hit.explain.contributions;
  const bar = make("div", { class: "shares", "aria-hidden": "true" });
  for (const { signal, contribution } of signals) {
    const share = make("span", { class: `signal ${signal}` });
    share.style.inlineSize = `${100 * Math.max(0, contribution)}%`;
    bar.append(share);
  }
  const entry = ({ signal, rank, raw_score, contribution }) =>
    make(
      "li",
      {},
      make("span", { class: `swatch signal ${signal}`, "aria-hidden": "true" }),
      make("span", {}, t(signal)),
      make("strong", {}, contribution.toFixed(2)),
      make("span", { class: "hint" }, t("signal_scores", { rank: rank === null ? "–" : number(rank), raw: raw_score.toFixed(2) })),
    );
  return make(
    "div",
    ofInterface({ class: "explained" }),
    bar,
    make("ul", { "aria-label": t("signals_of") }, ...signals.map(entry)),
  );
}
