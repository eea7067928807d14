// Buttons that copy a quote, a whole answer or the address. The formats are in cite.js, which the first click loads.

import { make, t } from "./dom.js";

const FORMATS = ["markdown", "html", "bibtex", "ris"];

/** A button that copies the quote with its source, and the other formats behind a disclosure. */
export const copyQuote = (citation) => controls(t("copy_quote"), async (format) => (await import("./cite.js")).citeQuote(citation, format));

/** The same for a whole answer: its sentences once, then its sources. */
export const copyAnswer = (answer) => controls(t("copy"), async (format) => (await import("./cite.js")).citeAnswer(answer, format));

/** A button that copies the address, which holds the question and the filters. */
export function copyLink() {
  const status = make("span", { role: "status" });
  return [button(t("copy_link"), () => location.href, status), status];
}

function controls(label, cite) {
  const status = make("span", { role: "status" });
  const others = FORMATS.map((format) => button(t(`format_${format}`), () => cite(format), status));
  return [
    button(label, () => cite("plain"), status),
    make("details", { class: "formats" }, make("summary", {}, t("formats_other")), make("div", { class: "line" }, ...others)),
    status,
  ];
}

function button(label, content, status) {
  const copy = async () => {
    try {
      await write(await content());
      status.textContent = t("copied");
    } catch {
      status.textContent = t("copy_failed");
    }
  };
  return make("button", { type: "button", class: "quiet", click: copy }, label);
}

/** Copy a text, or a text with its markup for programs that take both. */
async function write(content) {
  if (typeof content === "string") return navigator.clipboard.writeText(content);
  const blobs = Object.entries(content).map(([type, text]) => [type, new Blob([text], { type })]);
  return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
}
