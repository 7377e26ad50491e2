// The server as one person: Slack's Web API with their token, and the sandbox
// API beside it.

/** SlackError is an answer {ok: false}; code is Slack's error code. */
export class SlackError extends Error {
  constructor(method, code) {
    super(`${method}: ${code}`);
    this.code = code;
  }
}

const READS = /^(?:conversations\.(?:history|replies|list|info|open)|usergroups\.list|users\.list)$/;

export class API {
  constructor(token) {
    this.token = token;
  }

  /**
   * call uses a method of the Web API and returns its answer. Reads wait out a
   * 429 twice; a write is never repeated, because its first try may have worked.
   */
  async call(method, args = {}) {
    for (let left = READS.test(method) ? 2 : 0; ; left--) {
      const response = await fetch("/api/" + method, {
        method: "POST",
        headers: { Authorization: "Bearer " + this.token },
        body: new URLSearchParams(Object.entries(args).filter(([, v]) => v !== undefined)),
      });
      if (response.status === 429 && left > 0) {
        await pause(1000 * Number(response.headers.get("Retry-After") || 1));
        continue;
      }
      if (!response.ok) throw new SlackError(method, "http " + response.status);
      const answer = await response.json();
      if (!answer.ok) throw new SlackError(method, answer.error);
      return answer;
    }
  }

  /** history returns one page of a conversation, oldest first, and the next cursor. */
  async history(channel, cursor) {
    const a = await this.call("conversations.history", { channel, limit: 60, cursor });
    return { messages: a.messages.reverse(), cursor: a.response_metadata?.next_cursor || "" };
  }

  /** replies returns a whole thread, its parent first. */
  async replies(channel, ts) {
    const messages = [];
    let cursor;
    do {
      const a = await this.call("conversations.replies", { channel, ts, limit: 200, cursor });
      messages.push(...a.messages);
      cursor = a.response_metadata?.next_cursor;
    } while (cursor);
    return messages;
  }

  /** whispers returns what only this person sees in a conversation; its history never shows that. */
  async whispers(channel) {
    const a = await sandbox(`ephemerals?${new URLSearchParams({ token: this.token, channel })}`);
    return a?.messages ?? [];
  }

  say(channel, text, thread_ts) {
    return this.call("chat.postMessage", { channel, text, thread_ts });
  }

  /** react adds or takes back a reaction; having it so already is fine. */
  async react(channel, timestamp, name, on) {
    try {
      await this.call(on ? "reactions.add" : "reactions.remove", { channel, timestamp, name });
    } catch (e) {
      if (e.code !== "already_reacted" && e.code !== "no_reaction") throw e;
    }
  }

  /** command uses a slash command; it returns when the app has acknowledged or Slack has given up. */
  command(channel, command, text) {
    return post("/sandbox/command", { token: this.token, channel, command, text });
  }

  /** views returns the windows that are open before this person. */
  async views() {
    const a = await sandbox(`views?${new URLSearchParams({ token: this.token })}`);
    return a?.views ?? [];
  }

  /** home returns what stands in this person's Home tab: {view, enabled}. */
  async home() {
    return (await sandbox(`home?${new URLSearchParams({ token: this.token })}`)) ?? { enabled: false };
  }

  /** openHome tells the app that this person opened its Home tab. */
  openHome() {
    return post("/sandbox/home", { token: this.token });
  }

  /** view sends a window in or closes it: {ok, open, errors by block}. */
  view(view_id, action, values) {
    return post("/sandbox/view", { token: this.token, view_id, action, values });
  }

  /** click presses a button; it returns when the app has acknowledged or Slack has given up. */
  click(press) {
    return post("/sandbox/click", { token: this.token, ...press });
  }
}

/** sandbox reads a part of the sandbox API; undefined if this world has no such part. */
export async function sandbox(part) {
  const response = await fetch("/sandbox/" + part, { cache: "no-store" });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`/sandbox/${part}: http ${response.status}`);
  return response.json();
}

export function flip(thing, id, on) {
  return post(`/sandbox/world/${encodeURIComponent(thing)}/${encodeURIComponent(id)}`, { on });
}

export function setFault(fault) {
  return post("/sandbox/faults", fault);
}

export function clearFault(kind) {
  return post("/sandbox/faults", { kind }, "DELETE");
}

/** post returns the answer, also {ok: false, error}; it throws only if there is none. */
async function post(path, body, method = "POST") {
  const response = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) return { ok: false, error: answer.error ?? `http ${response.status}` };
  return { ok: true, ...answer };
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
