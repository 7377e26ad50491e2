// Draws what mrkdwn.js has read. Every piece of a message's text becomes a text
// node; only the elements named here can ever appear.

import { slackDate } from "./dates.js";
import { h } from "./dom.js";
import { glyph } from "./emoji.js";
import { parse, parsePlain } from "./mrkdwn.js";

/** mrkdwn draws Slack markup: a div with a line, quote or pre for each block. */
export function mrkdwn(text, directory, options) {
  return h("div.mrkdwn", null, parse(text ?? "", options).map((b) => block(b, directory)));
}

/** plain draws a plain_text object. */
export function plain(text, emoji, directory) {
  return inline(parsePlain(text ?? "", emoji !== false), directory);
}

/** said is the text without any markup, for screen readers and notices. */
export function said(text, directory) {
  return mrkdwn(text, directory).textContent.trim();
}

function block(b, directory) {
  if (b.type === "pre") return h("pre", null, b.text);
  if (b.type === "quote") return h("blockquote", null, b.lines.map((l) => h("div.line", null, inline(l, directory))));
  return h(b.item ? "div.line.item" : "div.line", null, inline(b.inline, directory));
}

/** inline draws a list of inline nodes. */
export function inline(nodes, directory) {
  return nodes.map((n) => drawers[n.type](n, directory));
}

const drawers = {
  text: (n) => n.text,
  code: (n) => h("code", null, n.text),
  bold: (n, d) => h("b", null, inline(n.inline, d)),
  italic: (n, d) => h("i", null, inline(n.inline, d)),
  strike: (n, d) => h("s", null, inline(n.inline, d)),
  emoji: (n) => emoji(n.name),
  link: (n, d) => link(n.url, inline(n.inline, d)),
  user: (n, d) => mention("@" + (d.userName(n.id) ?? (n.label || n.id)), n.id === d.me?.id),
  group: (n, d) => mention(d.groupName(n.id) ?? (n.label || "@" + n.id), d.isMine?.(n.id)),
  broadcast: (n) => mention("@" + n.name, true),
  channel: (n, d) => channel(n, d),
  date: (n) => date(n),
};

/** emoji draws a known name; its name is read aloud. */
export function emoji(name) {
  return h("span.emoji", { role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, glyph(name) ?? `:${name}:`);
}

/** link opens elsewhere; links to messages are caught by the page (main.js). */
export function link(url, children) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function mention(text, mine) {
  return h(mine ? "span.mention.mine" : "span.mention", null, text);
}

function channel(n, directory) {
  const known = directory.channel(n.id);
  const name = "#" + (known?.name ?? (n.label || n.id));
  return known ? h("a.mention", { href: "#" + n.id }, name) : mention(name, false);
}

function date(n) {
  const text = slackDate(n.ts, n.format) ?? n.fallback;
  const when = new Date(n.ts * 1000);
  const el = h("time", Number.isNaN(when.getTime()) ? null : { datetime: when.toISOString() }, text);
  return n.url ? link(n.url, el) : el;
}
