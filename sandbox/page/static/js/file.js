// The files of a message: name, size, first lines, and a link to the whole.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** files draws what was uploaded with a message. */
export function files(message, session) {
  return (message.files ?? []).map((f) => h("figure.file", { "data-key": f.id },
    h("figcaption", null, h("b", null, f.title || f.name),
      h("span.file-about", null, [f.title && f.title !== f.name ? f.name : "", size(f.size), lines(f)].filter(Boolean).join(" · "))),
    f.preview ? h("pre.file-preview", { tabindex: 0, "aria-label": "First lines" }, f.preview, f.lines_more ? `\n… ${f.lines_more} more` : "") : null,
    h("a.file-link", { href: address(f, session.me.token), download: f.name }, icon("down", 15), "Download")));
}

/** address is where the file is on our own server; a link cannot send the token otherwise. */
function address(f, token) {
  const at = new URL(f.url_private_download, location.origin);
  return `${at.pathname}?${new URLSearchParams({ token })}`;
}

function lines(f) {
  return f.lines ? (f.lines === 1 ? "1 line" : `${f.lines} lines`) : "";
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
