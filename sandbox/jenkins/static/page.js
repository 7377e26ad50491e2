// A Jenkins to look at: its jobs, a job with its builds, a build with its stages and its log. What somebody does here is done
// by a person who is not Pawl.

import { ball, field, h, how, put, read, span, statusOf } from "./dom.js";

const EVERY = 1000; // milliseconds between two looks
const MOST = 400_000; // characters of a log that are shown

try {
  const theme = localStorage.getItem("pawl.theme"); // as chosen on the chat page
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; the system's theme is fine.
}

const at = (id) => document.getElementById(id);
const base = new URL("../", import.meta.url).pathname;
const place = where();
let drawn = ""; // what the page shows, as text, so that it is drawn anew only when it changed
let said = ""; // the answer to what somebody did, until the next deed
let offset = 0; // of the log
let pressing = false; // a button is down: it must not be replaced before it is up

/** where says what the address means: {job, number} of /job/shop/job/build/7/. */
function where() {
  const parts = location.pathname.slice(base.length).split("/").filter(Boolean);
  const names = [];
  while (parts[0] === "job" && parts.length > 1) names.push(decodeURIComponent(parts.splice(0, 2)[1]));
  return { job: names.join("/"), number: parts[0] };
}

const pathOf = (job) => base + job.split("/").map((name) => `job/${encodeURIComponent(name)}/`).join("");

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(base + "-/" + path, { cache: "no-store", ...options });
  } catch {
    throw new Error("Jenkins does not answer.");
  }
  if (answer.status === 503) throw new Error("Jenkins is getting ready to work.");
  if (!answer.ok && answer.status !== 303) {
    const text = sentence(await answer.text());
    throw new Error(`Jenkins answered ${answer.status}. ${text}`);
  }
  return answer;
}

/** sentence is the text of a page that says what is wrong, without parsing it as one. */
function sentence(text) {
  return (/<p>([^<]*)<\/p>/.exec(text)?.[1] ?? "").replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** act does what a button says, and says what came of it. */
async function act(deed, form, words) {
  try {
    await ask(deed, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
    said = words;
  } catch (e) {
    said = e.message;
  }
  drawn = "";
  await look();
}

const button = (words, deed, form, done, bad) => h("button", { type: "button", class: bad ? "bad" : undefined, onclick: () => act(deed, form, done) }, words);

let turn = Promise.resolve();

/** look looks what is new, one time after the other. */
function look() {
  turn = turn.then(once);
  return turn;
}

async function once() {
  try {
    const state = await (await ask("state")).json();
    const builds = place.job && state.jobs.some((j) => j.name === place.job)
      ? (await (await ask("builds?" + new URLSearchParams({ job: place.job }))).json()).builds : [];
    document.body.dataset.state = "ok";
    put(at("says"), said || (state.quiet ? "Jenkins is about to shut down: nothing new is started." : ""));
    put(at("you"), `You are ${state.visitor}.`);
    draw(state, builds);
    if (place.number) await readLog(builds);
  } catch (e) {
    document.body.dataset.state = "error";
    put(at("says"), e.message);
  }
}

function draw(state, builds) {
  const shown = JSON.stringify([{ ...state, now: 0 }, builds]);
  if (shown === drawn || pressing || document.activeElement.matches("input, select")) return; // somebody types, or is about to have clicked
  drawn = shown;
  crumbs();
  const job = state.jobs.find((j) => j.name === place.job);
  const build = builds.find((b) => String(b.number) === place.number) ?? (/^last/.test(place.number ?? "") ? builds[0] : undefined);
  if (place.number && job) return drawBuild(job, build);
  if (job) return drawJob(job, builds);
  const below = place.job ? state.jobs.filter((j) => j.name.startsWith(place.job + "/")) : state.jobs;
  replace(
    h("section", null, h("h1", null, place.job || "Jobs"), h("ul", { class: "list" }, below.map(jobLine))),
    h("section", null, h("h2", null, "Waiting to be built"), state.queue.length
      ? h("ul", { class: "list" }, state.queue.map((q) => h("li", null, h("b", null, q.spoken), " ", h("span", { class: "why" }, q.why))))
      : h("p", { class: "why" }, "Nothing waits.")),
  );
}

/** replace draws the page, and leaves the log and the focus where they are. */
function replace(...parts) {
  const log = at("log");
  const focus = document.activeElement?.textContent;
  at("main").replaceChildren(...parts);
  if (log && at("log")) at("log").replaceWith(log);
  if (focus) [...at("main").querySelectorAll("button")].find((b) => b.textContent === focus)?.focus();
}

function crumbs() {
  const names = place.job ? place.job.split("/") : [];
  const parts = names.map((name, i) => h("a", { href: pathOf(names.slice(0, i + 1).join("/")) }, name.replaceAll("%2F", "/")));
  if (place.number) parts.push(h("b", null, "#" + place.number));
  at("crumbs").replaceChildren(...parts);
  document.title = [place.number && "#" + place.number, place.job, "Acme Jenkins"].filter(Boolean).join(" · ");
}

function jobLine(j) {
  const status = j.last ? statusOf(j.last) : "";
  return h("li", { class: "row" }, ball(status),
    h("span", { class: "grow" }, h("a", { href: base + j.path }, j.spoken), " ",
      h("span", { class: "why" }, j.disabled ? "switched off" : j.last ? `#${j.last.number} ${how(status)[1]}` : "never built")),
    j.disabled ? null : button("Build now", "build", { job: j.name }, `${j.spoken} waits to be built.`));
}

function drawJob(job, builds) {
  const form = h("div", { class: "row" }, job.params.map(field),
    h("button", { type: "button", disabled: job.disabled, onclick: () => act("build", { job: job.name, ...read(form) }, "It waits to be built.") }, "Build now"));
  replace(
    h("section", null, h("h1", null, job.spoken), job.disabled ? h("p", { class: "why" }, "This job is switched off.") : form),
    h("section", null, h("h2", null, "Builds"), builds.length
      ? h("ul", { class: "list" }, builds.map((b) => buildLine(job, b)))
      : h("p", { class: "why" }, "It was never built.")),
  );
}

function buildLine(job, b) {
  return h("li", null, h("div", { class: "row" }, ball(statusOf(b)),
    h("span", { class: "grow" }, h("a", { href: `${base}${job.path}${b.number}/` }, "#" + b.number), `${b.display ? " " + b.display : ""} ${how(statusOf(b))[1]} · ${span(b.took)} · started by ${b.by.join(", ")}`),
  ), job.kind === "pipeline" ? stages(b) : null);
}

function stages(b) {
  return h("ol", { class: "stages" }, b.stages.map((s) =>
    h("li", null, ball(s.status), `${s.name}: ${s.status || b.building ? how(s.status)[1] : "not done"}${s.status ? ", " + span(s.took) : ""}`)));
}

function drawBuild(job, b) {
  if (!b) return replace(h("p", { class: "why" }, "There is no such build, or not any more."));
  const it = { job: job.name, number: b.number };
  const params = (b.params ?? []).map((p) => `${p.name}=${p.value}`).join(" · ");
  replace(
    h("section", null,
      h("div", { class: "row" }, ball(statusOf(b)), h("h1", null, `${job.spoken} #${b.number}${b.display ? " · " + b.display : ""}`)),
      h("p", null, `${how(statusOf(b))[1]} · ${span(b.took)} · started by ${b.by.join(", ")}`),
      params ? h("p", { class: "why" }, params) : null,
      job.kind === "pipeline" ? stages(b) : null),
    b.asks ? question(it, b.asks) : null,
    b.building ? h("div", { class: "row" }, button("Stop", "stop", it, "It was told to stop.", true),
      job.kind === "pipeline" ? [button("Terminate", "term", it, "Its steps were told to end.", true), button("Kill", "kill", it, "It was killed.", true)] : null) : null,
    h("section", null, h("h2", null, "Log"), h("pre", { id: "log", tabindex: "0", "aria-label": "Log" })),
  );
}

function question(it, asks) {
  const form = h("div", { class: "row" }, asks.params.map(field));
  const parameter = () => Object.entries(read(form)).map(([name, value]) => ({ name, value }));
  return h("section", { class: "card ask" }, h("h2", null, asks.message), form,
    asks.submitters?.length ? h("p", { class: "why" }, `Only ${asks.submitters.join(", ")} may proceed.`) : null,
    h("div", { class: "row" },
      h("button", { type: "button", onclick: () => act("proceed", { ...it, id: asks.id, json: JSON.stringify({ parameter: parameter() }) }, "It goes on.") }, asks.ok),
      button("Abort", "abort", { ...it, id: asks.id }, "It was aborted.", true)));
}

/** readLog adds what the log has grown by. Who reads at its end stays there. */
async function readLog(builds) {
  const pre = at("log");
  if (!pre) return;
  const number = builds.find((b) => String(b.number) === place.number)?.number ?? builds[0]?.number;
  const answer = await ask("log?" + new URLSearchParams({ job: place.job, number, start: offset }));
  const size = Number(answer.headers.get("X-Text-Size"));
  const text = (await answer.text()).replaceAll("\r\n", "\n");
  if (size < offset) pre.replaceChildren();
  offset = size;
  if (!text) return;
  const end = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
  pre.append(text);
  pre.normalize();
  if (pre.textContent.length > MOST) put(pre, pre.textContent.slice(-MOST));
  if (end) pre.scrollTop = pre.scrollHeight;
}

async function forever() {
  for (;;) {
    const next = new Promise((done) => setTimeout(done, EVERY));
    await look();
    await next;
  }
}

addEventListener("pointerdown", () => (pressing = true));
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => (pressing = false));
addEventListener("focus", look); // who comes back shall not wait
forever();
