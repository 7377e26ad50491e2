// The Home tab of the app: a page the app makes for one person. It stands in the
// conversation with the app, beside its messages.

import { blocks } from "./blocks.js";
import { h, morph, put } from "./dom.js";
import { said } from "./text.js";

export class Home {
  constructor() {
    this.root = h("div.home", { tabindex: -1, hidden: true, "aria-label": "Home" });
    this.first = "";
  }

  /** open shows the tab of a session, or hides it. */
  open(session, shown) {
    const entered = shown && (this.root.hidden || session !== this.session);
    this.session = session;
    this.root.hidden = !shown;
    if (!entered) return;
    put(this.root);
    this.first = undefined;
    session.openHome();
    this.update();
  }

  /** update shows what the app has published. It returns what is new at the top, for who listens. */
  update() {
    if (this.root.hidden) return "";
    const { session } = this;
    const { view, state } = session.home;
    const held = this.root.contains(document.activeElement) && document.activeElement !== this.root;
    morph(this.root, h("div.home", { tabindex: -1, "aria-label": "Home" }, view
      ? h("div.home-view", { "data-view": view.id }, blocks(view, session.directory, (block, action) => session.presses.of(view.id, "home", block, action)))
      : h("p.home-empty", null, WORDS[state] ?? WORDS.waiting)));
    // What had the focus may be gone with the question it answered.
    if (held && !this.root.contains(document.activeElement)) this.root.focus();
    const top = view?.blocks[0]?.text?.text ?? "";
    const before = this.first;
    this.first = view ? top : before;
    return before !== undefined && top !== before ? said(top, session.directory) : "";
  }
}

const WORDS = {
  opening: "",
  waiting: "Nothing stands here yet. Pawl fills this page once it hears that you opened it.",
  off: "This app has no Home tab.",
  trouble: "The world does not answer. Open this tab again in a moment.",
};
