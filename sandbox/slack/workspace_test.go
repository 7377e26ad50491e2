package slack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack/slackevents"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/slack"
)

// Changes of the workspace reach the app as events its library understands.
func TestEditsBecomeEvents(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	a := w.app()
	inner := func(edit slack.Edit) any {
		require.NoError(t, w.control.Edit(w.ctx, edit))
		e := a.next()
		a.ack(e)
		return e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data
	}
	members := inner(slack.Edit{Group: "oncall", Add: []string{"eve"}, Remove: []string{"bob"}}).(*slackevents.SubteamMembersChangedEvent)
	require.Equal(t, "S0ONCALL", members.SubteamID)
	require.Equal(t, []string{"U0EVE"}, members.AddedUsers)
	require.Equal(t, []string{"U0BOB"}, members.RemovedUsers)
	updated := a.next()
	a.ack(updated)
	require.IsType(t, &slackevents.SubteamUpdatedEvent{}, updated.Data.(slackevents.EventsAPIEvent).InnerEvent.Data)
	now, err := w.bot.GetUserGroupMembersContext(w.ctx, "S0ONCALL")
	require.NoError(t, err)
	require.Equal(t, []string{"U0CAROL", "U0EVE"}, now)

	change := inner(slack.Edit{User: "sam", Deleted: new(true), Guest: new(true)}).(*slackevents.UserChangeEvent)
	require.Equal(t, "U0SAM", change.User.ID)
	require.True(t, change.User.Deleted)
	require.True(t, change.User.IsRestricted)

	require.Equal(t, "C0RELEASES", inner(slack.Edit{Channel: "releases", Archived: new(true)}).(*slackevents.ChannelArchiveEvent).Channel)
	require.Equal(t, "C0RELEASES", inner(slack.Edit{Channel: "releases", Archived: new(false)}).(*slackevents.ChannelUnarchiveEvent).Channel)
	require.Equal(t, "U0GUS", inner(slack.Edit{Channel: "ops", Add: []string{"gus"}}).(*slackevents.MemberJoinedChannelEvent).User)
	require.Equal(t, "U0GUS", inner(slack.Edit{Channel: "ops", Remove: []string{"gus"}}).(*slackevents.MemberLeftChannelEvent).User)
	require.Equal(t, ops, inner(slack.Edit{Channel: "ops", Remove: []string{"pawl"}}).(*slackevents.ChannelLeftEvent).Channel)
	require.Equal(t, "not_in_channel", w.call(pawl, "chat.postMessage", fields{"channel": ops, "text": "x"}).code())

	require.ErrorContains(t, w.control.Edit(w.ctx, slack.Edit{Group: "nobody"}), "no_such_subteam")
	require.ErrorContains(t, w.control.Edit(w.ctx, slack.Edit{User: "nobody"}), "user_not_found")
	require.ErrorContains(t, w.control.Edit(w.ctx, slack.Edit{Channel: "ops", Add: []string{"nobody"}}), "user_not_found")
}

func TestLogHoldsCallsAndNoTokens(t *testing.T) {
	t.Parallel()
	opts := calm()
	opts.Events = []string{}
	w := open(t, opts)
	w.say(pawl, ops, "hello", "")
	w.call("xoxb-secret", "auth.test", nil)
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.url+"/api/auth.test", strings.NewReader("token="+pawl))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.do(req)
	entries, err := w.control.Log(w.ctx, 0)
	require.NoError(t, err)
	require.Len(t, entries, 3)
	require.Equal(t, "pawl", entries[0].Actor)
	require.Equal(t, map[string]string{"channel": ops, "text": "hello"}, entries[0].Args)
	require.Equal(t, "invalid_auth", entries[1].Error)
	text, err := json.Marshal(entries)
	require.NoError(t, err)
	require.NotContains(t, string(text), "xox")
	later, err := w.control.Log(w.ctx, entries[1].N)
	require.NoError(t, err)
	require.Len(t, later, 1)
}

// Everything at once: nothing is lost, nothing is double, the order is one.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	w := open(t, calm())
	l := w.dial()
	watch := w.watch("bob")
	const people, each = 4, 10
	var typing sync.WaitGroup
	for _, name := range []string{"alice", "eve", "carol", "petra"} {
		typing.Go(func() {
			for i := range each {
				_, err := w.person(name).Say(w.ctx, shopDev, fmt.Sprint(name, i), "")
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	delivered := []string{}
	for range people * each {
		f := l.next()
		l.ack(f)
		delivered = append(delivered, f.Payload.Event["text"].(string))
	}
	typing.Wait()
	streamed := []string{}
	for range people * each {
		e, err := watch.Until(kind("message"))
		require.NoError(t, err)
		streamed = append(streamed, e.Message.Text)
	}
	require.Equal(t, streamed, delivered)
	history := texts(w.must(pawl, "conversations.history", fields{"channel": shopDev}))
	for i, text := range history {
		require.Equal(t, streamed[len(streamed)-1-i], text)
	}
}

// patient is a workspace on a file that goes on trying for minutes.
func patient(path string) slack.Options {
	opts := quick(moment)
	opts.Path = path
	opts.Redelivery = slack.Redelivery{AckWithin: 100 * time.Millisecond, Waits: make([]time.Duration, 1000)}
	return opts
}

// serveEnv makes the test binary a server on a file instead of a test.
const serveEnv = "PAWL_SLACK_SANDBOX_FILE"

// TestServeForKill is no test of its own: TestKill runs it in another process.
func TestServeForKill(t *testing.T) {
	path := os.Getenv(serveEnv)
	if path == "" {
		return
	}
	opts := patient(path)
	server, err := slack.New(opts)
	require.NoError(t, err)
	listener := httptest.NewServer(server.Handler())
	fmt.Printf("listening at %s\n", listener.URL)
	select {} // until it is killed
}

// A server that is killed while it works has kept everything it answered for:
// messages, edits, reactions, members, and what was not acknowledged.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "slack odd?name.db")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeForKill$")
	command.Env = append(os.Environ(), serveEnv+"="+path)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	var url string
	_, err = fmt.Fscanf(out, "listening at %s\n", &url)
	require.NoError(t, err)

	ctx := t.Context()
	alice, control := slack.NewPerson(url, "xoxp-alice", nil), slack.NewControl(url, nil)
	parent, err := alice.Say(ctx, ops, "<@U0PAWL> toy", "")
	require.NoError(t, err)
	reply, err := alice.Say(ctx, ops, "wrong", parent)
	require.NoError(t, err)
	require.NoError(t, alice.Edit(ctx, ops, reply, "right"))
	require.NoError(t, alice.React(ctx, ops, parent, "eyes"))
	gone, err := alice.Say(ctx, ops, "gone", "")
	require.NoError(t, err)
	require.NoError(t, alice.Delete(ctx, ops, gone))
	require.NoError(t, control.Edit(ctx, slack.Edit{Group: "oncall", Add: []string{"eve"}}))
	require.NoError(t, control.Edit(ctx, slack.Edit{Channel: "releases", Archived: new(true)}))
	require.Eventually(t, func() bool {
		entries, err := control.Log(ctx, 0)
		return err == nil && slices.ContainsFunc(entries, func(e slack.Entry) bool { return e.Attempt == 2 })
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, command.Process.Kill())
	require.Error(t, command.Wait())

	opts := patient(path)
	w := open(t, opts)
	l := w.dial()
	mention := l.next()
	require.Equal(t, "<@U0PAWL> toy", mention.Payload.Event["text"])
	require.Equal(t, parent, mention.Payload.Event["ts"])
	require.GreaterOrEqual(t, *mention.RetryAttempt, 2, "it goes on counting")
	l.ack(mention)
	w.logged("ack", 1)

	thread, err := w.person("bob").Replies(w.ctx, ops, parent)
	require.NoError(t, err)
	require.Equal(t, []string{"<@U0PAWL> toy", "right"}, []string{thread[0].Text, thread[1].Text})
	require.Equal(t, []slack.Reaction{{Name: "eyes", Users: []string{"U0ALICE"}, Count: 1}}, thread[0].Reactions)
	history, err := w.person("bob").History(w.ctx, ops)
	require.NoError(t, err)
	require.Len(t, history, 1)
	require.Greater(t, w.say(pawl, ops, "new", ""), gone, "timestamps go on rising")
	require.Contains(t, w.must(pawl, "usergroups.users.list", fields{"usergroup": "S0ONCALL"})["users"], "U0EVE")
	require.Equal(t, "is_archived", w.call(pawl, "chat.postMessage", fields{"channel": "C0RELEASES", "text": "x"}).code())

	w.close()
	again := open(t, opts)
	l = again.dial()
	again.say("xoxp-alice", dm, "after", "")
	require.Equal(t, "after", l.next().Payload.Event["text"])
	require.Equal(t, "after", l.next().Payload.Event["text"], "by the time of its retry older ones were due, too")
	for _, e := range again.logged("deliver", 1) {
		require.NotEqual(t, mention.Payload.EventID, e.EventID, "what was acknowledged does not come back")
	}
}
