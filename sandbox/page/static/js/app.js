// The page as a whole: who you are, what is open, and what happens when the
// session reports something or something is pressed.

import { sandbox } from "./api.js";
import { isReply } from "./changes.js";
import { Conversation } from "./conversation.js";
import { confirmed } from "./dialog.js";
import { put } from "./dom.js";
import { bellText } from "./message.js";
import { inWords, pawlOf } from "./pawl.js";
import { pressError } from "./blocks.js";
import { Modals } from "./modal.js";
import * as route from "./route.js";
import { Session } from "./session.js";
import { drawSide } from "./side.js";
import { said } from "./text.js";
import { Thread } from "./thread.js";
import { Toasts } from "./toasts.js";
import { drawPill, World } from "./world.js";
import { You } from "./you.js";

const FRESH = 20; // s: an older event was missed, not just now
const byId = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 1200px)");
const besides = matchMedia("(min-width: 900px)"); // a thread has room beside its conversation
const phone = matchMedia("(max-width: 719px)");

export class App {
  constructor(directory, faults) {
    this.directory = directory;
    this.panes = byId("panes");
    this.conversation = new Conversation(byId("conversation"));
    this.thread = new Thread(byId("thread"), () => this.#go(this.at.channel, ""));
    this.toasts = new Toasts(byId("toasts"), byId("polite"));
    this.world = new World(byId("world"), () => this.#showWorld(false));
    this.modals = new Modals();
    this.you = new You(byId("you"), directory, (person) => this.become(person));
    this.world.show({ faults });
    this.at = { channel: "", thread: "" };
    this.worldsHeard = 0;
  }

  start() {
    const link = route.permalink(location.href);
    if (link) history.replaceState(null, "", `/${location.search}${route.hashOf(link.channel, link.thread)}`);
    addEventListener("hashchange", () => this.#route());
    document.addEventListener("click", (e) => this.#clicked(e));
    document.addEventListener("visibilitychange", () => document.hidden || this.session.look(this.at.channel, this.at.thread));
    byId("world-toggle").addEventListener("click", () => this.#showWorld(!this.worldOpen));
    byId("shade").addEventListener("click", () => this.#showWorld(false));
    byId("world").addEventListener("keydown", (e) => e.key === "Escape" && !wide.matches && this.#showWorld(false));
    wide.addEventListener("change", () => this.#showWorld(wide.matches && stored("pawl.world") !== "closed", false));
    this.#showWorld(wide.matches && stored("pawl.world") !== "closed", false);
    this.#loadWorld();
    setInterval(() => this.#tick(), 1000);
    const { directory } = this;
    this.become(directory.named(route.as()) ?? directory.named(stored("pawl.as")) ?? directory.people[0]);
  }

  /** become changes who you are. What is open stays open if that person may see it. */
  become(me) {
    this.session?.stop();
    this.modals.leave();
    this.directory.me = me;
    this.directory.isMine = (group) => me.groups.some((handle) => "@" + handle === this.directory.groupName(group));
    store("pawl.as", me.name);
    route.setAs(me.name);
    const session = new Session(this.directory, me);
    this.session = session;
    for (const [type, act] of Object.entries(this.#reactions(session))) {
      session.addEventListener(type, (e) => session === this.session && act(e.detail));
    }
    this.you.show(me);
    session.start();
    this.at = { channel: "", thread: "" };
    this.#route();
    if (!phone.matches) this.conversation.composer.focus();
  }

  #reactions(session) {
    return {
      home: () => {
        const fresh = this.conversation.home.update();
        if (fresh) this.toasts.say(fresh);
      },
      log: ({ channel }) => channel === this.at.channel && this.#update(),
      side: () => this.#side(),
      arrived: (e) => this.#arrived(session, e),
      push: (e) => this.#pushed(session, e),
      link: ({ up, again }) => this.#link(up, again),
      world: ({ things }) => {
        this.worldsHeard++;
        this.#worldChanged({ things });
      },
      faults: ({ faults }) => this.#worldChanged({ faults }),
      view: ({ view }) => this.modals.show(session, view),
      "view-closed": ({ view_id }) => this.modals.gone(view_id),
      "press-failed": ({ error }) => this.toasts.say(pressError(error)),
      trouble: ({ error }) => this.toasts.tell({ drawing: "warning", title: "Slack did not answer", text: error.message }),
    };
  }

  /** #route opens what the address says, or the conversation with Pawl. */
  #route() {
    const { session, directory } = this;
    const { ims, rooms } = directory.seenBy(session.me);
    const { list, channel, thread, home } = route.read();
    const known = [...ims, ...rooms].some((c) => c.id === channel);
    const at = known ? { channel, thread, home } : { channel: (list && this.at.channel) || (ims[0] ?? rooms[0]).id, thread: "", home }; // whoever comes is at home, too
    if (!known && !list) history.replaceState(null, "", route.hashOf(at.channel, home ? "home" : ""));
    this.at = at;
    this.panes.dataset.pane = list ? "side" : at.thread ? "thread" : "conversation";
    this.panes.dataset.thread = at.thread ? "open" : "closed";
    session.look(at.channel, at.thread);
    this.conversation.open(session, at.channel, at.home);
    this.thread.open(session, at.channel, at.thread);
    this.#openNewest();
  }

  #go(channel, thread) {
    location.hash = route.hashOf(channel, thread);
  }

  #update() {
    this.conversation.update();
    this.thread.update();
    this.#openNewest();
  }

  /** #openNewest opens the thread of the person's newest own message as soon as it has an answer; once, and never over another thread. */
  #openNewest() {
    const { session, at } = this;
    if (at.thread || at.home || !besides.matches || (session.offered ??= new Set()).has(at.channel)) return;
    const log = session.conversation(at.channel);
    const newest = log.sorted().findLast((m) => m.user === session.me.id && !isReply(m));
    if (!log.ready || !newest?.reply_count) return;
    session.offered.add(at.channel);
    history.replaceState(null, "", route.hashOf(at.channel, newest.ts));
    this.#route();
  }

  #arrived(session, { channel, message }) {
    const reply = isReply(message);
    const mine = message.user === session.me.id && !message.whisper;
    // The answer to what was just typed is what the person waits for.
    if (reply && !mine && message.thread_ts === session.lastSaid && channel === this.at.channel && besides.matches && this.at.thread !== message.thread_ts) {
      session.lastSaid = "";
      this.#go(channel, message.thread_ts);
    }
    if (mine) {
      if (!reply) this.conversation.list.toEnd();
      else this.thread.list.toEnd();
    } else if (channel === this.at.channel) {
      if (!reply) this.conversation.arrived();
      else if (message.thread_ts === this.at.thread) this.thread.arrived();
      const who = this.directory.author(message).name;
      this.toasts.say(`${who}${message.whisper ? ", only to you" : ""}: ${said(message.text, this.directory)}`);
    }
    this.you.call(called(message, this.directory));
  }

  #pushed(session, { channel, ts, reason, thread_ts }) {
    if (Date.now() / 1000 - Number(ts) > FRESH) return;
    const message = session.find(channel, ts);
    const thread = thread_ts || message?.thread_ts || "";
    const heard = channel === this.at.channel; // it was said when it arrived
    this.toasts[heard ? "show" : "tell"]({
      drawing: "bell",
      title: `Slack ${bellText(reason)}`,
      text: message ? said(message.text, this.directory) : "",
      href: route.hashOf(channel, thread),
    });
  }

  #clicked(e) {
    const link = e.target.closest("a[href]");
    const target = link && !link.dataset.action && route.permalink(link.href);
    if (target && this.directory.channel(target.channel)) {
      e.preventDefault();
      return this.#go(target.channel, target.thread);
    }
    const home = e.target.closest(".home-view");
    if (home) {
      const button = e.target.closest("[data-action]");
      return button && this.#pressHome(button.dataset.block, button.dataset.action);
    }
    const article = e.target.closest("article.msg");
    if (!article) return;
    const pane = article.closest("#thread") ? this.thread : this.conversation;
    const message = this.session.find(pane.channel, article.dataset.ts);
    const button = e.target.closest("[data-action], [data-reaction], [data-thread]");
    if (!message || !button) return;
    if (button.dataset.thread) this.#go(pane.channel, button.dataset.thread);
    else if (button.dataset.reaction) this.#react(pane.channel, message, button);
    else this.#press(pane.channel, message, button.dataset.block, button.dataset.action);
  }

  #react(channel, message, button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    this.session.react(channel, message.ts, button.dataset.reaction, on)
      .catch((error) => this.toasts.tell({ drawing: "warning", title: "The reaction was not changed", text: error.message }));
  }

  async #press(channel, message, block, action) {
    const { session } = this;
    if (await this.#sure(message, block, action)) session.press(channel, message.ts, block, action);
  }

  async #pressHome(block, action) {
    const { session } = this;
    const { view } = session.home;
    if (view && (await this.#sure(view, block, action))) session.pressHome(view.id, block, action);
  }

  /** #sure asks what a button asks before it counts. */
  async #sure({ blocks }, block, action) {
    const b = blocks?.find((x) => x.block_id === block);
    const element = [...(b?.elements ?? []), b?.accessory].find((x) => x?.action_id === action);
    return !element?.confirm || (await confirmed(element.confirm, this.directory));
  }

  #side() {
    const total = this.session.marks.total();
    document.title = (total ? `(${total}) ` : "") + `Pawl at ${this.directory.team.name}`;
    drawSide(byId("side"), this.session, this.at.channel, pawlOf(this.world.things));
  }

  #link(up, again) {
    const banner = byId("link-lost");
    banner.hidden = up;
    this.panes.dataset.link = up ? "up" : "down";
    if (!up) put(banner, "The world does not answer. Trying again…");
    else if (again) this.#loadWorld();
  }

  async #loadWorld() {
    const heard = this.worldsHeard;
    const world = await sandbox("world").catch(() => undefined);
    // What the stream said meanwhile is newer than this answer.
    if (world?.things && heard === this.worldsHeard) this.#worldChanged({ things: world.things });
  }

  #worldChanged(change) {
    const before = inWords(pawlOf(this.world.things));
    this.world.show(change);
    const pawl = pawlOf(this.world.things);
    if (before && pawl && before !== inWords(pawl)) {
      // Said once: the clock beside it ticks silently.
      if (pawl.state !== "ok") this.toasts.say(inWords(pawl));
      else this.toasts.tell({ drawing: "bolt", title: "Pawl is back", text: "It carries on where it was." });
    }
    this.#tick();
    this.#side();
  }

  #tick() {
    const now = Date.now();
    this.world.tick(now);
    this.conversation.world(pawlOf(this.world.things), now);
    drawPill(byId("pill-lamp"), byId("pill-text"), this.world.things, now);
  }

  #showWorld(open, remember = true) {
    this.worldOpen = open;
    this.panes.dataset.world = open ? "open" : "closed";
    const drawer = open && !wide.matches;
    const toggle = byId("world-toggle");
    const panel = byId("world");
    toggle.setAttribute("aria-expanded", String(open));
    byId("shade").hidden = !drawer;
    panel.inert = !open;
    if (remember && wide.matches) store("pawl.world", open ? "open" : "closed");
    if (!remember) return;
    if (drawer) panel.querySelector("button")?.focus();
    else if (!open && panel.contains(document.activeElement)) toggle.focus();
  }
}

/** called lists the people a message addresses, for the faces at the top. */
function called(message, directory) {
  const ids = [];
  for (const [, user, group] of (message.text ?? "").matchAll(/<@([UW][A-Z0-9]+)|<!subteam\^(S[A-Z0-9]+)/g)) {
    if (user) ids.push(user);
    const handle = directory.groupName(group)?.slice(1);
    if (handle) ids.push(...directory.people.filter((p) => p.groups.includes(handle)).map((p) => p.id));
  }
  return ids.filter((id) => id !== message.user);
}

function stored(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function store(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Then it is forgotten with the page.
  }
}
