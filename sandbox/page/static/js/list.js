// A list of messages that is mended, never drawn anew: an edit keeps the node,
// the focus and the place on the screen. It follows the end only if the reader
// is at the end.

import { dateOf, dayKey, dayName } from "./dates.js";
import { h, morph } from "./dom.js";
import { row } from "./message.js";

const NEAR_END = 48; // px from the end that still count as the end
const SAME_BREATH = 5 * 60; // s within which messages of one author stand together

export class MessageList {
  /** scroller is the element that scrolls; the list stands in it. */
  constructor(scroller, label) {
    this.scroller = scroller;
    this.list = h("div.messages", { role: "log", "aria-live": "off", "aria-label": label });
    scroller.append(this.list);
    this.drawn = new Map(); // ts -> what the row was drawn from
    this.end = true;
    this.top = 0; // where the scroller was last seen
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    // Pictures, fonts and the window change heights after a message was drawn.
    const sizes = new ResizeObserver(() => this.#follow());
    sizes.observe(this.list);
    sizes.observe(scroller);
  }

  /** show makes the list show these messages, oldest first. */
  show(messages, view) {
    const wanted = [];
    let before;
    let day;
    for (const m of messages) {
      const date = dateOf(m.ts);
      const key = dayKey(date);
      if (view.days && key !== day) {
        wanted.push({ key, draw: () => divider(key, dayName(date)), from: [dayName(date)] });
        before = undefined;
      }
      day = key;
      const compact = Boolean(before) && together(before, m);
      const from = [m, compact, view.session.marks.reason(view.channel, m.ts), ...pressesOf(m, view)];
      wanted.push({ key: m.ts, from, draw: () => row(m, { ...view, compact }) });
      if (view.inThread && m === messages[0] && messages.length > 1) {
        const n = messages.filter((r) => !r.whisper).length - 1;
        const words = n === 1 ? "1 reply" : `${n} replies`;
        wanted.push({ key: "replies", from: [words], draw: () => divider("replies", words) });
        before = undefined;
        continue;
      }
      before = m;
    }
    this.#look();
    this.#mend(wanted);
    this.#follow();
  }

  /** toEnd goes to the newest message and stays there. */
  toEnd() {
    this.end = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.top = this.scroller.scrollTop;
    this.scroller.dispatchEvent(new Event("at-end"));
  }

  /** showAt brings one message into view and marks it for a moment. */
  showAt(ts) {
    const el = this.list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!el) return;
    el.scrollIntoView({ block: "center" });
    el.classList.add("found");
    el.addEventListener("animationend", () => el.classList.remove("found"), { once: true });
  }

  #mend(wanted) {
    const keys = new Set(wanted.map((w) => w.key));
    for (const el of [...this.list.children]) {
      if (keys.has(el.dataset.key)) continue;
      this.drawn.delete(el.dataset.key);
      el.remove();
    }
    const present = new Map([...this.list.children].map((el) => [el.dataset.key, el]));
    let at = this.list.firstElementChild;
    for (const w of wanted) {
      const el = present.get(w.key);
      if (!el) {
        this.list.insertBefore(w.draw(), at);
      } else {
        if (el !== at) this.list.insertBefore(el, at);
        else at = at.nextElementSibling;
        if (!equal(this.drawn.get(w.key), w.from)) morph(el, w.draw());
      }
      this.drawn.set(w.key, w.from);
    }
  }

  #follow() {
    this.#look();
    if (this.end) this.toEnd();
  }

  /** #look notices at once that the reader went up; the browser tells it only with the next picture. Content that grows moves the end away, but not the reader. */
  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const near = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (near) {
      this.end = true;
      this.scroller.dispatchEvent(new Event("at-end"));
    } else if (scrollTop < this.top) {
      this.end = false;
    }
    this.top = scrollTop;
  }
}

function divider(key, words) {
  return h("div.divider", { "data-key": key, role: "separator", "aria-label": words }, h("span", null, words));
}

function together(a, b) {
  return !a.whisper && !b.whisper && a.subtype === b.subtype && (a.user ?? a.bot_id) === (b.user ?? b.bot_id)
    && Number(b.ts) - Number(a.ts) < SAME_BREATH;
}

/** pressesOf lists how the buttons of a message stand, because that changes its row. */
function pressesOf(message, view) {
  const states = [];
  for (const b of message.blocks ?? []) {
    for (const e of [...(b.type === "actions" ? b.elements : []), b.accessory]) {
      if (e?.action_id) states.push(view.session.presses.of(view.channel, message.ts, b.block_id, e.action_id));
    }
  }
  return states;
}

function equal(a, b) {
  return a?.length === b.length && a.every((v, i) => v === b[i]);
}
