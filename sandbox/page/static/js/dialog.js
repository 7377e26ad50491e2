// The question some buttons ask before they do their deed.

import { h } from "./dom.js";
import { mrkdwn, plain } from "./text.js";

/** confirmed shows a button's confirm object and resolves to what was chosen. */
export function confirmed(confirm, directory) {
  const words = (t) => (t?.type === "mrkdwn" ? mrkdwn(t.text, directory) : h("p", null, plain(t?.text, t?.emoji, directory)));
  const style = confirm.style === "danger" ? ".danger" : ".primary";
  const dialog = h("dialog.confirm", { "aria-labelledby": "confirm-title" },
    h("h2", { id: "confirm-title" }, plain(confirm.title?.text, true, directory)),
    words(confirm.text),
    h("form", { method: "dialog" },
      h("button.button", { value: "no" }, plain(confirm.deny?.text ?? "Cancel", true, directory)),
      h("button.button" + style, { value: "yes" }, plain(confirm.confirm?.text ?? "Yes", true, directory))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
