// Block Kit as Slack draws it in a message (docs.slack.dev/reference/block-kit).
// Buttons carry their block_id and action_id; message.js finds them again when
// one is pressed. A block the page does not know says so instead of vanishing.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { safeURL } from "./mrkdwn.js";
import { richText } from "./rich.js";
import { mrkdwn, plain } from "./text.js";

/** blocks draws all blocks of a message; `press` tells how a button stands. */
export function blocks(message, directory, press) {
  return message.blocks.map((b, i) => {
    const el = block(b, directory, press);
    el.dataset.key = b.block_id || String(i);
    return el;
  });
}

function block(b, directory, press) {
  switch (b.type) {
    case "section":
      return section(b, directory, press);
    case "header":
      return h("h3.block.header", null, plain(b.text?.text, b.text?.emoji, directory));
    case "context":
      return h("div.block.context", null, (b.elements ?? []).map((e) => h("span.context-item", null, element(b, e, directory, press))));
    case "divider":
      return h("hr.block", null);
    case "actions":
      return h("div.block.actions", null, (b.elements ?? []).map((e) => element(b, e, directory, press)));
    case "rich_text":
      return h("div.block", null, richText(b, directory));
    case "image":
      return h("figure.block", null, image(b), b.title ? h("figcaption", null, plain(b.title.text, b.title.emoji, directory)) : null);
    case "markdown":
      return h("div.block.as-typed", null, b.text ?? "");
    default:
      return h("div.block.unknown", null, `This page does not draw "${b.type}" blocks.`);
  }
}

function section(b, directory, press) {
  const body = h("div.section-body", null,
    b.text ? words(b.text, directory) : null,
    b.fields ? h("div.fields", null, b.fields.map((f) => h("div.field", null, words(f, directory)))) : null);
  if (!b.accessory) return h("div.block.section", null, body);
  return h("div.block.section.with-accessory", null, body, h("div.accessory", null, element(b, b.accessory, directory, press)));
}

/** words draws a text object of either kind. */
function words(t, directory) {
  if (t.type === "mrkdwn") return mrkdwn(t.text, directory, { verbatim: t.verbatim });
  return h("div.mrkdwn", null, h("div.line", null, plain(t.text, t.emoji, directory)));
}

function element(b, e, directory, press) {
  switch (e.type) {
    case "mrkdwn":
    case "plain_text":
      return words(e, directory);
    case "image":
      return image(e);
    case "button":
      return button(b, e, directory, press);
    default:
      return h("span.unknown", null, `This page does not draw "${e.type}".`);
  }
}

/** image shows pictures of our own server; from elsewhere only their words: the page asks nobody else. */
function image(e) {
  const own = typeof e.image_url === "string" && e.image_url.startsWith(location.origin + "/");
  if (own) return h("img", { src: e.image_url, alt: e.alt_text ?? "", loading: "lazy" });
  return h("span.image-words", { role: "img", "aria-label": e.alt_text ?? "" }, e.alt_text ?? "");
}

function button(b, e, directory, press) {
  const state = press(b.block_id, e.action_id) ?? {};
  const style = e.style === "primary" || e.style === "danger" ? "." + e.style : "";
  const url = safeURL(e.url ?? "");
  const shared = {
    "data-block": b.block_id,
    "data-action": e.action_id,
    "aria-label": e.accessibility_label,
    "aria-busy": state.busy ? "true" : undefined,
  };
  const label = h("span.label", null, plain(e.text?.text, e.text?.emoji, directory));
  const el = url
    ? h("a.button" + style, { ...shared, href: url, target: "_blank", rel: "noopener noreferrer" }, label)
    : h("button.button" + style, { ...shared, type: "button" }, label);
  return h("span.press", { "data-key": `${b.block_id}/${e.action_id}` }, el,
    state.error ? h("span.press-failed", null, icon("warning", 15), pressError(state.error)) : null);
}

/** pressError says in words what Slack shows as a small warning. */
export function pressError(error) {
  if (error === "operation_timeout") return "No answer within 3 seconds. Try again.";
  return `That did not work (${error}).`;
}
