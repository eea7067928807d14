// An article's page: scrolls to the quote, and lists the last answer's other quotes of this article.

import { around, articlePath, byId, isolated, make, written } from "./dom.js";
import "./shell.js";

// The browser scrolls to #cited; this scrolls for a link that has lost its fragment.
if (!location.hash) byId("cited")?.scrollIntoView();

// The title stays in view: once its own place has left the window, a bar at the top has it.
const header = document.querySelector("article > header");
new IntersectionObserver(([entry]) => {
  byId("pinned").hidden = entry.isIntersecting || entry.boundingClientRect.top > 0;
}).observe(header);

const answer = JSON.parse(sessionStorage.getItem("dalil-answer") ?? "null");
const here = answer?.citations.filter(({ article_id: id }) => id === document.body.dataset.article) ?? [];
if (here.length) {
  const section = byId("cited-here");
  const mark = new URLSearchParams(location.search);
  const current = ({ start, end }) => mark.get("start") === String(start) && mark.get("end") === String(end);
  section.querySelector("h2").append(...around("cited_here", "question", answer.question));
  section.querySelector("ol").append(
    ...here.map((citation) =>
      make(
        "li",
        written(citation.quote),
        make(
          "a",
          {
            class: "stop",
            href: articlePath(citation.article_id, citation.start, citation.end),
            "aria-current": current(citation) && "true",
          },
          make("span", { class: "n" }, String(citation.number)),
          isolated(citation.quote),
        ),
      ),
    ),
  );
  for (const back of document.querySelectorAll(".back")) {
    back.href = answer.address;
    back.hidden = false;
  }
  section.hidden = false;
}
