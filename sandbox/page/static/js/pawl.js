// How Pawl is, in words: for the panel, the conversation and the top of the page.

import { duration } from "./dates.js";
import { h } from "./dom.js";

/** pawlOf finds Pawl among the things of the world. */
export function pawlOf(things) {
  return things?.find((t) => t.kind === "pawl");
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
  if (thing.state !== "down") return `${word}, ${time}`;
  return time === "0 s" ? `${word} just now` : `${word} ${time} ago`;
}

/** headline says how Pawl is in one line. */
export function headline(pawl, now) {
  if (pawl.state === "down") return `Pawl is dead (${stateWords({ ...pawl, word: pawl.word || "killed" }, now)})`;
  if (pawl.state === "starting") return "Pawl is coming back";
  return `Pawl is ${stateWords({ ...pawl, word: pawl.word || "alive" }, now)}`;
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
