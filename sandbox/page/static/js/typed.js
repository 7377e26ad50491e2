// What a Slack client does with typed text: names become ids, and the rest is
// escaped.

import { escape } from "./mrkdwn.js";

const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;

/** toSlack turns "@Pawl deploy #shop-dev" into "<@U0PAWL> deploy <#C0SHOPDEV>". Code stays as typed. */
export function toSlack(text, directory) {
  const targets = new Map(names(directory).map(({ text: name, markup }) => [name.toLowerCase(), markup]));
  const longestFirst = [...targets.keys()].sort((a, b) => b.length - a.length).map(quote);
  const mention = new RegExp(`(?<![\\p{L}\\p{N}_.])(?:${longestFirst.join("|")})(?![\\p{L}\\p{N}_-])`, "giu");
  return text
    .split(CODE)
    .map((part, i) => (i % 2 ? escape(part) : escape(part).replace(mention, (name) => targets.get(name.toLowerCase()))))
    .join("");
}

/** names lists everything that can be named: {text: "@Pawl", markup, detail, kind}. Pawl comes first. */
export function names(directory) {
  const bot = directory.bot;
  const list = [{ text: "@" + directory.botName(), markup: `<@${bot.user_id}>`, detail: "runs ops jobs", kind: "bot" }];
  for (const p of directory.people) {
    const markup = `<@${p.id}>`;
    list.push({ text: "@" + directory.display(p), markup, detail: p.real_name, kind: "person", person: p });
    if (p.real_name) list.push({ text: "@" + p.real_name, markup, kind: "alias" });
    list.push({ text: "@" + p.name, markup, kind: "alias" });
  }
  for (const g of directory.groups) list.push({ text: "@" + g.handle, markup: `<!subteam^${g.id}>`, detail: g.name, kind: "group" });
  for (const n of ["here", "channel", "everyone"]) list.push({ text: "@" + n, markup: `<!${n}>`, kind: "alias" });
  for (const c of directory.channels) {
    if (!c.is_im) list.push({ text: "#" + c.name, markup: `<#${c.id}>`, detail: c.topic, kind: "channel" });
  }
  return list;
}

function quote(s) {
  return s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
