// How the buttons that were pressed stand: {busy} while Slack waits for the app,
// {error} after it gave up, nothing once the app has acknowledged.

export class Presses {
  states = new Map();

  of(channel, ts, block, action) {
    return this.states.get(key(channel, ts, block, action));
  }

  set(channel, ts, block, action, state) {
    if (state) this.states.set(key(channel, ts, block, action), state);
    else this.states.delete(key(channel, ts, block, action));
  }

  /** failed notes an error for a waiting button of which only the action is known; it reports whether there was one. */
  failed(channel, ts, action, error) {
    let any = false;
    for (const [k, state] of this.states) {
      if (!state.busy || !k.startsWith(key(channel, ts, "")) || !k.endsWith("\n" + action)) continue;
      this.states.set(k, { error });
      any = true;
    }
    return any;
  }

  /** edited forgets the errors of a message: its buttons are new ones. */
  edited(channel, ts) {
    for (const [k, state] of this.states) if (!state.busy && k.startsWith(key(channel, ts, ""))) this.states.delete(k);
  }
}

/** A block_id may hold any character people type, but no line break. */
function key(...parts) {
  return parts.join("\n");
}
