// Uploads files into the index, one after the other, and shows the result of each.

import { articlePath, byId, isolated, make, number, t } from "./dom.js";
import { Problem, describe, lines } from "./service.js";

const SHOWN = 50; // rejections listed for one file

const key = byId("key");
const waiting = [];
let busy = false;
let sending = false;

/** The header with the API key, if the reader has entered one. */
export function authorization() {
  return key?.value ? { Authorization: `Bearer ${key.value}` } : {};
}

/** Upload the files that the reader drops or selects; calls `stored` after each file that changes the index. */
export function acceptFiles(stored) {
  const drop = byId("drop");
  const files = byId("files");
  if (key) {
    key.value = sessionStorage.getItem("dalil-key") ?? "";
    key.form.addEventListener("submit", (event) => event.preventDefault());
    key.addEventListener("change", () => sessionStorage.setItem("dalil-key", key.value));
  }
  files.addEventListener("change", () => {
    add([...files.files], stored);
    files.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") add([...event.dataTransfer.files], stored);
    });
  }
  addEventListener("beforeunload", (event) => (sending || waiting.length) && event.preventDefault());
}

function add(files, stored) {
  byId("adding").open = true;
  for (const file of files) {
    const entry = new Entry(file);
    byId("queue").append(entry.element);
    entry.enqueue = () => {
      waiting.push(entry);
      work(stored);
    };
    const suffix = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
    if (!byId("files").accept.split(",").includes(suffix)) entry.fail(t("not_a_format"), false);
    else if (!file.size) entry.fail(t("empty_file"), false);
    else entry.enqueue();
  }
}

async function work(stored) {
  if (busy) return;
  busy = true;
  for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
    if (await entry.send()) await stored();
  }
  busy = false;
}

/** A file in the list of uploads. */
class Entry {
  constructor(file) {
    this.file = file;
    this.stopping = new AbortController();
    this.state = make("span", { class: "state" }, t("waiting"));
    this.bar = make("progress", { "aria-label": t("progress_of", { name: file.name }), max: "1", value: "0" });
    this.counts = make("span", { class: "counts" });
    this.actions = make("span", {}, this.button("cancel", () => this.cancel()));
    this.problem = make("div", {});
    this.rejections = make("ul", { class: "rejections", tabindex: "0", "aria-label": t("rejections") });
    this.element = make(
      "li",
      {},
      make("div", { class: "line" }, isolated(file.name, { class: "name" }), this.state, this.counts, this.actions),
      this.bar,
      this.problem,
      this.rejections,
    );
  }

  button(name, click) {
    return make("button", { type: "button", class: "quiet", click }, t(name));
  }

  cancel() {
    const at = waiting.indexOf(this);
    if (at >= 0) waiting.splice(at, 1);
    this.stopping.abort();
    this.fail(t("cancelled"));
  }

  fail(why, again = true) {
    this.element.className = "failed";
    const isProblem = why instanceof Problem;
    this.state.replaceChildren(t(isProblem ? "failed" : "failed_because", { why }));
    this.problem.replaceChildren(...(isProblem ? [describe(why)] : []));
    this.bar.hidden = true;
    this.actions.replaceChildren(...(again ? [this.button("retry", () => this.retry())] : []));
  }

  retry() {
    this.element.className = "";
    this.stopping = new AbortController();
    this.problem.replaceChildren();
    this.rejections.replaceChildren();
    this.counts.replaceChildren();
    this.bar.hidden = false;
    this.bar.value = 0;
    this.state.replaceChildren(t("waiting"));
    this.actions.replaceChildren(this.button("cancel", () => this.cancel()));
    this.enqueue();
  }

  /** Upload the file and show its progress; returns whether articles were stored. */
  async send() {
    if (key && !key.value) {
      this.fail(t("key_missing"));
      key.focus();
      return false;
    }
    let changed = false;
    sending = true;
    this.state.replaceChildren(t("sending"));
    this.bar.removeAttribute("value"); // fetch does not report how much it has sent
    try {
      const options = {
        method: "POST",
        body: this.file,
        signal: this.stopping.signal,
        headers: { "Content-Type": "application/octet-stream", ...authorization() },
      };
      for await (const event of lines(`/v1/articles:import?name=${encodeURIComponent(this.file.name)}`, options)) {
        if (event.event === "rejected") this.reject(event);
        else if (event.event === "error") throw new Problem(event);
        else {
          this.count(event);
          changed = event.added + event.replaced > 0;
          if (event.event === "done") {
            this.finish(event);
            return changed;
          }
        }
      }
      throw new Problem({ title: t("broke_off"), help: t("unreachable_hint") });
    } catch (failure) {
      if (failure.name === "AbortError") return true; // articles may have been stored before the reader cancelled
      if (!(failure instanceof Problem)) throw failure;
      if (failure.status === 401) failure.message = t("key_wrong");
      this.fail(failure);
      return changed;
    } finally {
      sending = false;
    }
  }

  count(event) {
    this.state.replaceChildren(t("indexing"));
    this.bar.value = event.bytes ? event.bytes_read / event.bytes : 1;
    const counts = ["added", "replaced", "unchanged", "rejected"].filter((name) => event[name]);
    this.counts.replaceChildren(counts.map((name) => t(`${name}_n`, { count: number(event[name]) })).join(" · "));
  }

  finish({ article_ids: ids, added, replaced, unchanged }) {
    const stored = added + replaced + unchanged;
    this.element.className = stored ? "done" : "failed";
    this.state.replaceChildren(t(stored ? "done" : "failed"));
    this.bar.hidden = true;
    this.actions.replaceChildren(
      ...(stored === 1 ? [make("a", { href: articlePath(ids[0]) }, t("open"))] : []),
    );
  }

  reject({ name, reason }) {
    if (this.rejections.childElementCount < SHOWN) {
      this.rejections.append(make("li", {}, isolated(name), ": ", isolated(reason)));
    }
  }
}
