// The list of conversations, with what is unread in them.

import { h, morph } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./message.js";

/** drawSide mends the list of conversations of a session. pawl is the thing of the world, if known. */
export function drawSide(nav, session, open, pawl) {
  const { directory, me, marks } = session;
  const { ims, rooms } = directory.seenBy(me);
  const entry = (channel, face) => {
    const { unread, pushes } = marks.of(channel.id);
    const here = channel.id === open;
    const classes = ["entry", here && "open", (unread || pushes) && "unread"].filter(Boolean);
    const title = directory.title(channel, me);
    return h("a." + classes.join("."), { href: "#" + channel.id, "data-key": channel.id, "aria-current": here ? "page" : undefined },
      face, h("span.entry-name", null, title),
      pushes ? h("span.count", { title: "would have notified you" }, pushes, h("span.unseen", null, " would have notified you")) : null,
      unread && !pushes ? h("span.unseen", null, "unread") : null);
  };
  morph(nav, h("nav.side", { id: nav.id, "aria-label": nav.getAttribute("aria-label") },
    h("h2", null, "Direct messages"),
    ims.map((c) => entry(c, face(c, session, pawl))),
    h("h2", null, "Channels"),
    rooms.map((c) => entry(c, icon(c.is_private ? "lock" : "hash", 16))),
    h("p.side-foot", null, "A pretend workspace on your own machine. Nobody else reads it.")));
}

function face(channel, { directory, me }, pawl) {
  const other = channel.members.find((id) => id !== me.id) ?? me.id;
  const author = directory.author({ user: other });
  const state = author.pawl && pawl ? h("span.presence", { "data-state": pawl.state }) : null;
  return h("span.face", null, avatar(author, ".tiny"), state);
}
