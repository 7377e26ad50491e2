// The list of names that opens while "@pa" or "#sh" is typed. It follows the
// combobox pattern: the field keeps the focus and names the chosen entry.

import { h, put } from "./dom.js";
import { names } from "./typed.js";

const STARTED = /(?:^|[\s(])([@#][\p{L}\p{N}_-]*)$/u;
const MOST = 7;

export class Complete {
  constructor(field, id) {
    this.field = field;
    this.id = id;
    this.box = h("ul.complete", { role: "listbox", id, "aria-label": "Names", hidden: true });
    this.choices = [];
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", id);
    field.setAttribute("aria-expanded", "false");
    field.addEventListener("blur", () => this.close());
    this.box.addEventListener("pointerdown", (e) => {
      e.preventDefault(); // the field keeps the focus
      const at = [...this.box.children].indexOf(e.target.closest("li"));
      if (at >= 0) this.#take(at);
    });
  }

  /** update looks at what stands before the cursor. */
  update(directory) {
    const before = this.field.value.slice(0, this.field.selectionStart);
    const word = STARTED.exec(before)?.[1];
    if (!word) return this.close();
    const start = word.toLowerCase();
    this.choices = names(directory).filter((n) => n.kind !== "alias" && n.text.toLowerCase().startsWith(start)).slice(0, MOST);
    if (!this.choices.length) return this.close();
    this.word = word;
    this.at = 0;
    this.#draw();
  }

  /** key handles a key while the list is open and tells whether it did. */
  key(e) {
    if (this.box.hidden) return false;
    switch (e.key) {
      case "ArrowDown":
      case "ArrowUp":
        this.at = (this.at + (e.key === "ArrowDown" ? 1 : -1) + this.choices.length) % this.choices.length;
        this.#draw();
        return true;
      case "Enter":
      case "Tab":
        this.#take(this.at);
        return true;
      case "Escape":
        this.close();
        return true;
    }
    return false;
  }

  close() {
    this.box.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  #take(at) {
    const cursor = this.field.selectionStart;
    this.field.setRangeText(this.choices[at].text + " ", cursor - this.word.length, cursor, "end");
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #draw() {
    put(this.box, this.choices.map((c, i) => h("li", { role: "option", id: `${this.id}-${i}`, "aria-selected": String(i === this.at) },
      h("b", null, c.text), c.detail ? h("span.detail", null, c.detail) : null)));
    this.box.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.field.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
  }
}
