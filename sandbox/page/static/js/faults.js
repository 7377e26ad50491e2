// Slack, when it misbehaves: the faults of the sandbox API as switches.

import { h } from "./dom.js";

const FAULTS = [
  { kind: "429", label: "Too many requests", help: "Every call is answered 429: come back later." },
  { kind: "500", label: "Server errors", help: "Every call is answered 500." },
  { kind: "slow", label: "Slow", help: "Every call takes seconds.", ms: 4000 },
  { kind: "lost_answer", label: "Answers get lost", help: "Calls take effect, but the answer never arrives." },
  { kind: "duplicate_delivery", label: "Everything twice", help: "Each event is delivered two times." },
  { kind: "lost_click", label: "Clicks get lost", help: "A pressed button never reaches Pawl." },
  { kind: "lost_ack", label: "Deaf ear", help: "Slack does not hear that Pawl got an event, and repeats it." },
  { kind: "silent_socket", label: "Silent line", help: "The connection stays open, and nothing comes through." },
  { kind: "drop_socket", label: "Cut the line", help: "Pawl's connections to Slack are cut once; it connects again.", times: 1 },
];

/** faultOf returns what to send for one kind. */
export function faultOf(kind) {
  const { ms, times = 0 } = FAULTS.find((f) => f.kind === kind);
  return { kind, method: "*", times, ...(ms ? { ms } : {}) };
}

/** faultSwitches describes the faults the way the world describes switches. */
export function faultSwitches(active) {
  return FAULTS.map((f) => {
    const now = active.filter((a) => a.kind === f.kind);
    return { id: f.kind, label: f.label, help: f.help, on: now.length > 0, momentary: f.times === 1, hits: now.reduce((n, a) => n + (a.hits ?? 0), 0) };
  });
}

/** faultSummary says on the closed drawer how Slack is. */
export function faultSummary(active) {
  const names = [...new Set(active.map((a) => FAULTS.find((f) => f.kind === a.kind)?.label ?? a.kind))];
  if (!names.length) return h("span.word", { "data-state": "ok" }, "fine");
  return h("span.word", { "data-state": "starting" }, names.join(", ").toLowerCase());
}
