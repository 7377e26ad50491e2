// rich_text blocks, as far as bots and people use them: sections, lists,
// quotes, preformatted text, and their elements with styles.

import { slackDate } from "./dates.js";
import { h } from "./dom.js";
import { glyph } from "./emoji.js";
import { safeURL } from "./mrkdwn.js";
import { inline } from "./text.js";

/** richText draws a rich_text block. */
export function richText(block, directory) {
  return h("div.mrkdwn", null, (block.elements ?? []).map((e) => part(e, directory)));
}

function part(e, directory) {
  const children = () => elements(e.elements, directory);
  switch (e.type) {
    case "rich_text_section":
      return h("div.line", null, children());
    case "rich_text_quote":
      return h("blockquote", null, h("div.line", null, children()));
    case "rich_text_preformatted":
      return h("pre", null, children());
    case "rich_text_list":
      return h(e.style === "ordered" ? "ol" : "ul",
        { start: e.offset ? e.offset + 1 : undefined, style: { "--indent": String(e.indent ?? 0) } },
        (e.elements ?? []).map((item) => h("li", null, elements(item.elements, directory))));
    default:
      return null;
  }
}

function elements(list, directory) {
  return (list ?? []).map((e) => styled(e, element(e, directory)));
}

function element(e, directory) {
  switch (e.type) {
    case "text":
      return e.text;
    case "link":
      return safeURL(e.url)
        ? inline([{ type: "link", url: e.url, inline: [{ type: "text", text: e.text || e.url }] }], directory)
        : e.text || e.url;
    case "user":
      return inline([{ type: "user", id: e.user_id, label: "" }], directory);
    case "usergroup":
      return inline([{ type: "group", id: e.usergroup_id, label: "" }], directory);
    case "channel":
      return inline([{ type: "channel", id: e.channel_id, label: "" }], directory);
    case "broadcast":
      return inline([{ type: "broadcast", name: e.range }], directory);
    case "emoji":
      return glyph(e.name) ? inline([{ type: "emoji", name: e.name }], directory) : `:${e.name}:`;
    case "date":
      return slackDate(e.timestamp, e.format ?? "") ?? e.fallback ?? "";
    default:
      return e.text ?? "";
  }
}

function styled(e, child) {
  let out = child;
  if (e.style?.code) out = h("code", null, out);
  if (e.style?.strike) out = h("s", null, out);
  if (e.style?.italic) out = h("i", null, out);
  if (e.style?.bold) out = h("b", null, out);
  return out;
}
