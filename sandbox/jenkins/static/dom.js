// Small pieces the page is made of. Text is only ever text: nothing here can make markup of it.

/** h makes an element: h("a", {href}, "text", child). What begins with "on" is a listener. */
export function h(kind, attributes, ...children) {
  const e = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat().filter((c) => c !== undefined && c !== null));
  return e;
}

export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** span says milliseconds to people. */
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min ${s % 60} s`;
  return `${Math.floor(min / 60)} h ${min % 60} min`;
}

const WORDS = {
  SUCCESS: ["good", "success"], UNSTABLE: ["odd", "unstable"], FAILURE: ["bad", "failed"], FAILED: ["bad", "failed"],
  ABORTED: ["", "aborted"], IN_PROGRESS: ["runs", "running"], PAUSED_PENDING_INPUT: ["odd", "waits for an answer"], "": ["", "to come"],
};

/** how says a status: what its ball looks like, and the word beside it. */
export function how(status) {
  return WORDS[status] ?? ["", status.toLowerCase()];
}

export function ball(status) {
  return h("span", { class: "ball", "data-is": how(status)[0], "aria-hidden": "true" });
}

export function statusOf(build) {
  if (build.asks) return "PAUSED_PENDING_INPUT";
  return build.building ? "IN_PROGRESS" : build.result;
}

/** field is where a parameter is typed; read is what was. */
export function field(p) {
  if (p.kind === "choice") {
    return h("label", null, p.name, h("select", { name: p.name }, p.choices.map((c) => h("option", { selected: c === p.value }, c))));
  }
  if (p.kind === "boolean") return h("label", null, h("input", { type: "checkbox", name: p.name, checked: p.value === "true" }), p.name);
  return h("label", null, p.name, h("input", { name: p.name, value: p.value, autocomplete: "off", size: "18" }));
}

export function read(form) {
  const values = {};
  for (const e of form.querySelectorAll("[name]")) values[e.name] = e.type === "checkbox" ? String(e.checked) : e.value;
  return values;
}
