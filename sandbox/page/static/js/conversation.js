// The middle of the page: one channel or direct message.

import { Composer } from "./composer.js";
import { h, morph, put } from "./dom.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { MessageList } from "./list.js";
import { avatar } from "./message.js";
import { pawlNotice } from "./pawl.js";

export class Conversation {
  constructor(root) {
    this.root = root;
    this.head = h("header.pane-head");
    this.older = h("button.older", { type: "button", hidden: true, onclick: () => this.#older() }, "Show earlier messages");
    this.start = h("div.start");
    this.scroller = h("div.scroller", { tabindex: -1 }, this.older, this.start);
    this.list = new MessageList(this.scroller, "Messages");
    this.newer = h("button.newer", { type: "button", hidden: true, onclick: () => this.list.toEnd() }, "New messages below");
    this.notice = h("div.notice-slot");
    this.composer = new Composer("composer-main", (text) => this.session.say(this.channel, text));
    this.scroller.addEventListener("at-end", () => (this.newer.hidden = true));
    this.tabs = h("nav.pane-tabs", { "aria-label": "Of the app", hidden: true });
    this.frame = h("div.scroll-frame", null, this.scroller, this.newer);
    this.home = new Home();
    root.append(this.head, this.tabs, this.frame, this.home.root, this.notice, this.composer.element);
  }

  /** open shows a conversation of a session, or in that with the app its Home tab. */
  open(session, channel, home = false) {
    const changed = session !== this.session || channel !== this.channel;
    this.session = session;
    this.channel = channel;
    if (changed) {
      this.list.end = true;
      this.newer.hidden = true;
    }
    const atHome = home && this.#withApp();
    this.home.open(session, atHome);
    this.frame.hidden = this.composer.element.hidden = atHome;
    this.update();
  }

  #withApp() {
    const { directory } = this.session;
    const info = directory.channel(this.channel);
    return Boolean(info?.is_im && info.members.includes(directory.bot.user_id));
  }

  /** update shows what changed since. */
  update() {
    const { session, channel } = this;
    if (!session || !channel) return;
    const { directory, me } = session;
    const info = directory.channel(channel);
    const log = session.conversation(channel);
    const title = directory.title(info, me);
    this.root.setAttribute("aria-label", title);
    morph(this.head, this.#head(info, title));
    morph(this.tabs, this.#tabs());
    const messages = merge(log.sorted(), session.whispersIn(channel, ""));
    this.older.hidden = !log.cursor;
    this.#start(info, title, log, messages);
    this.list.show(messages, { directory, session, channel, days: true });
    const bot = directory.botName();
    const withBot = info.members.includes(directory.bot.user_id);
    this.composer.use(`${me.id} ${channel}`, directory, `Message ${info.is_im ? title : "#" + title}`,
      info.is_im ? "" : withBot ? `Here ${bot} listens when it is named: @${bot} help, or /pawl help`
        : `${bot} is not in here. It takes commands all the same: /pawl help`);
  }

  /** arrived tells that something new stands below. */
  arrived() {
    if (!this.list.end) this.newer.hidden = false;
  }

  /** world shows how Pawl is. */
  world(pawl, now) {
    this.pawl = pawl;
    morph(this.notice, h("div.notice-slot", null, pawlNotice(pawl, now)));
  }

  #head(info, title) {
    const author = info.is_im ? this.session.directory.author({ user: info.members.find((id) => id !== this.session.me.id) }) : null;
    return h("header.pane-head", null,
      h("a.icon-button.to-list", { href: "#list", "aria-label": "All conversations" }, icon("back")),
      author ? avatar(author, ".small") : h("span.room", null, icon(info.is_private ? "lock" : "hash")),
      h("h1", null, title),
      h("p.topic", null, info.topic || (author?.pawl ? "runs long jobs and does not lose them" : "")));
  }

  #tabs() {
    const at = !this.home.root.hidden;
    const tab = (text, href, here) => h("a.pane-tab", { href, "aria-current": here ? "page" : undefined }, text);
    return h("nav.pane-tabs", { "aria-label": "Of the app", hidden: !this.#withApp() },
      tab("Messages", "#" + this.channel, !at), tab("Home", `#${this.channel}/home`, at));
  }

  #start(info, title, log, messages) {
    let words = "";
    if (log.ready && !log.cursor && !messages.length) {
      words = info.is_im ? `This is the beginning of your conversation with ${title}. Say help.` : `This is the very beginning of #${title}.`;
    }
    if (this.start.textContent !== words) put(this.start, words);
    this.start.hidden = words === "";
  }

  async #older() {
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.older.disabled = true;
    try {
      await this.session.older(this.channel);
      this.scroller.scrollTop = this.scroller.scrollHeight - below;
    } finally {
      this.older.disabled = false;
    }
  }
}

/** merge puts what only one person sees in its place among the messages. */
export function merge(messages, whispers) {
  if (!whispers.length) return messages;
  return [...messages, ...whispers].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}
