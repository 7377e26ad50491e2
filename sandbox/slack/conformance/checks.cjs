// Slack's own clients against the sandbox. Every check prints "ok <name>" when it
// holds; the first that does not ends the program with its reason. The Go test
// beside this file starts it and knows which names have to appear.
"use strict";

const assert = require("node:assert/strict");
const { EventEmitter, once } = require("node:events");
const { App, LogLevel } = require("@slack/bolt");
const { WebClient, retryPolicies } = require("@slack/web-api");

const base = process.env.SANDBOX_URL;
const slackApiUrl = base + "/api/";
const bot = "xoxb-sandbox-pawl";
const DM = "D0ALICE";
const OPS = "C0OPS";

// What the app heard, by name. A check waits for the next one.
const heard = new EventEmitter();

async function sandbox(path, body, method = "POST") {
  const init = body === undefined ? {} : { method, body: JSON.stringify(body) };
  return (await fetch(base + "/sandbox/" + path, init)).json();
}

async function say(channel, text, thread_ts = "", token = "xoxp-alice") {
  const said = await sandbox("say", { token, channel, text, thread_ts });
  assert.equal(said.ok, true, JSON.stringify(said));
  return said.ts;
}

function newApp() {
  const app = new App({ token: bot, appToken: "xapp-sandbox-pawl", socketMode: true, logLevel: LogLevel.ERROR, clientOptions: { slackApiUrl } });
  app.error(async (e) => heard.emit("trouble", e));
  app.message(async ({ message, say, context }) => {
    if (message.text === "hello") await say({ text: "hello yourself", thread_ts: message.ts });
    heard.emit("message", message, context);
  });
  app.event("app_mention", async ({ event }) => heard.emit("mention", event));
  app.action("yes", async ({ ack, body, action, respond, client }) => {
    await ack();
    const view = { type: "modal", title: { type: "plain_text", text: "Why?" }, blocks: [{ type: "divider" }] };
    const opened = await client.views.open({ trigger_id: body.trigger_id, view });
    await respond({ text: "counted", replace_original: false });
    heard.emit("action", body, action, opened);
  });
  app.command("/pawl", async ({ ack, command }) => {
    await ack({ text: "you said " + command.text });
    heard.emit("command", command);
  });
  return app;
}

const yes = [{ type: "actions", block_id: "b", elements: [
  { type: "button", action_id: "yes", value: "run-1", text: { type: "plain_text", text: "Restart blue" } }] }];

const withBolt = {
  async "a direct message is answered in its thread"(app) {
    const arrived = once(heard, "message");
    const ts = await say(DM, "hello");
    const [message] = await arrived;
    assert.equal(message.channel_type, "im");
    const { messages } = await app.client.conversations.replies({ channel: DM, ts });
    assert.deepEqual(messages.map((m) => m.text), ["hello", "hello yourself"]);
    assert.equal(messages[1].thread_ts, ts);
  },

  async "an app does not hear itself"(app) {
    await app.client.chat.postMessage({ channel: DM, text: "talking to myself" });
    const arrived = once(heard, "message");
    await say(DM, "after that");
    const [message] = await arrived;
    assert.equal(message.text, "after that");
  },

  async "a mention in a channel is an app_mention"() {
    const arrived = once(heard, "mention");
    const ts = await say(OPS, "<@U0PAWL> status");
    const [event] = await arrived;
    assert.equal(event.ts, ts);
    assert.equal(event.text, "<@U0PAWL> status");
  },

  async "a button is pressed, a view opens, the response URL answers"(app) {
    const { ts } = await app.client.chat.postMessage({ channel: OPS, text: "Go on?", blocks: yes });
    const arrived = once(heard, "action");
    const click = await sandbox("click", { token: "xoxp-bob", channel: OPS, ts, block_id: "b", action_id: "yes" });
    assert.deepEqual(click, { ok: true });
    const [body, action, opened] = await arrived;
    assert.equal(body.user.id, "U0BOB");
    assert.equal(body.container.message_ts, ts);
    assert.equal(action.value, "run-1");
    assert.equal(opened.view.type, "modal");
    const seen = await sandbox("ephemerals?token=xoxp-bob&channel=" + OPS);
    assert.equal(seen.messages.at(-1).text, "counted");
  },

  async "an ephemeral message reaches one person"(app) {
    await app.client.chat.postEphemeral({ channel: OPS, user: "U0CAROL", text: "only you" });
    const texts = async (who) => (await sandbox(`ephemerals?token=xoxp-${who}&channel=${OPS}`)).messages.map((m) => m.text);
    assert.deepEqual(await texts("carol"), ["only you"]);
    assert.ok(!(await texts("alice")).includes("only you"));
  },

  async "a reply is edited and deleted"(app) {
    const parent = await say(OPS, "toy");
    const { ts } = await app.client.chat.postMessage({ channel: OPS, thread_ts: parent, text: "step 1", blocks: yes });
    const edited = await app.client.chat.update({ channel: OPS, ts, text: "done" });
    assert.equal(edited.message.blocks, undefined);
    await app.client.chat.delete({ channel: OPS, ts });
    const { messages } = await app.client.conversations.replies({ channel: OPS, ts: parent });
    assert.deepEqual(messages.map((m) => m.text), ["toy"]);
  },

  async "an event whose acknowledgement was lost comes again"() {
    await sandbox("faults", { kind: "lost_ack", times: 1 });
    const first = once(heard, "message");
    await say(DM, "again");
    const [, context] = await first;
    assert.equal(context.retryNum ?? 0, 0);
    const [message, retried] = await once(heard, "message");
    assert.equal(message.text, "again");
    assert.equal(retried.retryNum, 1);
    assert.equal(retried.retryReason, "timeout");
  },

  async "a slash command is answered in its acknowledgement"() {
    const arrived = once(heard, "command");
    const used = await sandbox("command", { token: "xoxp-alice", channel: DM, command: "/pawl", text: "toy" });
    assert.deepEqual(used, { ok: true });
    const [command] = await arrived;
    assert.equal(command.user_id, "U0ALICE");
    const seen = await sandbox("ephemerals?token=xoxp-alice&channel=" + DM);
    assert.equal(seen.messages.at(-1).text, "you said toy");
  },

  async "the app comes back after a refresh"() {
    const client = receiverClient;
    const back = once(client, "connected");
    await sandbox("faults", { kind: "refresh_socket", times: 1, ms: 50 });
    await back;
    const arrived = once(heard, "message");
    await say(DM, "still there?");
    assert.equal((await arrived)[0].text, "still there?");
  },
};

const withWebAPI = {
  async "auth.test knows the bot and its scopes"() {
    const answer = await new WebClient(bot, { slackApiUrl }).auth.test();
    assert.equal(answer.user_id, "U0PAWL");
    assert.ok(answer.response_metadata.scopes.includes("chat:write"));
  },

  async "pages are followed to the end"() {
    const client = new WebClient(bot, { slackApiUrl });
    const said = [];
    for (let i = 0; i < 7; i++) {
      await say("C0RELEASES", String(i));
      said.unshift(String(i));
    }
    const seen = [];
    for await (const page of client.paginate("conversations.history", { channel: "C0RELEASES", limit: 3 })) {
      seen.push(...page.messages.map((m) => m.text));
    }
    assert.deepEqual(seen, said);
    const names = [];
    for await (const page of client.paginate("users.list", { limit: 4 })) names.push(...page.members.map((m) => m.name));
    assert.equal(new Set(names).size, 11);
  },

  async "refusals carry Slack's code and its remarks"() {
    const client = new WebClient(bot, { slackApiUrl });
    await assert.rejects(client.chat.postMessage({ channel: "C0NOWHERE", text: "x" }), (e) => {
      assert.equal(e.code, "slack_webapi_platform_error");
      assert.equal(e.data.error, "channel_not_found");
      return true;
    });
    const blocks = [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }];
    await assert.rejects(client.chat.postMessage({ channel: OPS, text: "x", blocks }), (e) => {
      assert.equal(e.data.error, "invalid_blocks");
      assert.deepEqual(e.data.response_metadata.messages, ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"]);
      return true;
    });
    await assert.rejects(new WebClient("xoxb-nobody", { slackApiUrl }).auth.test(), (e) => e.data.error === "invalid_auth");
  },

  async "a rate limit is waited out"() {
    const client = new WebClient(bot, { slackApiUrl, logLevel: "error" });
    const limited = once(client, "rate_limited");
    await sandbox("faults", { kind: "429", method: "chat.postMessage", times: 1, ms: 1000 });
    const began = Date.now();
    const { ok } = await client.chat.postMessage({ channel: "C0SALESDATA", text: "patient" });
    assert.equal(ok, true);
    assert.ok(Date.now() - began >= 1000);
    assert.equal((await limited)[0], 1);
  },

  async "metadata comes to whoever asks for it"() {
    const client = new WebClient(bot, { slackApiUrl });
    const metadata = { event_type: "board", event_payload: { key: "k" } };
    await client.chat.postMessage({ channel: "C0SALESDATA", text: "board", metadata });
    const asked = await client.conversations.history({ channel: "C0SALESDATA", limit: 1, include_all_metadata: true });
    assert.deepEqual(asked.messages[0].metadata, metadata);
    const not = await client.conversations.history({ channel: "C0SALESDATA", limit: 1 });
    assert.deepEqual(not.messages[0].metadata, { event_type: "board" });
  },

  async "an error of the server is tried again"() {
    const client = new WebClient(bot, { slackApiUrl, logLevel: "error", retryConfig: { ...retryPolicies.rapidRetryPolicy, retries: 2 } });
    await sandbox("faults", { kind: "500", method: "auth.test", times: 1 });
    assert.equal((await client.auth.test()).ok, true);
  },
};

let receiverClient; // Bolt's socket mode client, to see it connect

async function main() {
  const app = newApp();
  heard.on("trouble", (e) => fail("the app", e));
  receiverClient = app.receiver.client;
  await app.start();
  for (const checks of [withBolt, withWebAPI]) {
    for (const [name, check] of Object.entries(checks)) {
      await check(app).catch((e) => fail(name, e));
      console.log("ok " + name);
    }
  }
  await app.stop();
}

function fail(name, error) {
  console.error(`${name}: ${error.stack ?? error}`);
  process.exit(1);
}

main().catch((e) => fail("main", e));
