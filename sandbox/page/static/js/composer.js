// The field in which messages are written. Enter sends, Shift+Enter makes a new
// line; what could not be sent comes back into the field.

import { Complete } from "./complete.js";
import { h, put } from "./dom.js";
import { icon } from "./icons.js";
import { toSlack } from "./typed.js";

const SLOW = 800; // ms without an answer until the field says that it is sending
const drafts = new Map(); // unsent text by conversation, while the page is open

export class Composer {
  /** say(text) sends and rejects if it could not. */
  constructor(id, say) {
    this.say = say;
    this.field = h("textarea", { id, rows: 1, autocomplete: "off", enterkeyhint: "send", spellcheck: "false" });
    this.complete = new Complete(this.field, id + "-names");
    this.button = h("button.send", { type: "submit", "aria-label": "Send" }, icon("send"));
    this.note = h("div.composer-note", { role: "status" });
    this.hint = h("div.composer-hint");
    this.element = h("form.composer", { onsubmit: (e) => (e.preventDefault(), this.send()) },
      this.complete.box, h("div.composer-box", null, this.field, this.button), this.note, this.hint);
    this.field.addEventListener("keydown", (e) => this.#key(e));
    this.field.addEventListener("input", () => this.#typed());
    // A pane that becomes wider or narrower breaks the lines elsewhere.
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width !== width) this.#grow();
      width = contentRect.width;
    }).observe(this.field);
  }

  /** use points the field at a conversation of a person. */
  use(key, directory, label, hint = "") {
    this.directory = directory;
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
    put(this.hint, hint);
    if (key === this.key) return;
    this.key = key;
    this.field.value = drafts.get(key) ?? "";
    put(this.note);
    this.complete.close();
    this.#grow();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  async send() {
    const text = this.field.value.trim();
    if (!text) return;
    const key = this.key;
    this.#set("");
    put(this.note);
    const slow = setTimeout(() => put(this.note, "Sending…"), SLOW);
    try {
      await this.say(toSlack(text, this.directory));
      put(this.note);
    } catch (e) {
      if (this.key === key && this.field.value === "") this.#set(text);
      else drafts.set(key, text);
      put(this.note, icon("warning", 15), `Not sent: ${e.code ? e.code.replaceAll("_", " ") : "no connection"}.`);
    } finally {
      clearTimeout(slow);
    }
  }

  #key(e) {
    if (e.isComposing) return;
    if (this.complete.key(e)) return e.preventDefault();
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      this.send();
    }
  }

  #typed() {
    drafts.set(this.key, this.field.value);
    this.complete.update(this.directory);
    this.#grow();
  }

  #set(text) {
    this.field.value = text;
    drafts.set(this.key, text);
    this.complete.close();
    this.#grow();
  }

  /** #grow gives the field the height of its text, up to eight lines (see composer.css). */
  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = this.field.scrollHeight + "px";
    this.button.disabled = this.field.value.trim() === "";
  }
}
