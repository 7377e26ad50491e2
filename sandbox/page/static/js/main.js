// Starts the page: finds out who is who, becomes somebody, and joins the parts.

import { App } from "./app.js";
import { API, sandbox } from "./api.js";
import { Directory } from "./directory.js";
import { put } from "./dom.js";
import { themeToggle } from "./theme.js";

const AGAIN = 1000; // ms between questions to a world that does not answer yet

async function load() {
  const banner = document.getElementById("link-lost");
  for (;;) {
    try {
      const state = await sandbox("state");
      const anybody = new API(state.people[0].token);
      const groups = await anybody.call("usergroups.list").then((a) => a.usergroups).catch(() => []);
      banner.hidden = true;
      return { state, directory: new Directory(state, groups) };
    } catch {
      put(banner, "The world does not answer yet. Trying again…");
      banner.hidden = false;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
}

themeToggle(document.getElementById("theme-toggle"));
const { state, directory } = await load();
put(document.getElementById("team"), state.team.name);
document.title = `Pawl at ${state.team.name}`;
new App(directory, state.faults ?? []).start();
