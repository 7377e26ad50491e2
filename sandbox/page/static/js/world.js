// The panel "The world": Pawl with the plug, and whatever else the world
// registered, with switches to break it. Drawn from data and mended in place, so
// that a ticking clock never takes the focus off a switch.

import { clearFault, flip, setFault } from "./api.js";
import { h, morph, put } from "./dom.js";
import { faultOf, faultSummary, faultSwitches } from "./faults.js";
import { icon } from "./icons.js";
import { headline, inWords, partsOf, pawlOf, stateWords } from "./pawl.js";
import { plugDrawing } from "./plug.js";

const GROUPS = [["host", "Hosts"], ["app", "Apps"], ["crm", "CRM"], ["ci", "Jenkins"], ["sheet", "Sheets"], ["slack", "Slack"]];

const FAULTS = "slack/faults"; // stands where the id of a thing stands: no thing has a slash in its id
const FEW = 3; // switches that stand beside a thing as buttons; more are sliders in a drawer

export class World {
  /** close() is called when the panel should go away. */
  constructor(root, close) {
    this.things = undefined; // unknown until the world has answered
    this.faults = [];
    this.busy = new Set(); // "thing/switch" under way
    this.errors = new Map(); // "thing/switch" -> words
    this.open = new Set(); // ids of the things whose drawers are open
    this.body = h("div.world-body");
    root.append(h("header.pane-head", null, h("h2", null, "The world"),
      h("button.icon-button.close", { type: "button", "aria-label": "Close the panel", onclick: close }, icon("close"))), this.body);
    root.addEventListener("click", (e) => this.#clicked(e));
  }

  show({ things = this.things, faults = this.faults }) {
    this.things = things;
    this.faults = faults;
    this.tick();
  }

  /** tick draws the present moment; the spans of time in it grow. */
  tick(now = Date.now()) {
    const things = this.things ?? [];
    const parts = partsOf(things);
    const others = things.filter((t) => !parts.includes(t));
    const named = new Set(GROUPS.map(([kind]) => kind));
    const groups = [...GROUPS, ...[...new Set(others.map((t) => t.kind))].filter((k) => !named.has(k)).map((k) => [k, k])];
    morph(this.body, h("div.world-body", null,
      parts.map((t) => this.#pawl(t, parts.length > 1, now)),
      groups.map(([kind, label]) => {
        const members = others.filter((t) => t.kind === kind);
        if (members.length) return h("section.group", { "data-key": kind }, h("h3", null, label), members.map((t) => this.#thing(t, now)));
        return kind === "slack" ? this.#slack() : null;
      })));
  }

  /** #pawl is the card of one process, with its plug. */
  #pawl(t, part, now) {
    const [plug, ...rest] = [...t.switches].sort((a, b) => Number(b.danger) - Number(a.danger));
    const dead = t.state === "down" && plug && !plug.on; // what is dead cannot be killed
    return h("section.pawl-card" + (part ? ".part" : ""), { "data-key": t.id, "data-state": t.state },
      plugDrawing(),
      h("h3", null, headline(t, now)),
      t.detail ? h("p.detail", null, t.detail) : null,
      plug ? h("button.plug-button", { ...this.#shared(t, plug), "aria-disabled": dead ? "true" : undefined },
        plug.label, part ? h("span.unseen", null, ` (${t.name})`) : null) : null,
      plug?.help ? h("p.help", null, plug.help) : null,
      plug ? this.#error(t, plug) : null,
      rest.map((s) => this.#deed(t, s)));
  }

  #thing(t, now) {
    if (t.switches?.length > FEW) return this.#drawer(t, now);
    return h("div.thing", { "data-key": t.id, "data-state": t.state },
      h("span.lamp", { "data-state": t.state }),
      h("div.thing-words", null,
        t.url ? h("a.thing-name", { href: t.url, target: "_blank", rel: "noopener noreferrer" }, t.name) : h("span.thing-name", null, t.name),
        h("span.word", { "data-state": t.state }, stateWords(t, now)),
        t.detail ? h("p.detail", null, t.detail) : null),
      h("div.deeds", null, (t.switches ?? []).map((s) => this.#deed(t, s))));
  }

  /** #drawer is a thing with so much to break that it is folded away. */
  #drawer(t, now) {
    return h("details.faults", { "data-key": t.id, "data-state": t.state, open: this.open.has(t.id) },
      h("summary", { "data-drawer": t.id }, h("span.lamp", { "data-state": t.state }), h("span.thing-name", null, t.name),
        h("span.word", { "data-state": t.state }, stateWords(t, now)), icon("chevron", 16)),
      t.detail ? h("p.detail", null, t.detail) : null,
      t.switches.map((s) => this.#slider(t, s)));
  }

  /** #deed is a switch of a thing: a button that says what pressing it does now. */
  #deed(t, s) {
    return h("div.deed-row", { "data-key": s.id },
      h("button.deed" + (s.on ? ".on" : ""), { ...this.#shared(t, s), title: s.help || undefined }, s.label, h("span.unseen", null, ` (${t.name})`)),
      this.#error(t, s));
  }

  #shared(t, s) {
    return { type: "button", "data-thing": t.id, "data-switch": s.id, "data-on": String(!s.on), "aria-busy": this.busy.has(`${t.id}/${s.id}`) ? "true" : undefined };
  }

  #slack() {
    const t = { id: FAULTS };
    return h("section.group", { "data-key": "slack" }, h("details.faults", { open: this.open.has(FAULTS) },
      h("summary", { "data-drawer": FAULTS }, h("h3", null, "Slack"), faultSummary(this.faults), icon("chevron", 16)),
      faultSwitches(this.faults).map((s) => this.#slider(t, s))));
  }

  #slider(t, s) {
    const id = `${t.id === FAULTS ? "fault" : t.id}-${s.id}`;
    const shared = { ...this.#shared(t, s), "aria-describedby": id };
    return h("div.switch-row", { "data-key": s.id },
      s.momentary
        ? h("button.deed", shared, s.label)
        : h("button.switch", { ...shared, role: "switch", "aria-checked": String(s.on) }, h("span.track", null, h("span.knob")), h("span.switch-label", null, s.label, t.name ? h("span.unseen", null, ` (${t.name})`) : null)),
      s.hits ? h("span.hits", null, s.hits === 1 ? "hit once" : `hit ${s.hits} times`) : null,
      h("p.help", { id }, s.help),
      this.#error(t, s));
  }

  #error(t, s) {
    const words = this.errors.get(`${t.id}/${s.id}`);
    return words ? h("p.switch-error", { role: "alert" }, icon("warning", 14), words) : null;
  }

  #clicked(e) {
    const summary = e.target.closest("summary");
    if (summary) this.open[summary.parentElement.open ? "delete" : "add"](summary.dataset.drawer); // the click is about to turn it
    const button = e.target.closest("[data-switch]");
    if (button && button.getAttribute("aria-disabled") !== "true") this.#flip(button.dataset.thing, button.dataset.switch, button.dataset.on === "true");
  }

  async #flip(thing, id, on) {
    const key = `${thing}/${id}`;
    if (this.busy.has(key)) return;
    this.busy.add(key);
    this.errors.delete(key);
    this.tick();
    let answer;
    try {
      answer = thing !== FAULTS ? await flip(thing, id, on) : on ? await setFault(faultOf(id)) : await clearFault(id);
    } catch {
      answer = { ok: false, error: "The world does not answer." };
    }
    this.busy.delete(key);
    if (!answer.ok) this.errors.set(key, answer.error);
    this.tick();
  }
}

/** drawPill shows at the top of the page how Pawl is, also while the panel is closed. */
export function drawPill(lamp, text, things, now) {
  const pawl = pawlOf(things);
  lamp.dataset.state = pawl?.state ?? "";
  lamp.hidden = !pawl;
  const words = inWords(pawl) || "The world";
  if (text.textContent !== words) put(text, words);
  text.title = pawl ? headline(pawl, now) : "";
}
