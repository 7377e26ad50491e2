// Building and mending elements. Text only ever becomes text nodes and
// attributes: nothing in this page parses markup at run time.

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("p.note", {title: "x"}, "text", child) makes an element. Properties: plain
 * names are attributes (true sets an empty one, false, null and undefined leave
 * it out), names that begin with "on" are listeners, "style" is an object of
 * CSS properties.
 */
export function h(spec, properties, ...children) {
  const [tag, ...classes] = spec.split(".");
  const el = document.createElement(tag || "div");
  if (classes.length) el.className = classes.join(" ");
  return fill(el, properties, children);
}

/** svg("path", {d: "..."}) is h for drawings. */
export function svg(spec, properties, ...children) {
  const [tag, ...classes] = spec.split(".");
  const el = document.createElementNS(SVG, tag);
  if (classes.length) el.setAttribute("class", classes.join(" "));
  return fill(el, properties, children);
}

function fill(el, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [k, v] of Object.entries(value)) el.style.setProperty(k, v);
    else el.setAttribute(name, value === true ? "" : value);
  }
  append(el, children);
  return el;
}

function append(el, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(el, child);
    else if (child instanceof Node) el.append(child);
    else if (child !== null && child !== undefined && child !== false) el.append(String(child));
  }
}

/** put empties an element and puts the children in. */
export function put(el, ...children) {
  el.replaceChildren();
  append(el, children);
}

/**
 * morph makes `have` look like `want` and keeps every node that can be kept:
 * an edit must not take the focus off a button, restart an animation or move
 * the page. Listeners of `want` are lost, so what is morphed has none of its
 * own: clicks are handled further up.
 */
export function morph(have, want) {
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name)) have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) === value) continue;
    // The content security policy forbids style attributes, not the style object.
    if (name === "style") have.style.cssText = value;
    else have.setAttribute(name, value);
  }
  const wanted = [...want.childNodes];
  let at = have.firstChild;
  for (const w of wanted) {
    if (at && same(at, w)) {
      if (w.nodeType === Node.ELEMENT_NODE) morph(at, w);
      else if (at.data !== w.data) at.data = w.data;
      at = at.nextSibling;
      continue;
    }
    const later = find(at, w);
    if (later) {
      // What stands between was removed by the edit.
      while (at !== later) {
        const gone = at;
        at = at.nextSibling;
        gone.remove();
      }
      morph(at, w);
      at = at.nextSibling;
    } else {
      have.insertBefore(w, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function same(a, b) {
  if (a.nodeType !== b.nodeType || a.nodeName !== b.nodeName) return false;
  return a.nodeType !== Node.ELEMENT_NODE || a.getAttribute("data-key") === b.getAttribute("data-key");
}

/** find looks ahead for the keyed twin of a node; unkeyed nodes are matched in place only. */
function find(from, want) {
  if (want.nodeType !== Node.ELEMENT_NODE || !want.hasAttribute("data-key")) return null;
  for (let n = from; n; n = n.nextSibling) if (same(n, want)) return n;
  return null;
}
