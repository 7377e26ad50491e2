// One message as a row of the list.

import { blocks } from "./blocks.js";
import { clockOf, dateOf, fullDate } from "./dates.js";
import { h } from "./dom.js";
import { files } from "./file.js";
import { icon } from "./icons.js";
import { emoji, mrkdwn } from "./text.js";

/**
 * row draws a message. View: {directory, session, channel, compact (same author
 * a moment ago), inThread (no reply count)}.
 */
export function row(message, { ...view }) {
  view.compact ||= message.subtype === "tombstone"; // whoever wrote it is gone too
  const author = view.directory.author(message);
  const pushed = view.session.marks.reason(view.channel, message.ts);
  const classes = ["msg", view.compact && "compact", message.whisper && "whisper"].filter(Boolean);
  return h("article." + classes.join("."), { "data-key": message.ts, "data-ts": message.ts },
    message.whisper ? h("div.only-you", null, icon("eye", 14), "Only visible to you") : null,
    h("div.gutter", null, view.compact ? [time(message, view), pushed ? bell(pushed) : null] : avatar(author)),
    h("div.msg-body", null,
      h(view.compact ? "div.msg-head.unseen" : "div.msg-head", null,
        h("span.name", null, author.name),
        author.app ? h("span.badge", null, "App") : null,
        view.compact ? null : time(message, view),
        pushed && !view.compact ? bell(pushed) : null),
      content(message, view),
      files(message, view.session),
      reactions(message, view),
      replies(message, view)));
}

/** avatar is Pawl's drawing or two letters on the person's colour. */
export function avatar(author, size = "") {
  if (author.pawl) return h("span.avatar.pawl-face" + size, { "aria-hidden": "true" });
  const background = color(author.color);
  return h("span.avatar" + size, { "aria-hidden": "true", style: { "--face": background, "--face-ink": inkOn(background) } },
    author.name.slice(0, 1).toUpperCase());
}

function time(message, view) {
  const date = dateOf(message.ts);
  const thread = message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : "";
  return h("a.time", { href: `#${view.channel}/${thread || message.ts}`, title: fullDate(date) },
    h("time", { datetime: date.toISOString() }, clockOf(date)));
}

function bell(reason) {
  return h("span.bell", { role: "img", title: bellText(reason), "aria-label": bellText(reason) }, icon("bell", 14));
}

/** bellText says why Slack would have notified the reader. */
export function bellText(reason) {
  return `would have notified you (${REASONS[reason] ?? reason})`;
}

const REASONS = {
  dm: "direct message",
  mention: "you are mentioned",
  thread: "reply in a thread of yours",
};

function content(message, view) {
  const body = h("div.content", null, message.blocks?.length
    ? blocks(message, view.directory, (block, action) => view.session.presses.of(view.channel, message.ts, block, action))
    : mrkdwn(message.text, view.directory));
  if (message.subtype === "tombstone") body.classList.add("gone");
  // Slack leaves the mark away when an app edits a message of blocks.
  if (message.edited) ([...body.querySelectorAll(".line")].at(-1) ?? body).append(h("span.edited", null, "(edited)"));
  return body;
}

function reactions(message, view) {
  if (!message.reactions?.length) return null;
  return h("div.reactions", null, message.reactions.map((r) => {
    const mine = r.users.includes(view.session.me.id);
    const who = r.users.map((id) => view.directory.userName(id) ?? id).join(", ");
    return h("button.reaction" + (mine ? ".mine" : ""), {
      type: "button", "data-key": r.name, "data-reaction": r.name, "aria-pressed": String(mine),
      title: who, "aria-label": `${r.name.replaceAll("_", " ")}, ${r.users.length}: ${who}`,
    }, emoji(r.name), h("span.count", { "aria-hidden": "true" }, r.users.length));
  }));
}

function replies(message, view) {
  if (view.inThread || !message.reply_count) return null;
  const n = message.reply_count;
  const faces = (message.reply_users ?? []).slice(0, 3).map((id) => avatar(view.directory.author({ user: id, bot_id: id }), ".tiny"));
  return h("button.replies", { type: "button", "data-thread": message.ts },
    h("span.faces", null, faces),
    h("span.replies-count", null, n === 1 ? "1 reply" : `${n} replies`),
    message.latest_reply ? h("span.replies-last", null, `last at ${clockOf(dateOf(message.latest_reply))}`) : null);
}

function color(hex) {
  return /^#?[0-9a-f]{6}$/i.test(hex ?? "") ? "#" + hex.replace("#", "") : "#5a6b66";
}

/** inkOn picks black or white, whichever can be read on a colour (WCAG relative luminance). */
function inkOn(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#101413" : "#ffffff";
}
