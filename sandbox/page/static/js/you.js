// "You are": being somebody else is one press away. On wide pages a row of faces,
// on narrow ones the browser's own list; both are always there, the style
// sheet shows the one that fits.

import { h, put } from "./dom.js";
import { avatar } from "./message.js";

const ORDER = ["engineering", "oncall", "product", "sales", "other", "guest", "partner"];

/** groupsOf sorts the people into what they are: [{role, label, people}]. */
function groupsOf(directory, me) {
  return ORDER.map((role) => {
    // Somebody of another company is only listed once they were asked for by name (?as=max).
    const people = directory.people.filter((p) => directory.role(p) === role && (role !== "partner" || p.id === me.id));
    return { role, people, label: people[0] && directory.roleName(people[0]) };
  }).filter((g) => g.people.length);
}

export class You {
  /** become(person) is called when somebody else is chosen. */
  constructor(root, directory, become) {
    Object.assign(this, { root, directory, become, called: new Set() });
    root.addEventListener("change", (e) => {
      const chosen = directory.person(e.target.value);
      if (chosen) become(chosen);
    });
  }

  /** call marks people who have probably got something to do elsewhere. */
  call(ids) {
    const before = this.called.size;
    for (const id of ids) if (id !== this.me?.id) this.called.add(id);
    if (this.called.size !== before) this.show(this.me);
  }

  show(me) {
    const focused = this.root.contains(document.activeElement);
    this.me = me;
    this.called.delete(me.id);
    const groups = groupsOf(this.directory, me);
    put(this.root,
      h("fieldset.faces-row", null, h("legend", null, "You are"),
        groups.map((g) => h("div.role", { title: g.label }, g.people.map((p) => this.#face(p, me))))),
      h("label.faces-list", null, h("span", null, "You are"),
        h("select", { id: "you-list" }, groups.map((g) => h("optgroup", { label: g.label },
          g.people.map((p) => h("option", { value: p.id, selected: p.id === me.id }, this.#name(p))))))));
    if (focused) this.root.querySelector("input:checked")?.focus();
  }

  #name(p) {
    return this.directory.display(p) + (this.called.has(p.id) ? " •" : "");
  }

  #face(p, me) {
    const { directory } = this;
    const what = directory.roleName(p);
    const called = this.called.has(p.id);
    return h("label.you-face" + (called ? ".called" : ""), { title: `${directory.display(p)}, ${what}` },
      h("input", { type: "radio", name: "you", value: p.id, checked: p.id === me.id }),
      avatar(directory.author({ user: p.id }), ".small"),
      h("span.you-name", null, directory.display(p)),
      h("span.unseen", null, `, ${what}${called ? ", has been asked something" : ""}`));
  }
}
