// Logs around violations, of all nodes, merged by time. A log line is text and only ever text.

import { lastUpTo, firstFrom } from "./search.js";
import { moment, duration, grouped } from "./scale.js";
import { el, short } from "./dom.js";
import { LongTable } from "./table.js";

/** Fills the section: a choice of finding, and the lines around it. */
export class Logs {
  constructor(host, run, store) {
    Object.assign(this, { run, store });
    if (run.logs.length === 0) {
      const none = run.marks.every((mark) => mark.kind === "trigger");
      host.append(el("p", { class: "empty" }, none ? "No violation was found, so there is no moment to show logs around." : "No log of a node lies beside this report."));
      return;
    }
    const numberOf = (log) => log.findings.map((number) => `#${number}`).join(", ");
    this.choice = el("select", { "aria-label": "violation" }, run.logs.map((log, i) => el("option", { value: i },
      short(`${numberOf(log)} · ${moment(log.from, 1e8)} to ${moment(log.until, 1e8)}`, 90))));
    this.node = el("select", { "aria-label": "node" }, el("option", { value: "" }, "every node"), run.nodes.map((node) => el("option", { value: node.name }, short(node.name, 60))));
    this.text = el("input", { type: "search", placeholder: "words to find", "aria-label": "text", autocomplete: "off", spellcheck: "false" });
    this.count = el("span", { class: "muted count", role: "status" });
    this.whole = el("pre", { class: "whole", hidden: true, tabindex: "0" });
    this.choice.addEventListener("change", () => this.pick(Number(this.choice.value), true));
    this.node.addEventListener("change", () => this.filter());
    this.text.addEventListener("input", () => this.filter());
    host.append(el("form", { class: "filter", on: { submit: (event) => event.preventDefault() } },
      run.logs.length > 1 ? this.choice : null, this.node, this.text, this.count));
    this.table = new LongTable(host, [
      { title: "time", class: "time num" }, { title: "node", class: "who" }, { title: "stream", class: "kind" }, { title: "line", class: "what log-line" },
    ], (i) => this.row(this.numbers[i]), {
      label: "log lines", class: "logs", chosen: (i) => this.open(this.numbers[i]),
    });
    host.append(this.whole);
    this.pick(0, false);
  }

  row(i) {
    const { log } = this;
    const near = this.moments.some((t) => log.t[i] >= t[0] && log.t[i] <= t[1]);
    return {
      cells: [`${log.exact[i] ? "" : "≈ "}${moment(log.t[i], 1e4)}`, short(log.node[i], 60), log.stream[i], short(log.text[i], 400)],
      kind: near ? "near" : log.stream[i] === "stderr" ? "err" : "",
    };
  }

  /** Shows the logs number `index`. */
  pick(index, byReader) {
    this.log = this.run.logs[index];
    this.choice.value = String(index);
    this.moments = this.run.marks.filter((mark) => this.log.findings.includes(mark.number)).map((mark) => mark.span);
    this.filter();
    const middle = this.moments[0]?.[1];
    if (middle !== undefined) this.table.mark(lastUpTo(this.times, middle), true);
    if (byReader && middle !== undefined) this.store.setCursor(middle);
  }

  filter() {
    const { log } = this;
    const words = this.text.value.toLowerCase();
    this.numbers = [];
    for (let i = 0; i < log.t.length; i += 1) {
      if (this.node.value && log.node[i] !== this.node.value) continue;
      if (words && !log.text[i].toLowerCase().includes(words)) continue;
      this.numbers.push(i);
    }
    this.times = Float64Array.from(this.numbers, (i) => log.t[i]);
    const left = log.leftOut > 0 ? `, ${grouped(log.leftOut)} more left out` : "";
    this.count.textContent = `${grouped(this.numbers.length)} of ${grouped(log.t.length)} lines in ${duration(log.until - log.from)}${left}`;
    this.whole.hidden = true;
    this.table.show(this.numbers.length);
  }

  // The whole of a line, below the table; the cursor goes to its moment.
  open(i) {
    this.whole.hidden = false;
    this.whole.textContent = this.log.text[i];
    this.store.setCursor(this.log.t[i], true, "logs");
    this.table.mark(this.numbers.indexOf(i), false);
  }

  /** Shows the logs of a violation that was chosen elsewhere. */
  follow(mark) {
    const index = this.run.logs.findIndex((log) => log.findings.includes(mark.number));
    if (index >= 0 && this.table) this.pick(index, false);
  }

  /** Marks the line at the cursor. */
  changed(changed) {
    if (!this.table || !changed.has("cursor") || this.store.cursorBy === "logs") return;
    const { cursor } = this.store;
    if (cursor >= this.log.from && cursor <= this.log.until) this.table.mark(Math.max(lastUpTo(this.times, cursor), firstFrom(this.times, cursor) === 0 ? 0 : -1), true);
  }
}
