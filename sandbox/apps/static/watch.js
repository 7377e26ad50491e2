// A user of the shop: asks once a second through the proxy, and shows who answered.

const MOST = 40; // answers shown
const PATIENCE = 3000; // milliseconds a user waits

const at = (id) => document.getElementById(id);
const counts = new Map(); // instance -> answers
let errors = 0;
let before = ""; // who answered before, or what was wrong

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** ask asks once: who answers, in which version, or what is wrong. */
async function ask() {
  try {
    const answer = await fetch("/", { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    const body = await answer.json();
    return { ...body, error: answer.ok ? "" : body.problem || `it answers ${answer.status}` };
  } catch {
    return { error: "no answer" };
  }
}

function show({ app, environment, instance, version, error }) {
  const state = error ? `${instance ?? ""} ${error}`.trim() : instance;
  document.body.dataset.state = error ? "error" : "ok";
  document.body.dataset.who = error ? "" : instance;
  if (app) put(at("where"), `Acme ${app}, ${environment}, as its users see it`);
  put(at("who"), error ? "error" : instance);
  put(at("version"), error ? error : `version ${version}`);
  if (state !== before) {
    if (error) put(at("says"), `Users get errors${instance ? " from " + instance : ""}.`);
    else put(at("says"), before ? `Users are on ${instance} now.` : `Users are on ${instance}.`);
    before = state;
  }
  if (error) errors++;
  else counts.set(instance, (counts.get(instance) ?? 0) + 1);
  const mark = document.createElement("li");
  if (error) mark.dataset.error = "";
  else mark.dataset.who = instance;
  at("last").append(mark);
  while (at("last").children.length > MOST) at("last").firstChild.remove();
  const parts = [...counts].map(([who, n]) => `${n} from ${who}`);
  put(at("counts"), [...parts, errors === 1 ? "1 error" : `${errors} errors`].join(" · "));
  document.title = `${error ? "error" : instance} · Acme shop`;
}

async function forever() {
  for (;;) {
    const next = new Promise((done) => setTimeout(done, 1000));
    show(await ask());
    await next;
  }
}

forever();
