// Small notices that go by themselves, and the voice of the page for screen
// readers.

import { h, put } from "./dom.js";
import { icon } from "./icons.js";

const STAYS = 6000; // ms
const MOST = 3;

export class Toasts {
  constructor(root, polite) {
    this.root = root;
    this.polite = polite;
  }

  /** show brings up a notice; with href it leads somewhere. The oldest gives way to the fourth. */
  show({ drawing, title, text, href }) {
    const words = [h("b", null, title), text ? h("span.toast-text", null, text) : null];
    const el = h("div.toast", null, h("span.toast-icon", null, icon(drawing, 18)),
      href ? h("a.toast-words", { href }, words) : h("div.toast-words", null, words),
      h("button.icon-button.small", { type: "button", "aria-label": "Dismiss", onclick: () => el.remove() }, icon("close", 14)));
    this.root.append(el);
    while (this.root.children.length > MOST) this.root.firstElementChild.remove();
    let timer = setTimeout(() => el.remove(), STAYS);
    el.addEventListener("pointerenter", () => clearTimeout(timer));
    el.addEventListener("focusin", () => clearTimeout(timer));
    el.addEventListener("pointerleave", () => (timer = setTimeout(() => el.remove(), STAYS)));
    if (href) el.addEventListener("click", (e) => e.target.closest("a") && el.remove());
  }

  /** tell shows a notice and says it too. */
  tell(notice) {
    this.show(notice);
    this.say([notice.title, notice.text].filter(Boolean).join(": "));
  }

  /** say speaks to screen readers and shows nothing. */
  say(text) {
    put(this.polite, text);
  }
}
