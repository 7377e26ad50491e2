// Slack's text markup, read into a tree of plain objects. The rules are those of
// docs.slack.dev/messaging/formatting-message-text: &amp; &lt; &gt; are the only
// entities, <...> are links and mentions, and * _ ~ ` work only where a word
// begins and ends. Nothing here touches the page, so every rule is tested alone.
//
// A tree is a list of blocks: {type: "pre", text}, {type: "quote", lines} or
// {type: "line", item, inline}. Inline nodes: text, code, emoji {name}, bold,
// italic, strike (with `inline`), link {url, inline}, user {id}, channel {id,
// label}, group {id, label}, broadcast {name}, date {ts, format, url, fallback}.

import { glyph } from "./emoji.js";

const MARKS = { "*": "bold", _: "italic", "~": "strike" };
const EMOJI = /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y;
const BARE_LINK = /https?:\/\/[^\s<>|"]+/y;
const ITEM = /^\s*(?:[•◦▪-]|\d{1,3}\.)\s+/;
const WORD = /[\p{L}\p{N}]/u;

/** parse reads mrkdwn. With verbatim, bare addresses stay text. */
export function parse(text, { verbatim = false } = {}) {
  const blocks = [];
  const parts = fences(text);
  parts.forEach((part, i) => {
    if (part.fenced) {
      blocks.push({ type: "pre", text: unescape(part.text.replace(/^\n/, "").replace(/\n$/, "")) });
      return;
    }
    let body = part.text;
    if (i > 0) body = body.replace(/^\n/, "");
    if (i < parts.length - 1) body = body.replace(/\n$/, "");
    if (body !== "" || parts.length === 1) lines(body, verbatim, blocks);
  });
  return blocks;
}

/** fences splits text at ``` pairs; an empty pair and a lone fence are text. */
function fences(text) {
  const pieces = text.split("```");
  const parts = [];
  pieces.forEach((piece, i) => {
    const inside = i % 2 === 1;
    const paired = inside && i < pieces.length - 1;
    if (paired && piece !== "") {
      parts.push({ fenced: true, text: piece });
      return;
    }
    const plain = paired ? "``````" : inside ? "```" + piece : piece;
    const last = parts.at(-1);
    if (last && !last.fenced) last.text += plain;
    else if (plain !== "" || pieces.length === 1) parts.push({ fenced: false, text: plain });
  });
  return parts;
}

function lines(body, verbatim, blocks) {
  for (const line of body.split("\n")) {
    const quoted = /^(?:&gt;|>) ?/.exec(line);
    if (quoted) {
      const node = parseInline(line.slice(quoted[0].length), verbatim);
      const last = blocks.at(-1);
      if (last?.type === "quote") last.lines.push(node);
      else blocks.push({ type: "quote", lines: [node] });
    } else {
      blocks.push({ type: "line", item: ITEM.test(line), inline: parseInline(line, verbatim) });
    }
  }
}

/** parsePlain reads a plain_text object: no markup but emoji names. */
export function parsePlain(text, emoji = true) {
  const out = [];
  for (let i = 0; i < text.length;) i = (emoji && emojiAt(text, i, out)) || literal(text, i, out);
  return out;
}

/** parseInline reads one line. It takes time in proportion to its length. */
export function parseInline(line, verbatim = false, outer = "") {
  const out = [];
  const nowhere = new Set(); // closing marks known not to come any more
  for (let i = 0; i < line.length;) {
    i = controlAt(line, i, out, nowhere)
      || codeAt(line, i, out, nowhere)
      || markAt(line, i, out, nowhere, verbatim, outer)
      || emojiAt(line, i, out)
      || (!verbatim && bareLinkAt(line, i, out))
      || literal(line, i, out);
  }
  return out;
}

function controlAt(line, i, out, nowhere) {
  if (line[i] !== "<" || nowhere.has("<")) return 0;
  const end = line.indexOf(">", i + 1);
  if (end < 0) nowhere.add("<");
  if (end < 0 || end === i + 1) return 0;
  const body = line.slice(i + 1, end);
  const node = !body.includes("<") && control(body);
  if (!node) return 0;
  out.push(node);
  return end + 1;
}

function control(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : unescape(body.slice(bar + 1));
  let m;
  if ((m = /^@([UW][A-Z0-9]+)$/.exec(target))) return { type: "user", id: m[1], label };
  if ((m = /^#([CGD][A-Z0-9]+)$/.exec(target))) return { type: "channel", id: m[1], label };
  if ((m = /^!subteam\^(S[A-Z0-9]+)$/.exec(target))) return { type: "group", id: m[1], label };
  if ((m = /^!(here|channel|everyone)$/.exec(target))) return { type: "broadcast", name: m[1] };
  if ((m = /^!date\^(-?\d{1,12})\^([^^]*)(?:\^(.*))?$/.exec(target))) {
    return { type: "date", ts: Number(m[1]), format: unescape(m[2]), url: safeURL(unescape(m[3] ?? "")), fallback: label };
  }
  const url = safeURL(unescape(target));
  if (url) return { type: "link", url, inline: parsePlain(label || unescape(target).replace(/^mailto:/, "")) };
  return null;
}

/** safeURL returns the address if a click on it can do no harm, else "". */
export function safeURL(url) {
  return /^(?:https?:\/\/[^\s]|mailto:[^\s])/i.test(url) ? url : "";
}

function codeAt(line, i, out, nowhere) {
  if (line[i] !== "`" || nowhere.has("`")) return 0;
  const end = line.indexOf("`", i + 1);
  if (end < 0) nowhere.add("`");
  if (end < 0 || end === i + 1) return 0;
  out.push({ type: "code", text: unescape(line.slice(i + 1, end)) });
  return end + 1;
}

function markAt(line, i, out, nowhere, verbatim, outer) {
  const mark = line[i];
  if (!MARKS[mark] || outer.includes(mark) || nowhere.has(mark)) return 0;
  const next = line[i + 1];
  if (!next || next === mark || /\s/.test(next) || (i > 0 && isWordEnd(line, i))) return 0;
  const end = closing(line, i + 1, mark);
  if (end < 0) {
    nowhere.add(mark);
    return 0;
  }
  out.push({ type: MARKS[mark], inline: parseInline(line.slice(i + 1, end), verbatim, outer + mark) });
  return end + 1;
}

/** closing finds the mark that ends a span, looking past code and links. */
function closing(line, from, mark) {
  let open = "`<"; // what may still have an end; each is searched in vain once
  for (let i = from; i < line.length; i++) {
    const c = line[i];
    if (open.includes(c)) {
      const end = line.indexOf(c === "<" ? ">" : c, i + 1);
      if (end > 0) i = end;
      else open = open.replace(c, "");
    } else if (c === mark && i > from && !/\s/.test(line[i - 1]) && !isWordStart(line, i + 1)) {
      return i;
    }
  }
  return -1;
}

function isWordEnd(line, i) {
  // An entity ends with a semicolon, which is no letter: &amp;*b* is bold.
  return WORD.test(characterBefore(line, i)) || line[i - 1] === line[i];
}

function isWordStart(line, i) {
  return i < line.length && WORD.test(String.fromCodePoint(line.codePointAt(i)));
}

function characterBefore(line, i) {
  const low = line.charCodeAt(i - 1);
  return low >= 0xdc00 && low <= 0xdfff && i > 1 ? line.slice(i - 2, i) : line[i - 1];
}

function emojiAt(line, i, out) {
  if (line[i] !== ":") return 0;
  EMOJI.lastIndex = i;
  const m = EMOJI.exec(line);
  if (!m || !glyph(m[1])) return 0;
  out.push({ type: "emoji", name: m[1] });
  return i + m[0].length;
}

function bareLinkAt(line, i, out) {
  if (line[i] !== "h" || (i > 0 && WORD.test(line[i - 1]))) return 0;
  BARE_LINK.lastIndex = i;
  const m = BARE_LINK.exec(line);
  if (!m) return 0;
  const shown = m[0].replace(/(?:[.,;:!?)\]'*_~`]|&gt;|&lt;)+$/, "");
  const url = unescape(shown);
  if (!/^https?:\/\/./.test(url)) return 0;
  out.push({ type: "link", url, inline: [{ type: "text", text: url }] });
  return i + shown.length;
}

function literal(line, i, out) {
  const [text, length] = character(line, i);
  const last = out.at(-1);
  if (last?.type === "text") last.text += text;
  else out.push({ type: "text", text });
  return i + length;
}

function character(line, i) {
  if (line[i] === "&") {
    for (const [entity, text] of ENTITIES) if (line.startsWith(entity, i)) return [text, entity.length];
  }
  return [line[i], 1];
}

const ENTITIES = [["&amp;", "&"], ["&lt;", "<"], ["&gt;", ">"]];

/** unescape undoes Slack's three entities, each once: &amp;lt; reads "&lt;". */
export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

/** escape is what a Slack client does with typed text before it is sent. */
export function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
