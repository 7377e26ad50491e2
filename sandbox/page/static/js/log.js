// The messages of one conversation or thread. A page is read from the server
// while events arrive, so an answer may be older than what the stream has said
// meanwhile: what the stream touched since the question wins.

export class Log {
  messages = new Map(); // ts -> message
  ready = false;
  cursor = ""; // where older messages begin; "" if there are none
  #touched = null;

  /** put adds or replaces a message, as the stream says it is now. */
  put(message) {
    this.messages.set(message.ts, message);
    this.#touched?.add(message.ts);
  }

  drop(ts) {
    this.messages.delete(ts);
    this.#touched?.add(ts);
  }

  get(ts) {
    return this.messages.get(ts);
  }

  /** load asks for the newest page and takes the answer as the whole truth. */
  async load(ask) {
    this.#touched ??= new Set();
    try {
      const { messages, cursor = "" } = await ask();
      const touched = this.#touched ?? new Set();
      const fresh = new Map(messages.map((m) => [m.ts, m]));
      for (const ts of touched) {
        const now = this.messages.get(ts);
        if (now) fresh.set(ts, now);
        else fresh.delete(ts);
      }
      this.messages = fresh;
      this.cursor = cursor;
      this.ready = true;
    } finally {
      this.#touched = null;
    }
  }

  /** loadOlder adds the page before the oldest message. */
  async loadOlder(ask) {
    const { messages, cursor = "" } = await ask(this.cursor);
    for (const m of messages) if (!this.messages.has(m.ts)) this.messages.set(m.ts, m);
    this.cursor = cursor;
  }

  /** sorted returns the messages oldest first. A ts has ten digits, a dot and six: text order is time order. */
  sorted() {
    return [...this.messages.values()].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  }
}
