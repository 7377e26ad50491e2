// What one person sees and may do. The session is the only part of the page
// that talks to the server; views read it and listen to its changes:
//
//	log      {channel}          messages of a conversation or of its threads changed
//	side                        unread marks changed
//	arrived  {channel, message} a new message, also an "only visible to you"
//	push     {channel, ts, reason}  Slack would have notified this person
//	link     {up}               the connection to the world came or went
//	world    {things}, faults {faults}
//	view     {view} a window opened; view-closed {view_id}
//	home                        the Home tab of the app shows something else

import { API, SlackError } from "./api.js";
import { counted, edited, isReply, reacted, tombstone } from "./changes.js";
import { Log } from "./log.js";
import { Marks } from "./marks.js";
import { Presses } from "./presses.js";
import { Stream } from "./stream.js";

const RECENT = 50; // messages remembered for notices about threads that are not open

export class Session extends EventTarget {
  constructor(directory, me) {
    super();
    this.directory = directory;
    this.me = me;
    this.api = new API(me.token);
    this.logs = new Map(); // channel -> Log
    this.threads = new Map(); // channel/ts -> Log
    this.whispers = []; // {channel, thread_ts, message}: only visible to this person
    this.recent = new Map(); // channel/ts -> message
    this.presses = new Presses();
    this.marks = new Marks(me.id);
    this.looking = { channel: "", thread: "" }; // what is on the screen
    this.home = { view: undefined, state: "opening" }; // what the app has published for this person
    this.lastSaid = ""; // ts of the newest message this person sent from here
  }

  start() {
    this.stream = new Stream("/sandbox/stream?token=" + encodeURIComponent(this.me.token), {
      lastId: this.marks.lastId,
      event: (e) => this.#take(e),
      reached: (id) => this.marks.reached(id),
      open: (again) => this.#opened(again),
      lost: () => this.#emit("link", { up: false }),
    });
  }

  stop() {
    this.stream?.stop();
  }

  /** conversation returns the log of a channel, loading it the first time. */
  conversation(channel) {
    let log = this.logs.get(channel);
    if (!log) {
      log = new Log();
      this.logs.set(channel, log);
      this.#load(channel, log);
    }
    return log;
  }

  /** thread returns the log of a thread, its parent first. */
  thread(channel, ts) {
    const key = channel + "/" + ts;
    let log = this.threads.get(key);
    if (!log) {
      log = new Log();
      this.threads.set(key, log);
      this.#loadThread(channel, ts, log);
    }
    return log;
  }

  whispersIn(channel, thread) {
    return this.whispers.filter((w) => w.channel === channel && w.thread_ts === thread).map((w) => w.message);
  }

  /** older loads the page before the oldest message of a channel. */
  async older(channel) {
    const log = this.conversation(channel);
    await log.loadOlder((cursor) => this.api.history(channel, cursor));
    this.#emit("log", { channel });
  }

  /** look says what is on the screen: it counts as read. */
  look(channel, thread) {
    this.looking = { channel, thread };
    this.marks.see(channel);
    this.#emit("side");
  }

  async say(channel, text, thread) {
    if (text.startsWith("/")) return this.#command(channel, text, thread);
    const answer = await this.api.say(channel, text, thread);
    if (!thread) this.lastSaid = answer.ts;
    // The stream is often quicker, and what it knows by now (a reaction, a reply) is newer than this answer.
    if (answer.message && !this.#known(channel, answer.ts)) this.#arrive(channel, { user: this.me.id, ...answer.message, ts: answer.ts });
  }

  /** #command uses a slash command. Slack offers none in threads. */
  async #command(channel, text, thread) {
    if (thread) throw new SlackError("command", "slash_commands_do_not_work_in_threads");
    const [, command, rest] = /^(\/\S*)\s*([\s\S]*)$/.exec(text);
    const answer = await this.api.command(channel, command, rest);
    if (!answer.ok) throw new SlackError("command", answer.error);
  }

  /** submit sends a window in, and returns what is wrong with it: {errors} by block, {error} for the whole, {} for nothing. */
  async submit(view, values) {
    const answer = await this.api.view(view, "submit", values).catch(() => ({ ok: false, error: "no connection" }));
    return answer.ok ? { errors: answer.errors } : { error: answer.error };
  }

  closeView(view) {
    return this.api.view(view, "close").catch(() => undefined); // then it comes back with the page
  }

  /** press presses a button of a message and returns when Slack is done with it. */
  async press(channel, ts, block_id, action_id) {
    if (this.presses.of(channel, ts, block_id, action_id)?.busy) return;
    const stands = (state) => {
      this.presses.set(channel, ts, block_id, action_id, state);
      this.#emit("log", { channel });
    };
    stands({ busy: true });
    let answer;
    try {
      answer = await this.api.click({ channel, ts, block_id, action_id });
    } catch {
      answer = { ok: false, error: "no connection" };
    }
    stands(answer.ok ? undefined : { error: answer.error });
    if (!answer.ok) this.#emit("press-failed", answer);
  }

  /** openHome opens the Home tab of the app: what stands there is shown, and the app hears of it. */
  async openHome() {
    await this.#loadHome();
    if (this.home.state === "off") return;
    const answer = await this.api.openHome().catch(() => ({ ok: false }));
    if (!answer.ok && !this.home.view) this.#showHome(undefined, "trouble");
  }

  async #loadHome() {
    const had = this.home.view;
    const { view, enabled } = await this.api.home().catch(() => ({ enabled: true }));
    if (this.home.view === had) this.#showHome(view ?? had, enabled ? "waiting" : "off"); // the stream may have been quicker
  }

  #showHome(view, state = "waiting") {
    if (view) this.presses.edited(view.id, "home");
    this.home = { view, state };
    this.#emit("home");
  }

  /** pressHome presses a button of the Home tab and returns when Slack is done with it. */
  async pressHome(view_id, block_id, action_id) {
    if (this.presses.of(view_id, "home", block_id, action_id)?.busy) return;
    const stands = (state) => {
      this.presses.set(view_id, "home", block_id, action_id, state);
      this.#emit("home");
    };
    stands({ busy: true });
    const answer = await this.api.click({ view_id, block_id, action_id }).catch(() => ({ ok: false, error: "no connection" }));
    stands(answer.ok ? undefined : { error: answer.error });
    if (!answer.ok) this.#emit("press-failed", answer);
  }

  /** react adds or takes back this person's reaction. */
  async react(channel, ts, name, on) {
    await this.api.react(channel, ts, name, on);
    this.#react(channel, ts, name, this.me.id, on);
  }

  async #load(channel, log) {
    const whispers = this.api.whispers(channel).catch(() => []); // this world may not keep them
    await log.load(() => this.api.history(channel)).catch((e) => this.#emit("trouble", { error: e }));
    for (const m of await whispers) this.#keepWhisper(channel, m.thread_ts, m);
    this.#emit("log", { channel });
  }

  async #loadThread(channel, ts, log) {
    await log.load(async () => ({ messages: await this.api.replies(channel, ts) })).catch((e) => this.#emit("trouble", { error: e }));
    this.#emit("log", { channel });
  }

  #opened(again) {
    this.#emit("link", { up: true, again });
    this.#views();
    if (again) this.#reload();
    if (again && this.home.view) this.#loadHome();
  }

  /** #views shows the windows that were open before the page was. */
  async #views() {
    for (const view of await this.api.views().catch(() => [])) this.#emit("view", { view });
  }

  /** #reload reads everything known anew: the stream could not say what was missed. */
  #reload() {
    for (const [channel, log] of this.logs) this.#load(channel, log);
    for (const [key, log] of this.threads) {
      const [channel, ts] = key.split("/");
      this.#loadThread(channel, ts, log);
    }
  }

  #take(e) {
    switch (e.type) {
      case "message":
        return this.#arrive(e.channel, e.message);
      case "message_changed":
        return this.#change(e.channel, e.message);
      case "message_deleted":
        return this.#drop(e.channel, e.ts, e.thread_ts);
      case "reaction_added":
        return this.#react(e.channel, e.ts, e.name, e.user, true);
      case "reaction_removed":
        return this.#react(e.channel, e.ts, e.name, e.user, false);
      case "ephemeral":
        return this.#whisper(e);
      case "push":
        return this.#push(e);
      case "click_failed":
        return this.#clickFailed(e);
      case "view":
        return this.#emit("view", { view: e.view });
      case "home":
        return this.#showHome(e.view);
      case "view_closed":
        return this.#emit("view-closed", { view_id: e.view_id });
      case "resync":
        return this.#reload();
      case "faults":
      case "world":
        return this.#emit(e.type, e);
    }
  }

  #arrive(channel, message) {
    const isNew = !this.#known(channel, message.ts);
    this.#store(channel, message);
    this.#remember(channel, message);
    if (isNew && isReply(message)) this.#count(channel, message, 1);
    if (isNew && message.user !== this.me.id && !isReply(message) && channel !== this.looking.channel) this.marks.unread(channel);
    this.#emit("log", { channel });
    if (isNew) {
      this.#emit("side");
      this.#emit("arrived", { channel, message });
    }
  }

  #remember(channel, message) {
    this.recent.set(channel + "/" + message.ts, message);
    while (this.recent.size > RECENT) this.recent.delete(this.recent.keys().next().value);
  }

  #change(channel, message) {
    this.#store(channel, edited(this.#known(channel, message.ts), message));
    this.presses.edited(channel, message.ts);
    this.#emit("log", { channel });
  }

  #drop(channel, ts, thread_ts) {
    const old = this.#known(channel, ts) ?? { ts, thread_ts }; // a thread nobody opened
    if (old.reply_count) {
      this.#store(channel, tombstone(old));
    } else {
      this.logs.get(channel)?.drop(ts);
      for (const [key, log] of this.threads) if (key.startsWith(channel + "/")) log.drop(ts);
    }
    this.whispers = this.whispers.filter((w) => w.channel !== channel || w.message.ts !== ts);
    if (isReply(old)) this.#count(channel, old, -1);
    this.#emit("log", { channel });
  }

  #whisper(e) {
    const thread = e.thread_ts || e.message.thread_ts || "";
    const isNew = this.#keepWhisper(e.channel, thread, e.message);
    this.#emit("log", { channel: e.channel });
    if (isNew) this.#emit("arrived", { channel: e.channel, message: { ...e.message, whisper: true, thread_ts: thread || undefined } });
  }

  #keepWhisper(channel, thread, message) {
    const others = this.whispers.filter((w) => w.message.ts !== message.ts);
    const isNew = others.length === this.whispers.length;
    this.whispers = [...others, { channel, thread_ts: thread || "", message: { ...message, whisper: true } }];
    return isNew;
  }

  #push(e) {
    this.marks.push(e, e.channel === this.looking.channel && !document.hidden);
    this.#emit("log", { channel: e.channel });
    this.#emit("side");
    this.#emit("push", e);
  }

  #clickFailed({ channel, ts, action_id, error }) {
    if (this.presses.failed(channel, ts, action_id, error)) this.#emit("log", { channel });
  }

  #react(channel, ts, name, user, on) {
    const message = this.#known(channel, ts);
    if (!message) return;
    this.#store(channel, reacted(message, name, user, on));
    this.#emit("log", { channel });
  }

  #count(channel, reply, by) {
    const parent = this.#known(channel, reply.thread_ts);
    if (parent) this.#store(channel, counted(parent, reply, by));
  }

  /** find returns a message this session knows, also one only this person sees. */
  find(channel, ts) {
    return this.whispers.find((w) => w.channel === channel && w.message.ts === ts)?.message
      ?? this.#known(channel, ts) ?? this.recent.get(channel + "/" + ts);
  }

  #known(channel, ts) {
    const found = this.logs.get(channel)?.get(ts);
    if (found) return found;
    for (const [key, log] of this.threads) {
      const message = key.startsWith(channel + "/") && log.get(ts);
      if (message) return message;
    }
    return undefined;
  }

  #store(channel, message) {
    if (!isReply(message) || message.subtype === "thread_broadcast") this.logs.get(channel)?.put(message);
    this.threads.get(`${channel}/${message.thread_ts ?? message.ts}`)?.put(message);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
