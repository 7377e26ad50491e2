// Who is who: people, channels and groups of the workspace by id, and the names
// the page shows for them.

const ROLES = [
  ["guest", (p) => p.guest, "guest"],
  ["partner", (p) => p.stranger, "another company"],
  ["oncall", (p) => p.groups.includes("oncall"), "on call"],
  ["engineering", (p) => p.groups.includes("engineering"), "engineer"],
  ["product", (p) => p.groups.includes("product"), "product"],
  ["sales", (p) => p.groups.includes("sales-team"), "sales"],
];

export class Directory {
  /** Takes the answer of /sandbox/state and the list of user groups. */
  constructor(state, groups) {
    this.team = state.team;
    this.bot = state.bot;
    this.people = state.people.filter((p) => !p.deleted).map((p) => ({ ...p, groups: p.groups ?? [] }));
    this.channels = state.channels.filter((c) => !c.archived).map((c) => ({ ...c, members: c.members ?? [] }));
    this.groups = groups;
    this.byId = new Map(this.people.map((p) => [p.id, p]));
    this.channelById = new Map(this.channels.map((c) => [c.id, c]));
    this.groupById = new Map(groups.map((g) => [g.id, g]));
  }

  person(id) {
    return this.byId.get(id);
  }

  /** named finds a person by the word in the address bar: ?as=bob. */
  named(name) {
    return this.people.find((p) => p.name === name);
  }

  channel(id) {
    return this.channelById.get(id);
  }

  /** display is the name on a message and in the list. */
  display(person) {
    return person.real_name?.split(" ")[0] || capital(person.name);
  }

  botName() {
    return capital(this.bot.name);
  }

  isBot(id) {
    return id === this.bot.user_id || id === this.bot.bot_id;
  }

  /** userName is what stands behind @ in a mention. */
  userName(id) {
    if (this.isBot(id)) return this.botName();
    const p = this.person(id);
    return p && this.display(p);
  }

  groupName(id) {
    const g = this.groupById.get(id);
    return g && "@" + g.handle;
  }

  /** role is one of the keys of ROLES, or "other". */
  role(person) {
    return ROLES.find(([, is]) => is(person))?.[0] ?? "other";
  }

  /** roleName says what somebody is: "on call"; the title if they are nothing else. */
  roleName(person) {
    return ROLES.find(([, is]) => is(person))?.[2] ?? person.title ?? "";
  }

  /** author returns {name, id, bot, color, app} of a message. */
  author(message) {
    if (this.isBot(message.user) || this.isBot(message.bot_id)) {
      return { id: this.bot.user_id, name: this.botName(), pawl: true, app: true };
    }
    const p = this.person(message.user);
    if (p && !message.bot_id) return { id: p.id, name: this.display(p), color: p.color };
    const name = message.username || message.bot_profile?.name || message.user || "somebody";
    return { id: message.user || message.bot_id || name, name, app: Boolean(message.bot_id) };
  }

  /** seenBy lists the conversations of a person: direct messages first come Pawl's. */
  seenBy(person) {
    const mine = this.channels.filter((c) => c.members.includes(person.id));
    const ims = mine.filter((c) => c.is_im);
    ims.sort((a, b) => this.otherIsBot(b) - this.otherIsBot(a));
    return { ims, rooms: mine.filter((c) => !c.is_im) };
  }

  otherIsBot(channel) {
    return Number(channel.members.includes(this.bot.user_id));
  }

  /** title is a conversation's name as one person sees it. */
  title(channel, me) {
    if (!channel.is_im) return channel.name;
    const other = channel.members.find((id) => id !== me.id) ?? me.id;
    return this.userName(other) ?? "direct message";
  }
}

function capital(s) {
  return s.charAt(0).toUpperCase() + s.slice(1);
}
