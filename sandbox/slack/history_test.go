package slack_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	var said []string
	for i := range 7 {
		said = append(said, fmt.Sprint(i))
		w.say("xoxp-alice", shopDev, fmt.Sprint(i), "")
	}
	slices.Reverse(said)
	var seen []string
	form := fields{"channel": shopDev, "limit": "3"}
	for pages := 1; ; pages++ {
		got := w.call(pawl, "conversations.history", form)
		seen = append(seen, texts(got.Body)...)
		if got.cursor() == "" {
			require.Equal(t, false, got.Body["has_more"])
			require.Equal(t, 3, pages)
			break
		}
		require.Equal(t, true, got.Body["has_more"])
		form["cursor"] = got.cursor()
		w.say("xoxp-alice", shopDev, "in between", "") // must not shift the pages
	}
	require.Equal(t, said, seen)

	for name, c := range map[string]struct {
		form fields
		code string
	}{
		"cursor of another list": {fields{"channel": shopDev, "cursor": "dXNlcjpVMA=="}, "invalid_cursor"},
		"cursor that is none":    {fields{"channel": shopDev, "cursor": "%%"}, "invalid_cursor"},
		"oldest":                 {fields{"channel": shopDev, "oldest": "monday"}, "invalid_ts_oldest"},
		"latest":                 {fields{"channel": shopDev, "latest": "-1"}, "invalid_ts_latest"},
		"limit":                  {fields{"channel": shopDev, "limit": "many"}, "invalid_arguments"},
		"channel":                {fields{"channel": "C0NOWHERE"}, "channel_not_found"},
		"not a member":           {fields{"channel": "C0GENERAL"}, "not_in_channel"},
		"somebody's dm":          {fields{"channel": "D0NOBODY"}, "channel_not_found"},
	} {
		require.Equal(t, c.code, w.call(pawl, "conversations.history", c.form).code(), name)
	}
	require.Equal(t, "", w.call("xoxp-bob", "conversations.history", fields{"channel": "C0SALESDATA"}).code(), "people read public channels")
	require.Equal(t, "channel_not_found", w.call("xoxp-gus", "conversations.history", fields{"channel": "C0SALESDATA"}).code(), "guests do not")
	require.Equal(t, "channel_not_found", w.call("xoxp-bob", "conversations.history", fields{"channel": dm}).code())
}

func TestHistorySpan(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	a, b, c := w.say(pawl, shopDev, "a", ""), w.say(pawl, shopDev, "b", ""), w.say(pawl, shopDev, "c", "")
	ask := func(form fields) []string {
		form["channel"] = shopDev
		return texts(w.must(pawl, "conversations.history", form))
	}
	require.Equal(t, []string{"b"}, ask(fields{"oldest": a, "latest": c}))
	require.Equal(t, []string{"c", "b", "a"}, ask(fields{"oldest": a, "latest": c, "inclusive": "true"}))
	require.Equal(t, []string{"b"}, ask(fields{"latest": b, "inclusive": "1", "limit": "1"}))
	require.Equal(t, []string{"c", "b", "a"}, ask(fields{"latest": "now"}))

	parent := w.say("xoxp-alice", shopDev, "parent", "")
	first := w.say(pawl, shopDev, "first", parent)
	w.say(pawl, shopDev, "second", parent)
	thread := func(form fields) []string {
		form["channel"], form["ts"] = shopDev, parent
		return texts(w.must(pawl, "conversations.replies", form))
	}
	require.Equal(t, []string{"parent", "first", "second"}, thread(fields{}))
	require.Equal(t, []string{"parent", "second"}, thread(fields{"oldest": first}), "the parent leads every first page")
	require.Equal(t, []string{"parent"}, thread(fields{"limit": "1"}))
}

func TestMetadataIsShownToWhoeverAsks(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	w.must(pawl, "chat.postMessage", fields{"channel": shopDev, "text": "x", "metadata": `{"event_type":"board","event_payload":{"key":"k"}}`})
	read := func(form fields) any {
		form["channel"] = shopDev
		list := w.must("xoxb-otherbot", "conversations.history", form)["messages"].([]any)
		return list[0].(map[string]any)["metadata"]
	}
	require.Equal(t, map[string]any{"event_type": "board"}, read(fields{}))
	require.Equal(t, map[string]any{"event_type": "board", "event_payload": map[string]any{"key": "k"}},
		read(fields{"include_all_metadata": "true"}))
}

func TestConversations(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	list := func(token string, form fields) ([]string, string) {
		got := w.call(token, "conversations.list", form)
		require.Equal(t, "", got.code())
		names := []string{}
		for _, ch := range got.Body["channels"].([]any) {
			names = append(names, ch.(map[string]any)["id"].(string))
		}
		return names, got.cursor()
	}
	public, _ := list(pawl, nil)
	require.Equal(t, []string{"C0GENERAL", "C0SHOPDEV", "C0OPS", "C0OPSALERTS", "C0RELEASES", "C0SALESDATA", "C0SHAREDPARTNER"}, public)
	ims, _ := list("xoxp-alice", fields{"types": "im"})
	require.Equal(t, []string{dm}, ims)
	partner, _ := list("xoxp-max", nil)
	require.Equal(t, []string{"C0SHAREDPARTNER"}, partner)

	require.NoError(t, w.server.Edit(slack.Edit{Channel: "general", Archived: new(true)}))
	page, next := list(pawl, fields{"limit": "1", "exclude_archived": "true"})
	require.Empty(t, page, "filters come after paging")
	page, _ = list(pawl, fields{"limit": "1", "exclude_archived": "true", "cursor": next})
	require.Equal(t, []string{"C0SHOPDEV"}, page)
	require.Equal(t, "invalid_types", w.call(pawl, "conversations.list", fields{"types": "all"}).code())
	require.Equal(t, "invalid_limit", w.call(pawl, "conversations.list", fields{"limit": "x"}).code())

	info := func(id string) map[string]any {
		return w.must(pawl, "conversations.info", fields{"channel": id, "include_num_members": "true"})["channel"].(map[string]any)
	}
	require.Equal(t, true, info("C0SHAREDPARTNER")["is_ext_shared"])
	require.Equal(t, false, info("C0GENERAL")["is_member"])
	require.EqualValues(t, 6, info(ops)["num_members"])
	require.Equal(t, "U0ALICE", info(dm)["user"])
	require.Contains(t, w.must(pawl, "conversations.members", fields{"channel": ops})["members"], "U0CAROL")
}

func TestConversationsOpenAndJoin(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	opened := w.must(pawl, "conversations.open", fields{"users": "U0ALICE"})
	require.Equal(t, dm, opened["channel"].(map[string]any)["id"])
	require.Equal(t, true, opened["already_open"])
	require.NoError(t, w.server.Edit(slack.Edit{User: "sam", Deleted: new(true)}))
	for users, code := range map[string]string{
		"": "users_list_not_supplied", "U0NOBODY": "user_not_found", "U0SAM": "user_disabled", "U0PAWL": "not_enough_users",
		"U0OTHERBOT": "cannot_dm_bot", "U0MAX": "user_not_visible", "U0ALICE,U0BOB": "method_not_supported_for_channel_type",
	} {
		require.Equal(t, code, w.call(pawl, "conversations.open", fields{"users": users}).code(), users)
	}
	fresh := w.must("xoxp-alice", "conversations.open", fields{"users": "U0BOB"})["channel"].(map[string]any)["id"].(string)
	again := w.must("xoxp-bob", "conversations.open", fields{"users": "U0ALICE"})["channel"].(map[string]any)["id"]
	require.Equal(t, fresh, again)
	w.say("xoxp-bob", fresh, "psst", "")
	require.Equal(t, "channel_not_found", w.call(pawl, "conversations.history", fields{"channel": fresh}).code())

	require.Equal(t, "not_in_channel", w.call("xoxp-petra", "chat.postMessage", fields{"channel": ops, "text": "x"}).code())
	w.must("xoxp-petra", "conversations.join", fields{"channel": ops})
	w.say("xoxp-petra", ops, "hello", "")
	require.Equal(t, "already_in_channel", w.call("xoxp-petra", "conversations.join", fields{"channel": ops}).Body["warning"])
	require.Equal(t, "method_not_supported_for_channel_type", w.call("xoxp-petra", "conversations.join", fields{"channel": "D0PETRA"}).code())
}

func TestUsersAndGroups(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	var names []string
	form := fields{"limit": "4"}
	for {
		got := w.call(pawl, "users.list", form)
		for _, m := range got.Body["members"].([]any) {
			names = append(names, m.(map[string]any)["name"].(string))
		}
		if form["cursor"] = got.cursor(); form["cursor"] == "" {
			break
		}
	}
	require.Equal(t, []string{"alice", "eve", "bob", "carol", "petra", "sam", "jana", "gus", "max", "pawl", "otherbot"}, names)

	user := func(id string) map[string]any {
		return w.must(pawl, "users.info", fields{"user": id})["user"].(map[string]any)
	}
	require.Equal(t, true, user("U0GUS")["is_restricted"])
	require.Equal(t, "T0PARTNER", user("U0MAX")["team_id"])
	require.Equal(t, false, user("U0MAX")["is_stranger"], "a partner who shares a channel is no stranger to Slack")
	require.Equal(t, true, user("U0PAWL")["is_bot"])
	require.Equal(t, "alice@acme.test", user("U0ALICE")["profile"].(map[string]any)["email"])
	require.Equal(t, "user_not_found", w.call(pawl, "users.info", fields{"user": "U0NOBODY"}).code())

	found := w.must(pawl, "users.lookupByEmail", fields{"email": "Jana@acme.test"})["user"].(map[string]any)
	require.Equal(t, "U0JANA", found["id"])
	require.Equal(t, "users_not_found", w.call(pawl, "users.lookupByEmail", fields{"email": "max@partner.test"}).code())

	groups := w.must(pawl, "usergroups.list", fields{"include_users": "true"})["usergroups"].([]any)
	require.Len(t, groups, 4)
	require.Equal(t, []any{"U0BOB", "U0CAROL"}, w.must(pawl, "usergroups.users.list", fields{"usergroup": "S0ONCALL"})["users"])
	require.Equal(t, "no_such_subteam", w.call(pawl, "usergroups.users.list", fields{"usergroup": "S0"}).code())
	require.Equal(t, "U0PAWL", w.must(pawl, "bots.info", fields{"bot": "B0PAWL"})["bot"].(map[string]any)["user_id"])
	require.Equal(t, "bot_not_found", w.call(pawl, "bots.info", fields{"bot": "B0"}).code())
}

func TestReactions(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	ts := w.say("xoxp-alice", shopDev, "toy", "")
	with := func(name string) fields { return fields{"channel": shopDev, "timestamp": ts, "name": name} }
	w.must(pawl, "reactions.add", with("eyes"))
	w.must("xoxp-bob", "reactions.add", with(":eyes:"))
	require.Equal(t, "already_reacted", w.call(pawl, "reactions.add", with("eyes")).code())
	require.Equal(t, "invalid_name", w.call(pawl, "reactions.add", with("no_such_emoji")).code())
	require.Equal(t, "no_reaction", w.call(pawl, "reactions.remove", with("x")).code())
	require.Equal(t, "no_item_specified", w.call(pawl, "reactions.add", fields{"name": "x"}).code())
	require.Equal(t, "bad_timestamp", w.call(pawl, "reactions.add", fields{"name": "x", "channel": shopDev, "timestamp": "x"}).code())
	require.Equal(t, "message_not_found", w.call(pawl, "reactions.add", fields{"name": "x", "channel": shopDev, "timestamp": "1.1"}).code())
	require.Equal(t, "channel_not_found", w.call(pawl, "reactions.add", fields{"name": "x", "channel": "C0GENERAL", "timestamp": ts}).code())

	reactions := func() any {
		return w.must(pawl, "reactions.get", with(""))["message"].(map[string]any)["reactions"]
	}
	require.Equal(t, []any{map[string]any{"name": "eyes", "users": []any{"U0PAWL", "U0BOB"}, "count": 2.0}}, reactions())
	w.must(pawl, "reactions.remove", with("eyes"))
	w.must("xoxp-bob", "reactions.remove", with("eyes"))
	require.Nil(t, reactions())
}
