// The pane at the right: one thread.

import { Composer } from "./composer.js";
import { merge } from "./conversation.js";
import { h, morph } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./list.js";

export class Thread {
  constructor(root, close) {
    this.root = root;
    this.head = h("header.pane-head");
    this.scroller = h("div.scroller", { tabindex: -1 });
    this.list = new MessageList(this.scroller, "Replies");
    this.newer = h("button.newer", { type: "button", hidden: true, onclick: () => this.list.toEnd() }, "New replies below");
    this.composer = new Composer("composer-thread", (text) => this.session.say(this.channel, text, this.ts));
    this.scroller.addEventListener("at-end", () => (this.newer.hidden = true));
    root.append(this.head, h("div.scroll-frame", null, this.scroller, this.newer), this.composer.element);
    root.addEventListener("click", (e) => e.target.closest("[data-close]") && close());
    root.addEventListener("keydown", (e) => e.key === "Escape" && !e.defaultPrevented && close());
  }

  /** open shows a thread; ts "" closes the pane. */
  open(session, channel, ts) {
    const changed = session !== this.session || channel !== this.channel || ts !== this.ts;
    Object.assign(this, { session, channel, ts });
    this.root.hidden = !ts;
    if (!ts) return;
    if (changed) {
      this.list.end = true;
      this.newer.hidden = true;
    }
    this.update();
  }

  update() {
    const { session, channel, ts } = this;
    if (!ts) return;
    const { directory, me } = session;
    const info = directory.channel(channel);
    const title = directory.title(info, me);
    morph(this.head, h("header.pane-head", null,
      h("button.icon-button.to-conversation", { type: "button", "data-close": true, "aria-label": "Back to the conversation" }, icon("back")),
      h("h2", null, "Thread"), h("p.topic", null, info.is_im ? title : "#" + title),
      h("button.icon-button.close", { type: "button", "data-close": true, "aria-label": "Close the thread" }, icon("close"))));
    const log = session.thread(channel, ts);
    this.list.show(merge(log.sorted(), session.whispersIn(channel, ts)), { directory, session, channel, inThread: true });
    this.composer.use(`${me.id} ${channel} ${ts}`, directory, "Reply…");
  }

  arrived() {
    if (!this.list.end) this.newer.hidden = false;
  }
}
