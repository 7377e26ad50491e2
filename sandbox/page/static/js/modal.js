// Windows: what an app opens over the page to ask for something. Their fields are
// the page's; everything else is Block Kit.

import { blocks, pressError } from "./blocks.js";
import { h, put } from "./dom.js";
import { plain } from "./text.js";

export class Modals {
  constructor() {
    this.open = new Map(); // view id -> dialog
  }

  /** show opens a window, once. */
  show(session, view) {
    if (this.open.has(view.id)) return;
    const dialog = draw(session, view);
    this.open.set(view.id, dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (this.open.get(view.id) !== dialog) return; // the server closed it
      this.open.delete(view.id);
      if (dialog.returnValue !== "sent") session.closeView(view.id);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("textarea, input")?.focus();
  }

  /** gone takes a window away that the server has closed. */
  gone(id) {
    const dialog = this.open.get(id);
    this.open.delete(id);
    dialog?.close("sent");
  }

  /** leave takes all away: somebody else sits here now. They stay open for whom they were opened. */
  leave() {
    for (const id of [...this.open.keys()]) this.gone(id);
  }
}

function draw(session, view) {
  const { directory } = session;
  const title = `modal-${view.id}`;
  const trouble = h("p.modal-trouble", { role: "alert" });
  const fields = view.blocks.filter((b) => b.type === "input").map((b) => field(b, directory));
  const body = view.blocks.map((b) => fields.find((f) => f.id === b.block_id)?.element
    ?? blocks({ blocks: [b] }, directory, () => undefined));
  const close = h("button.button", { type: "button", onclick: () => dialog.close() }, plain(view.close?.text ?? "Cancel", true, directory));
  const send = view.submit ? h("button.button.primary", { type: "submit" }, h("span.label", null, plain(view.submit.text, true, directory))) : null;
  const form = h("form", { novalidate: true }, h("div.modal-body", null, body), trouble, h("div.modal-foot", null, close, send));
  const dialog = h("dialog.confirm.modal", { "aria-labelledby": title }, h("h2", { id: title }, plain(view.title.text, true, directory)), form);
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (send.getAttribute("aria-busy")) return;
    put(trouble);
    for (const f of fields) f.wrong("");
    send.setAttribute("aria-busy", "true");
    const { errors, error } = await session.submit(view.id, Object.fromEntries(fields.map((f) => [f.id, { [f.action]: f.value() }])));
    send.removeAttribute("aria-busy");
    if (error) return put(trouble, pressError(error));
    const wrong = fields.filter((f) => errors?.[f.id]);
    for (const f of wrong) f.wrong(errors[f.id]);
    if (wrong.length) return wrong[0].focus();
    dialog.close("sent");
  });
  return dialog;
}

/** field draws an input block with a text field. */
function field(b, directory) {
  const e = b.element;
  const name = `field-${b.block_id}`;
  const about = { id: name, "aria-describedby": `${name}-wrong`, maxlength: e.max_length, placeholder: e.placeholder?.text, "aria-required": b.optional ? undefined : "true" };
  const input = e.multiline ? h("textarea", { ...about, rows: 3 }) : h("input", { ...about, type: "text", autocomplete: "off" });
  input.value = e.initial_value ?? "";
  const wrong = h("p.field-wrong", { id: `${name}-wrong` });
  const element = h("div.modal-field", null,
    h("label", { for: name }, plain(b.label.text, b.label.emoji, directory), b.optional ? h("span.optional", null, " (optional)") : null),
    input, b.hint ? h("p.field-hint", null, plain(b.hint.text, b.hint.emoji, directory)) : null, wrong);
  return {
    id: b.block_id,
    action: e.action_id,
    element,
    value: () => input.value,
    focus: () => input.focus(),
    wrong(text) {
      put(wrong, text);
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}
