// How a message is after something happened to it. Messages are never changed in
// place: a new object is how the lists notice.

/** isReply: a message of a thread that is not its parent. */
export function isReply(message) {
  return Boolean(message.thread_ts) && message.thread_ts !== message.ts;
}

/** edited takes over an edit. An event may leave out what did not change: replies and reactions stay. */
export function edited(old, message) {
  const kept = {};
  for (const name of ["reply_count", "reply_users", "latest_reply", "thread_ts", "reactions"]) {
    if (old?.[name] !== undefined) kept[name] = old[name];
  }
  return { ...kept, ...message };
}

/** reacted adds or takes back one person's reaction. */
export function reacted(message, name, user, on) {
  const reactions = (message.reactions ?? []).map((r) => (r.name === name ? { ...r, users: r.users.filter((u) => u !== user) } : r));
  const same = reactions.find((r) => r.name === name);
  if (on && same) same.users.push(user);
  else if (on) reactions.push({ name, users: [user] });
  return { ...message, reactions: reactions.filter((r) => r.users.length) };
}

/** counted adds a reply to its parent, or with -1 takes it away, so that "2 replies" stays right. */
export function counted(parent, reply, by) {
  if (by > 0 && (parent.latest_reply ?? "") >= reply.ts) return parent; // counted by the server already
  const users = parent.reply_users ?? [];
  const user = reply.user ?? reply.bot_id;
  return {
    ...parent,
    thread_ts: parent.ts,
    reply_count: Math.max(0, (parent.reply_count ?? 0) + by),
    latest_reply: by > 0 ? reply.ts : parent.latest_reply,
    reply_users: by < 0 || users.includes(user) ? users : [...users, user],
  };
}

/** tombstone is what is left of a deleted message that holds a thread. */
export function tombstone({ ts, thread_ts, reply_count, reply_users, latest_reply }) {
  return { ts, thread_ts, reply_count, reply_users, latest_reply, subtype: "tombstone", text: "This message was deleted." };
}
