// Unread marks and notifications of one person. They outlive the session, so
// that being Bob for a minute does not make Alice's marks vanish; a reload of
// the tab keeps them too.

const KEPT = 300; // notifications remembered per person
const BEGUN = "pawl.begun"; // the first event this tab has seen, of whatever person

export class Marks {
  constructor(person) {
    this.store = "pawl.marks." + person;
    const saved = read(this.store);
    this.counts = new Map(saved.counts ?? []); // channel -> {unread, pushes}
    this.pushed = new Map(saved.pushed ?? []); // channel/ts -> reason
    this.reachedId = saved.reached ?? "";
  }

  /** lastId is where the stream of this person goes on: somebody never looked at has missed what happened since the tab was opened. */
  get lastId() {
    return this.reachedId || get(BEGUN) || "";
  }

  reached(id) {
    this.reachedId = id;
    if (!get(BEGUN)) set(BEGUN, id);
    this.#save();
  }

  unread(channel) {
    this.#of(channel).unread = true;
    this.#save();
  }

  /** push notes a notification; seen says that the person is looking at it. */
  push({ channel, ts, reason }, seen) {
    const key = channel + "/" + ts;
    if (this.pushed.has(key)) return;
    this.pushed.set(key, reason || "you");
    while (this.pushed.size > KEPT) this.pushed.delete(this.pushed.keys().next().value);
    if (!seen) this.#of(channel).pushes++;
    this.#save();
  }

  see(channel) {
    if (this.counts.delete(channel)) this.#save();
  }

  /** of returns {unread, pushes} of a channel. */
  of(channel) {
    return this.counts.get(channel) ?? { unread: false, pushes: 0 };
  }

  /** reason says why a message would have notified this person, if it would. */
  reason(channel, ts) {
    return this.pushed.get(channel + "/" + ts);
  }

  total() {
    let n = 0;
    for (const { pushes } of this.counts.values()) n += pushes;
    return n;
  }

  #of(channel) {
    let c = this.counts.get(channel);
    if (!c) this.counts.set(channel, (c = { unread: false, pushes: 0 }));
    return c;
  }

  #save() {
    set(this.store, JSON.stringify({ counts: [...this.counts], pushed: [...this.pushed], reached: this.reachedId }));
  }
}

function read(key) {
  try {
    return JSON.parse(get(key)) ?? {};
  } catch {
    return {};
  }
}

/** Without storage (a browser may forbid it) the marks last as long as the session. */
function get(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function set(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // See get.
  }
}
