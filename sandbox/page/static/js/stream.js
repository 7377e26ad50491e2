// Server-sent events with the reader's own hands: unlike EventSource, fetch can
// resume a stream with Last-Event-ID in another session of the same person, and
// says when the link is down.

const FIRST_PAUSE = 250; // ms
const LONGEST_PAUSE = 4000; // ms

/**
 * Stream reads events until stop() is called and connects again whenever the
 * connection ends. Callbacks: event(object), reached(id), open(again), lost().
 */
export class Stream {
  constructor(url, { lastId = "", event, reached, open, lost }) {
    Object.assign(this, { url, lastId, event, reached, open, lost });
    this.stopping = new AbortController();
    this.opened = false;
    this.run();
  }

  stop() {
    this.stopping.abort();
  }

  async run() {
    const { signal } = this.stopping;
    let pause = FIRST_PAUSE;
    while (!signal.aborted) {
      try {
        await this.connect(signal, () => (pause = FIRST_PAUSE));
      } catch {
        // Whatever ended it: the way out is the same.
      }
      if (signal.aborted) return;
      this.lost();
      await wait(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  async connect(signal, connected) {
    const headers = { Accept: "text/event-stream" };
    if (this.lastId) headers["Last-Event-ID"] = this.lastId;
    const response = await fetch(this.url, { headers, signal, cache: "no-store" });
    if (!response.ok || !response.body) throw new Error(`stream: http ${response.status}`);
    connected();
    this.open(this.opened);
    this.opened = true;
    const lines = new Lines();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      for (const line of lines.push(decoder.decode(value, { stream: true }))) this.line(line);
    }
  }

  /** line takes one line of the event stream format; an empty line ends an event. */
  line(line) {
    if (line === "") {
      const data = this.data;
      this.data = undefined;
      if (this.id !== undefined && this.id !== this.lastId) this.reached((this.lastId = this.id));
      if (data !== undefined) this.event(JSON.parse(data));
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data = this.data === undefined ? value : this.data + "\n" + value;
    else if (name === "id") this.id = value;
  }
}

/** Lines cuts a text that arrives in pieces at its line ends. */
class Lines {
  rest = "";

  push(piece) {
    const lines = (this.rest + piece).split(/\r\n|\n/);
    this.rest = lines.pop();
    return lines;
  }
}

function wait(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
