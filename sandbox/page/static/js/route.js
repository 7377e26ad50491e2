// What the address says: who you are (?as=bob) and what is open: #C123 is a
// conversation, #C123/1700000000.000100 a thread of it, #D123/home the Home tab of
// the app in the conversation with it, #list the list of conversations on a phone.

/** read returns {list, channel, thread, home} of the address. */
export function read() {
  const [channel = "", thread = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (channel === "list") return { list: true, channel: "", thread: "" };
  return { list: false, channel, thread: /^\d+\.\d+$/.test(thread) ? thread : "", home: thread === "home" };
}

export function hashOf(channel, thread) {
  return "#" + channel + (thread ? "/" + thread : "");
}

/** as is the name in the address, or "". */
export function as() {
  return new URLSearchParams(location.search).get("as") ?? "";
}

/** setAs puts a name into the address without leaving the page. */
export function setAs(name) {
  const params = new URLSearchParams(location.search);
  params.set("as", name);
  history.replaceState(null, "", `${location.pathname}?${params}${location.hash}`);
}

/**
 * permalink reads an address as Slack builds them for messages,
 * /archives/C123/p1700000000000100?thread_ts=1700000000.000000, of this server
 * or of a workspace at slack.com. undefined for every other address.
 */
export function permalink(href) {
  const url = URL.canParse(href, location.href) ? new URL(href, location.href) : undefined;
  const m = url && /^\/archives\/([A-Z0-9]+)\/p(\d{10,})(\d{6})$/.exec(url.pathname);
  if (!m || !(url.origin === location.origin || url.hostname.endsWith(".slack.com"))) return undefined;
  const ts = `${m[2]}.${m[3]}`;
  return { channel: m[1], ts, thread: url.searchParams.get("thread_ts") || ts };
}
