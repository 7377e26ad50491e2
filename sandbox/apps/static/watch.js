// A user of the shop: asks twice a second through the load balancer, and shows who answered.

const MOST = 22; // answers shown
const RECENT = 20; // answers that say whether users get errors
const EVERY = 500; // milliseconds
const PATIENCE = 8000; // milliseconds a user waits: the load balancer gives up before

const at = (id) => document.getElementById(id);
const counts = new Map(); // what is said of a kind of answer -> {kind, n}
const last = []; // answers, the newest last
let before = ""; // the instance users were on when it was said

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** ask asks once: who answers, in which version, or what is wrong. */
async function ask() {
  try {
    const answer = await fetch("/", { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const mine = (answer.headers.get("Content-Type") ?? "").startsWith("application/json"); // otherwise it is the load balancer's own
    const body = mine ? await answer.json() : {};
    return { ...body, error: answer.ok ? "" : body.problem || `${answer.status} from the load balancer` };
  } catch {
    return { error: "no answer" };
  }
}

/** words say what an answer is: "blue 2024.50", "error from green 2024.52". */
function words({ instance, version, error }) {
  const who = [instance, version].filter(Boolean).join(" ");
  return error ? (who ? `error from ${who}` : "error") : who;
}

/** shape draws an answer: a shape and a letter that say the same as its colour. */
function shape(tag, a) {
  const mark = document.createElement(tag);
  mark.className = "shape";
  if (a.error) mark.dataset.error = "";
  else mark.dataset.who = a.instance;
  const letter = document.createElement("span");
  letter.setAttribute("aria-hidden", "true");
  letter.textContent = a.error ? "×" : (a.instance ?? "?").slice(0, 1).toUpperCase();
  mark.append(letter);
  return mark;
}

function strip(a) {
  const mark = shape("li", a);
  const text = document.createElement("span");
  text.className = "unseen";
  text.textContent = mark.title = words(a);
  mark.append(text);
  at("last").append(mark);
  while (at("last").children.length > MOST) at("last").firstChild.remove();
}

/** count keeps the legend: every kind of answer with its shape, its words and how often it came. */
function count(a) {
  const key = words(a);
  let kind = counts.get(key);
  if (!kind) {
    const line = document.createElement("li");
    const text = document.createElement("span");
    line.append(shape("span", a), text);
    at("counts").append(line);
    counts.set(key, (kind = { n: 0, text }));
  }
  kind.n++;
  put(kind.text, `${key}: ${kind.n}`);
}

function show(a) {
  last.push(a);
  while (last.length > RECENT) last.shift();
  strip(a);
  count(a);
  const down = last.slice(-2).every((b) => b.error) && last.length > 1; // one alone is not all users
  const well = last.findLast((b) => !b.error);
  const now = down ? a : (well ?? a);
  document.body.dataset.state = now.error ? "error" : "ok";
  document.body.dataset.who = now.error ? "" : now.instance;
  if (a.app) put(at("where"), `Acme ${a.app}, ${a.environment}, as its users see it`);
  put(at("who"), now.error ? "error" : now.instance);
  put(at("version"), now.error ? now.error : `version ${now.version}`);
  document.title = `${now.error ? "error" : now.instance} · Acme shop`;
  if (now.error) {
    put(at("says"), `Users get errors${now.instance ? " from " + now.instance : ""}.`);
    before = "";
    return;
  }
  const is = `${now.instance} ${now.version}`;
  if (last.some((b) => b.error && b.instance === now.instance && b.version === now.version)) put(at("says"), `Users are on ${now.instance}, ${now.version}. Some of them get errors.`);
  else if (before && before !== is) put(at("says"), `Users are on ${now.instance} now, ${now.version}.`);
  else if (!before) put(at("says"), `Users are on ${now.instance}, ${now.version}.`);
  else if (at("says").textContent.endsWith("errors.")) put(at("says"), `Users are on ${now.instance}, ${now.version}. All are well.`);
  before = is;
}

async function forever() {
  for (;;) {
    const next = new Promise((done) => setTimeout(done, EVERY));
    show(await ask());
    await next;
  }
}

forever();
