// A written table, as the people read it for whom it was written: when, how many rows, and the rows.

const PAGE = 100; // rows at once
const EVERY = 2000; // milliseconds between two looks

try {
  const theme = localStorage.getItem("pawl.theme"); // as chosen on the chat page
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; the system's theme is fine.
}

const at = (id) => document.getElementById(id);
const name = decodeURIComponent(location.pathname.split("/")[2]);
const number = new Intl.NumberFormat("en-US");
let from = 0;
let shown; // the answer on the page
let drawn = ""; // its edition and place
let asking = 0; // which question is the newest

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function element(kind, text) {
  const e = document.createElement(kind);
  e.textContent = text;
  return e;
}

/** ask looks at the table: its rows, or {error} in words. */
async function ask() {
  try {
    const answer = await fetch(`/sheet/${encodeURIComponent(name)}/rows?from=${from}&count=${PAGE}`, { cache: "no-cache" });
    const body = await answer.json();
    if (answer.ok) return body;
    return { error: body.error, missing: answer.status === 404 };
  } catch {
    return { error: "The demo does not answer." };
  }
}

async function look() {
  const mine = ++asking;
  const answer = await ask();
  if (mine !== asking) return; // somebody pressed a button meanwhile
  if (answer.error) return fail(answer);
  if (answer.from > 0 && answer.from >= answer.rows) {
    from = Math.max(0, Math.ceil(answer.rows / PAGE) - 1) * PAGE; // it became shorter
    return look();
  }
  draw(answer);
}

function fail({ error, missing }) {
  document.body.dataset.state = missing ? "missing" : "error";
  put(at("says"), missing ? "Nothing is written yet." : error);
  if (missing) {
    shown = undefined;
    drawn = "";
    at("frame").hidden = at("pages").hidden = true;
  }
  clock();
}

function draw(t) {
  const edition = `${t.written} ${t.rows} ${t.from}`;
  const state = document.body.dataset.state;
  document.body.dataset.state = "ok";
  if (edition !== drawn) {
    if (shown && shown.written !== t.written) put(at("says"), news(shown.rows, t.rows));
    else if (state !== "ok") put(at("says"), "");
    drawn = edition;
    shown = t;
    table(t);
  } else if (state !== "ok") put(at("says"), "");
  clock();
}

/** news says what a new edition brought. */
function news(before, now) {
  if (now === before) return "Written again, with as many rows as before.";
  const more = Math.abs(now - before);
  return `Written again: ${number.format(more)} ${more === 1 ? "row" : "rows"} ${now > before ? "more" : "fewer"}.`;
}

function table(t) {
  const numbers = t.columns.map((_, i) => t.records.length > 0 && t.records.every((r) => /^$|^-?\d+(\.\d+)?$/.test(r[i] ?? "")));
  const cell = (kind) => (text, i) => {
    const e = element(kind, text);
    if (numbers[i]) e.className = "number";
    if (kind === "th") e.scope = "col";
    return e;
  };
  at("columns").replaceChildren(...t.columns.map(cell("th")));
  at("rows").replaceChildren(...t.records.map((record) => {
    const row = document.createElement("tr");
    row.append(...record.map(cell("td")));
    return row;
  }));
  at("frame").hidden = false;
  at("pages").hidden = t.rows <= PAGE;
  put(at("which"), `Rows ${number.format(t.from + 1)} to ${number.format(t.from + t.records.length)}`);
  at("first").disabled = at("previous").disabled = t.from === 0;
  at("next").disabled = at("last").disabled = t.from + PAGE >= t.rows;
}

/** clock says how old the table is; it grows while nobody writes. */
function clock() {
  if (!shown) return put(at("asof"), "");
  const written = new Date(shown.written);
  const today = written.toDateString() === new Date().toDateString();
  const time = written.toLocaleTimeString("en-GB") + (today ? "" : `, ${written.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" })}`);
  const rows = shown.rows === 1 ? "1 row" : `${number.format(shown.rows)} rows`;
  put(at("asof"), `As of ${time} (${ago(Date.now() - written)}) · ${rows}`);
}

function ago(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s ago`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min ago`;
  const h = Math.floor(min / 60);
  if (h < 48) return `${h} h ago`;
  return `${Math.floor(h / 24)} days ago`;
}

const go = (to) => () => {
  from = Math.max(0, to());
  look();
};
at("first").addEventListener("click", go(() => 0));
at("previous").addEventListener("click", go(() => from - PAGE));
at("next").addEventListener("click", go(() => from + PAGE));
at("last").addEventListener("click", go(() => Math.floor((shown.rows - 1) / PAGE) * PAGE));

put(at("name"), name);
document.title = `${name} · Acme tables`;

async function forever() {
  for (;;) {
    const next = new Promise((done) => setTimeout(done, EVERY));
    await look();
    await next;
  }
}

addEventListener("focus", look); // who comes back shall not wait
setInterval(clock, 1000);
forever();
