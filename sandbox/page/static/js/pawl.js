// How Pawl is, in words: for the panel, the conversation and the top of the page.

import { duration } from "./dates.js";
import { h } from "./dom.js";

/** partsOf finds Pawl among the things of the world: one process, or several that are each a part of it. */
export function partsOf(things) {
  return things?.filter((t) => t.kind === "pawl") ?? [];
}

/** pawlOf is Pawl as one thing: when a part of it is not well, that part. */
export function pawlOf(things) {
  const parts = partsOf(things);
  if (parts.length < 2) return parts[0];
  const ill = parts.filter((t) => t.state !== "ok").sort((a, b) => (a.state === "down" ? 0 : 1) - (b.state === "down" ? 0 : 1));
  const since = parts.map((t) => t.since ?? "").sort().at(-1);
  if (ill.length === parts.length) return { ...ill[0], name: "Pawl", since };
  return ill[0] ?? { ...parts[0], name: "Pawl", since };
}

/** STATES says each of Pawl's states. */
const STATES = { ok: "is alive", down: "is dead", starting: "is coming back" };

/** inWords says how Pawl, or a part of it, is: without the time, so that it changes only when that does. */
export function inWords(pawl) {
  return STATES[pawl?.state] ? `${pawl.name || "Pawl"} ${STATES[pawl.state]}` : "";
}

/** span is how long a thing has been as it is; "" if that is not known. */
export function span(thing, now) {
  const since = Date.parse(thing.since ?? "");
  return Number.isNaN(since) || since <= 0 ? "" : duration(now - since);
}

/** stateWords says a state: "alive, 2 min", "killed 3 s ago". */
export function stateWords(thing, now) {
  const time = span(thing, now);
  const word = thing.word || { ok: "up", down: "down", starting: "starting" }[thing.state] || thing.state;
  if (!time) return word;
  if (thing.kind === "sheet") return `${word} ${time} ago`;
  if (thing.state !== "down" || thing.kind === "app" || thing.kind === "crm") return `${word}, ${time}`; // their words say what they do, not what was done to them
  return time === "0 s" ? `${word} just now` : `${word} ${time} ago`;
}

/** headline says how Pawl is in one line. */
export function headline(pawl, now) {
  if (pawl.state === "down") return `${inWords(pawl)} (${stateWords({ ...pawl, word: pawl.word || "killed" }, now)})`;
  if (pawl.state === "starting") return inWords(pawl);
  return `${pawl.name || "Pawl"} is ${stateWords({ ...pawl, word: pawl.word || "alive" }, now)}`;
}

/** pawlNotice stands above the message field while Pawl cannot answer. */
export function pawlNotice(pawl, now) {
  if (!pawl || pawl.state === "ok") return null;
  const words = pawl.state === "down"
    ? "What runs on the hosts goes on, and what you type now is not lost."
    : "It looks at what was under way and carries on there.";
  return h("div.notice", { "data-state": pawl.state },
    h("span.lamp", { "data-state": pawl.state }), h("b", null, headline(pawl, now)), h("span", null, words));
}
