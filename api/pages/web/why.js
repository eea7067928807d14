// The content of "Why this answer?": how an answer or a refusal came about.

import { around, articlePath, isolated, make, number, ofInterface, percent, t, written } from "./dom.js";

const LEAST_COVERAGE = 0.6; // the share of names and words below which a sentence lacks some

/** What `explain` added to an answer, as the content of an open disclosure. */
export function explanation(answer) {
  const { query, evidence, confidence, threshold, prompt, entailments } = answer.explain;
  return [
    ...(confidence ? [make("ul", {}, ...reasons(confidence).map((name) => make("li", {}, t(name))))] : []),
    ...section("why_query", analysis(query)),
    ...(confidence ? [figures(confidence, threshold)] : []),
    ...(evidence.length ? section("why_evidence", make("ol", {}, ...evidence.map(candidate))) : []),
    ...(prompt ? section("why_model", model(prompt, entailments)) : []),
    ...(answer.dropped.length ? section("why_left_out", make("ul", {}, ...answer.dropped.map(dropped))) : []),
  ];
}

const section = (title, content) => [make("h4", {}, t(title)), content];
const plain = (value) => number(Math.round(value * 100) / 100 || 0);

function analysis({ embedding_text, terms, names }) {
  const detail = (label, text) => make("p", { class: "hint" }, `${t(label)}: `, make("bdi", {}, text));
  return make(
    "div",
    {},
    make("p", written(embedding_text), isolated(embedding_text)),
    ...(names.length ? [detail("why_names", names.map((name) => name.join(" = ")).join(" · "))] : []),
    ...(terms.length ? [detail("why_terms", terms.join(" "))] : []),
  );
}

/** Why the answer is as well supported as it is: the names of texts, at least one. */
function reasons({ features, topicality, answerability, year_factor }) {
  const value = Object.fromEntries(features.map((feature) => [feature.name, feature.value]));
  const found = [
    [year_factor < 1, "why_year"],
    [value.missing_quantities > 0, "reason_missing_quantities"],
    [value.missing_names > 0, "reason_missing_names"],
    [value.no_name_matched > 0, "reason_no_name"],
    [value.coverage < LEAST_COVERAGE, "reason_coverage"],
    [topicality >= 0.5 && answerability < 0.5, "reason_on_topic"],
  ];
  const against = found.filter(([holds]) => holds).map(([, name]) => name);
  return against.length ? against : ["reason_match"];
}

function figures(confidence, threshold) {
  const title = t("why_confidence", { percent: percent(confidence.value), threshold: percent(threshold) });
  return make("details", {}, make("summary", {}, t("why_figures")), make("p", {}, title), features(confidence));
}

function features({
  features,
  topicality,
  topicality_intercept,
  answerability,
  answerability_intercept,
  year_factor,
  answerable,
}) {
  const row = (name, ...values) =>
    make("tr", {}, make("th", { scope: "row" }, name), ...values.map((value) => make("td", {}, value)));
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("why_feature") },
    make(
      "table",
      {},
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ...["why_feature", "why_value", "why_topicality", "why_answerability"].map((name) =>
            make("th", { scope: "col" }, t(name)),
          ),
        ),
      ),
      make(
        "tbody",
        {},
        ...features.map(({ name, value, topicality_weight, answerability_weight }) =>
          row(t(`feature_${name}`), plain(value), plain(value * topicality_weight), plain(value * answerability_weight)),
        ),
        row(t("why_intercept"), "", plain(topicality_intercept), plain(answerability_intercept)),
        row(t("why_probability"), "", percent(topicality), percent(answerability)),
        ...(year_factor === 1 ? [] : [row(t("why_year"), percent(year_factor), "", "")]),
        ...(answerable === null ? [] : [row(t("why_reader"), percent(answerable), "", "")]),
      ),
    ),
  );
}

function candidate({ article_id, start, end, text, rank_score, answerable }) {
  const score = t("why_score", { score: plain(rank_score) });
  return make(
    "li",
    written(text),
    make("a", { href: articlePath(article_id, start, end) }, isolated(text)),
    " ",
    make("span", ofInterface({ class: "hint" }), answerable === null ? score : `${score} · ${t("why_answerable", { percent: percent(answerable) })}`),
  );
}

/** The version of the prompt, and each sentence with the model's own probability that its quotes say it. */
function model(prompt, entailments) {
  const entry = ({ sentence, probability }) =>
    make(
      "li",
      written(sentence),
      isolated(sentence),
      " ",
      make("span", ofInterface({ class: "hint" }), t("why_entailed", { percent: percent(probability) })),
    );
  return make(
    "div",
    {},
    make("p", { class: "hint" }, ...around("why_prompt", "prompt", prompt)),
    ...(entailments.length ? [make("ul", {}, ...entailments.map(entry))] : []),
  );
}

function dropped({ text, reason, findings }) {
  return make(
    "li",
    written(text),
    isolated(text),
    " ",
    make("span", ofInterface({ class: "hint" }), t(`drop_${reason}`)),
    ...findings.map((finding) => make("p", ofInterface({ class: "hint" }), ...objection(text, finding))),
  );
}

/** What a rule objects to, and the part of the sentence at fault; spans count code points. */
function objection(text, { rule, start, end }) {
  const part = start === null ? "" : [...text].slice(start, end).join("");
  return part ? [`${t(`rule_${rule}`)}: `, isolated(part)] : [t(`rule_${rule}`)];
}
