// The results of a search as a file: CSV for a spreadsheet, or one JSON value a line.

const COLUMNS = ["rank", "score", "title", "source", "published_at", "url", "quote", "link", "article_id", "start", "end"];

/** Let the browser save the hits as `format`, "csv" or "jsonl". */
export function save(found, format) {
  const rows = found.hits.map(row);
  const [type, text] =
    format === "csv" ? ["text/csv", csv(rows)] : ["application/x-ndjson", rows.map((one) => `${JSON.stringify(one)}\n`).join("")];
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `dalil-results.${format}`;
  link.click();
  URL.revokeObjectURL(address);
}

function row({ rank, score, article, best_sentence: best, link }) {
  const { id, title, source, published_at, url } = article;
  return { rank, score, title, source, published_at, url, quote: best.text, link, article_id: id, start: best.start, end: best.end };
}

/** RFC 4180, behind a byte order mark, by which a spreadsheet knows UTF-8. */
const csv = (rows) => `\ufeff${[COLUMNS, ...rows.map((one) => COLUMNS.map((name) => one[name] ?? ""))].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("")}`;

/** A text that a spreadsheet would run as a formula begins with an apostrophe (OWASP, "CSV Injection"). */
function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
