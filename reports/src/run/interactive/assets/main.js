// Starts the page: decodes the embedded run, fills the sections, and ties them to one store.

import { unpacked, runOf } from "./decode.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { RunMap } from "./map.js";
import { Card } from "./card.js";
import { gestures } from "./gestures.js";
import { keyTable, listen, travel } from "./keys.js";
import { Network } from "./network.js";
import { Events } from "./events.js";
import { Logs } from "./logs.js";
import { showElections } from "./elections.js";
import { showFaults } from "./faults.js";
import { el, filled, short, svg } from "./dom.js";
import { momentOfHash, hashOfMoment, moment, grouped, viewOf } from "./scale.js";
import { spoken } from "./words.js";

const byId = (id) => document.getElementById(id);

/** The element `id`, shown with the section that it stands in; one that nobody sees where the page has none. */
function live(id) {
  const element = byId(id);
  for (const part of [element, element?.closest("section")]) if (part) part.hidden = false;
  return element ?? el("div");
}

/** Builds the page around `run`; returns what a test may hold on to. */
export function begin(run) {
  run.faultById = new Map(run.faults.map((fault) => [fault.id, fault]));
  const store = new Store(run.length);
  const lanes = live("lanes-view");
  const canvas = el("canvas", { tabindex: "0", role: "img", class: "timeline-canvas", "aria-label": `Timeline of ${run.nodes.length} nodes. Arrow keys move the cursor, plus and minus zoom, n goes to the next violation, f to the next fault.`, "aria-describedby": "lanes-now" });
  const card = new Card(el("div", { class: "hover-card", "aria-hidden": "true" }), run);
  document.body.append(card.element);
  const bar = el("div", { class: "lanes-bar" });
  const stage = el("div", { class: "stage card" }, canvas);
  lanes.append(bar, stage, legend(run));
  const timeline = new Timeline(canvas, run);
  const mapHost = live("map-view");
  const mapCanvas = el("canvas", { class: "map-canvas", "aria-hidden": "true" });
  mapHost.append(el("div", { class: "stage card" }, mapCanvas));
  const map = new RunMap(mapCanvas, run, store, () => ({ left: timeline.layout?.box.x ?? 104, right: 12 }));
  const networkHost = live("network-view");
  const [picture, table] = [el("div", { class: "card picture" }), el("div", { class: "card instant-table" })];
  networkHost.append(el("div", { class: "two network" }, picture, table), networkLegend());
  const network = new Network(picture, table, run);
  const now = live("lanes-now");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const toTimeline = () => byId("lanes").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "nearest" });

  const events = new Events(live("events-view"), run, store);
  const logs = new Logs(live("logs-view"), run, store);
  const width = () => store.view.end - store.view.start;
  const chosen = (mark) => {
    store.goTo(mark.at, Math.min(Math.max(width() > 3e10 ? 1e10 : width(), (mark.span[1] - mark.span[0]) * 2), run.length));
    logs.follow(mark);
  };
  showElections(live("elections-view"), run, store, toTimeline);
  showFaults(live("faults-view"), run, store, toTimeline);

  const help = keyHelp();
  const go = travel(run, store, chosen);
  const keys = keyTable(run, store, go, () => help.toggle());
  help.fill(keys);
  listen(keys);
  fillBar(bar, { run, store, go, help, close: () => closeTo(run, store) });
  gestures(timeline, store, card, chosen);

  const saying = saidLate(now, () => spoken(run, store.cursor));
  const shared = later(350, () => history.replaceState(null, "", hashOfMoment(store.cursor, width())));
  store.on((_, changed) => {
    timeline.draw(store.view, store.cursor, store.hover);
    if (changed.has("view") || changed.has("cursor") || changed.has("all")) map.draw();
    network.draw(store.cursor);
    events.changed(changed);
    logs.changed(changed);
    if (changed.has("cursor")) saying();
    if (changed.has("cursor") && store.cursorBy !== "page") shared();
  });
  const restyle = () => {
    timeline.restyle();
    map.restyle();
    store.tell("all");
  };
  addEventListener("resize", restyle);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

  const toHash = (by) => {
    const wanted = momentOfHash(location.hash);
    if (wanted) store.goTo(wanted.at, wanted.width ?? Math.min(Math.max(run.length / 8, 1e9), 1e10), by);
    return wanted !== null;
  };
  addEventListener("hashchange", () => toHash("reader"));
  for (const link of document.querySelectorAll("a.moment")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const [from, until] = [Number(link.dataset.from) * 1e3, Number(link.dataset.until) * 1e3];
      const mark = run.marks.find((other) => String(other.number) === link.dataset.finding);
      if (mark) chosen(mark);
      else store.goTo(until, Math.min(Math.max((until - from) * 3, 1e10), run.length));
      toTimeline();
    });
  }
  for (const button of document.querySelectorAll("button[data-copy]")) copies(button);
  if (!toHash("page")) store.setCursor(firstLook(run), false, "page");
  store.tell("all");
  store.flush();
  return { run, store, timeline, map, network, events, logs };
}

function toldOf(run) {
  return run.marks.find((mark) => mark.number === run.facts.finding) ?? run.marks.find((mark) => mark.kind !== "trigger");
}

// Where the cursor stands when nothing asks for a moment: at the finding that the banner tells of, else at the first
// fault.
function firstLook(run) {
  return toldOf(run)?.at ?? run.faults.find((fault) => fault.happened)?.inForce ?? run.length / 2;
}

function legend(run) {
  const entry = (name, words) => el("span", { class: "key" }, el("i", { class: `swatch ${name}` }), words);
  return el("p", { class: "legend muted" }, entry("leader", "leader"), entry("candidate", "candidate"), entry("precandidate", "precandidate"),
    entry("follower", "follower"), entry("paused", "paused"), entry("dead", "dead"), entry("unseen", "not known"),
    run.colours.map(({ name, legend }) => entry(name, legend)), entry("violation", "violation"),
    run.clients ? [entry("answered", "clients answered"), entry("unanswered", "clients failed")] : null, run.stalls.length > 0 ? entry("stall", "the host stalled") : null,
    run.marks.some((mark) => mark.kind === "trigger") ? el("span", { class: "key" }, "◆ trigger: a fault that waited for a condition") : null);
}

function networkLegend() {
  const entry = (kind, words) => el("span", { class: "key" }, svg("svg", { class: "key-line", viewBox: "0 0 26 12", "aria-hidden": "true" },
    svg("line", { class: kind, x1: 1, y1: 6, x2: kind.startsWith("follows") ? 17 : 25, y2: 6, "marker-end": kind === "follows" ? "url(#arrow-sure)" : kind === "follows stale" ? "url(#arrow-stale)" : null })), words);
  return el("p", { class: "legend muted" }, entry("follows", "names its leader, which leads that term"), entry("follows stale", "names a node that does not lead its term"),
    entry("link", "open link"), entry("link cut", "nothing sent from this end crosses"), entry("link slow", "degraded link"), el("span", { class: "key" }, "t4: its term is 4"));
}

// Half a second on either side of the finding that the banner tells of; of one that lasted, all its time and a little more.
function closeTo(run, store) {
  const told = toldOf(run);
  const [from, until] = told.span;
  const margin = Math.max(5e8, (until - from) / 10);
  store.setCursor(told.at, false);
  store.glide(viewOf(from - margin, until + margin, store.length));
}

function fillBar(bar, { run, store, go, help, close }) {
  const button = (words, title, act) => el("button", { type: "button", title, "aria-label": title, on: { click: act } }, words);
  const marks = run.marks.filter((mark) => mark.kind !== "trigger").length;
  const where = el("output", { class: "where num" });
  store.on(() => {
    const step = Math.max((store.view.end - store.view.start) / 2000, 1e3);
    where.textContent = `${moment(store.view.start, step)} – ${moment(store.view.end, step)}`;
  });
  const pair = (many, one, more, step) => many === 0 ? [] : [el("span", { class: "group" },
    button("‹", `previous ${one}`, () => step(-1)), el("span", {}, `${grouped(many)} ${many === 1 ? one : more}`), button("›", `next ${one}`, () => step(1)))];
  filled(bar, [
    el("span", { class: "group" }, button("−", "zoom out", () => store.zoom(1 / 0.6)), button("+", "zoom in", () => store.zoom(0.6)),
      button("whole run", "show the whole run", () => store.glide({ start: 0, end: store.length })),
      toldOf(run) ? button("the finding", "show the finding that the page tells of, with half a second or more around it", close) : null),
    ...pair(marks, "violation", "violations", go.mark), ...pair(run.faults.length, "fault", "faults", go.fault),
    where, button("keys ?", "keys of the timeline", () => help.toggle()), help.element,
  ]);
}

function keyHelp() {
  const list = el("dl");
  const element = el("div", { class: "key-help card", hidden: true }, list,
    el("p", { class: "muted" }, "Drag to pan, wheel or pinch to zoom, double click to come closer, click for the cursor. The address of the page holds the moment: it can be shared."));
  return {
    element,
    toggle: () => { element.hidden = !element.hidden; },
    fill: (keys) => list.append(...keys.flatMap(({ keys: [key], shown, words }) => [el("dt", {}, el("kbd", {}, shown ?? key)), el("dd", {}, words)])),
  };
}

// Calls `act` once, `wait` milliseconds after the last of many calls.
function later(wait, act) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
}

// A screen reader hears where the cursor came to rest, not every step of the way.
function saidLate(element, words) {
  if (!element) return () => {};
  element.textContent = words();
  return later(400, () => { element.textContent = words(); });
}

function copies(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = byId(button.dataset.copy)?.textContent ?? "";
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without the permission: select it, so that a key copies it.
      getSelection().selectAllChildren(byId(button.dataset.copy));
      button.textContent = "selected";
      return;
    }
    button.textContent = "copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

async function start() {
  const note = byId("script-note");
  try {
    const run = runOf(await unpacked(byId("data").textContent));
    globalThis.interregnum = { ...begin(run), readyAt: performance.now() };
    if (note) note.hidden = true;
    document.documentElement.classList.add("ready");
  } catch (error) {
    document.documentElement.classList.add("broken");
    if (note) {
      note.hidden = false;
      note.textContent = `The interactive part of this page could not start (${short(String(error), 200)}). What follows is the static report.`;
    }
    throw error;
  }
}

if (typeof document !== "undefined" && document.getElementById("data")) start();
