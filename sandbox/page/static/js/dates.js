// Times as people read them, in the reader's own zone.

const lang = undefined; // the browser's

const clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockSeconds = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const full = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const long = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });

/** dateOf reads the time of a message's ts. */
export function dateOf(ts) {
  return new Date(Number(ts) * 1000);
}

export function clockOf(date) {
  return clock.format(date);
}

export function fullDate(date) {
  return `${full.format(date)} at ${clockSeconds.format(date)}`;
}

/** dayKey is the same for two moments of one day in the reader's zone. */
export function dayKey(date) {
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** dayName is the label between two days of a conversation. */
export function dayName(date, now = new Date()) {
  return pretty(date, now) ?? weekday.format(date);
}

function pretty(date, now) {
  for (const [offset, name] of [[0, "Today"], [-1, "Yesterday"], [1, "Tomorrow"]]) {
    const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
    if (dayKey(day) === dayKey(date)) return name;
  }
  return undefined;
}

/**
 * slackDate fills in Slack's date format, such as "{date_short_pretty} at
 * {time}" (docs.slack.dev/messaging/formatting-message-text, "Date
 * formatting"). undefined if the format has no known placeholder or the time
 * is none: then the fallback is shown, as Slack does.
 */
export function slackDate(ts, format, now = new Date()) {
  const date = new Date(ts * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const fill = {
    date_num: () => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    date_slash: () => `${date.getMonth() + 1}/${date.getDate()}/${date.getFullYear()}`,
    date: () => long.format(date),
    date_short: () => short.format(date),
    date_long: () => full.format(date),
    date_pretty: () => middle(pretty(date, now)) ?? long.format(date),
    date_short_pretty: () => middle(pretty(date, now)) ?? short.format(date),
    date_long_pretty: () => middle(pretty(date, now)) ?? full.format(date),
    time: () => clock.format(date),
    time_secs: () => clockSeconds.format(date),
    ago: () => ago(now - date),
  };
  let known = false;
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name, at) => {
    if (!Object.hasOwn(fill, name)) return whole;
    known = true;
    const value = fill[name]();
    return at === 0 ? value.charAt(0).toUpperCase() + value.slice(1) : value;
  });
  return known ? text : undefined;
}

/** middle makes "Today" fit into the middle of a sentence. */
function middle(name) {
  return name?.toLowerCase();
}

function two(n) {
  return String(n).padStart(2, "0");
}

function ago(ms) {
  const d = duration(Math.abs(ms));
  return ms < 0 ? `in ${d}` : `${d} ago`;
}

/** duration says a span as Pawl does: "3 s", "2 min", "1 h 5 min", "3 days". */
export function duration(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const hours = Math.floor(min / 60);
  if (hours < 24) return min % 60 ? `${hours} h ${min % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day" : `${days} days`;
}
