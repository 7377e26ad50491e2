package slackbridge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// slash types a slash command.
func (w *world) slash(who, channel, text string) {
	w.Helper()
	require.NoError(w, w.person(who).Command(w.ctx, channel, "/pawl", text))
}

// anchors are our messages in a conversation that are no replies, oldest first.
func (w *world) anchors(who, channel string) []slack.Message {
	w.Helper()
	all, err := w.person(who).History(w.ctx, channel)
	require.NoError(w, err)
	var ours []slack.Message
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].User == slack.BotUserID {
			ours = append(ours, all[i])
		}
	}
	return ours
}

func TestASlashCommandWorksUnderItsAnchor(t *testing.T) {
	t.Parallel()
	for name, channel := range map[string]string{"a channel": shopDev, "a direct message": dmAlice} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm())
			w.slash("alice", channel, "toy")
			require.Len(t, w.door.started(), 1, "acknowledged when it is started")
			c := w.door.asked()[0]
			anchor := w.anchors("alice", channel)
			require.Len(t, anchor, 1)
			require.Equal(t, "<@U0ALICE>: toy", anchor[0].Text)
			require.Equal(t, "toy", c.Name)
			require.Equal(t, "toy", c.Text)
			require.Equal(t, job.Place{
				Team: slack.TeamID, Channel: channel, Thread: anchor[0].TS, Message: anchor[0].TS, Direct: channel == dmAlice,
			}, c.Place)
			require.Equal(t, alice, c.Actor.ID)
			require.Regexp(t, `^T0ACME:`+channel+`:/\d+\.\d+\.\w+$`, string(c.Key))
			require.WithinDuration(t, time.Now(), c.Typed, 30*time.Second)
			require.NoError(t, err0(w.person("alice").Ephemerals(w.ctx, channel)), "the thread says the rest")
		})
	}
}

// err0 fails when there is any message.
func err0(all []slack.Message, err error) error {
	if err == nil && len(all) > 0 {
		return errors.New("said: " + all[0].Text)
	}
	return err
}

func TestASlashCommandInAPrivateChannel(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "secret", Private: true, Add: []string{"alice", "pawl"}}))
	state, err := w.control.State(w.ctx)
	require.NoError(t, err)
	secret := state.Channels[len(state.Channels)-1].ID
	w.slash("alice", secret, "toy")
	require.Equal(t, w.anchors("alice", secret)[0].TS, w.door.asked()[0].Place.Thread)
}

func TestASlashCommandWhereWeAreNot(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "cave", Private: true, Add: []string{"alice"}}))
	state, err := w.control.State(w.ctx)
	require.NoError(t, err)
	cave := state.Channels[len(state.Channels)-1].ID
	for i, channel := range []string{"C0GENERAL", cave} {
		w.slash("alice", channel, "toy")
		m := w.whispered("alice", channel, "I am not in this conversation, so `toy`")
		require.Contains(t, string(m.Blocks), "Follow it there")
		anchors := w.anchors("alice", dmAlice)
		require.Len(t, anchors, i+1)
		require.Equal(t, job.Place{
			Team: slack.TeamID, Channel: dmAlice, Thread: anchors[i].TS, Message: anchors[i].TS, Direct: true,
		}, w.door.asked()[i].Place, "the run speaks to the person alone")
		require.Empty(t, w.anchors("alice", channel))
	}
	w.slash("alice", "C0GENERAL", "runs")
	w.whispered("alice", "C0GENERAL", "Nothing is going on.")
}

func TestASlashCommandDeliveredTwiceHasOneAnchor(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.fault(slack.Fault{Kind: "duplicate_delivery", Times: 1})
	w.slash("alice", shopDev, "toy")
	w.eventually(func() bool { return len(w.log("ack", nil)) >= 2 }, "both are acknowledged")
	require.Len(t, w.anchors("alice", shopDev), 1)
	require.Len(t, w.door.asked(), 1)
}

func TestTwoBridgesLeaveOneAnchor(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	find := func(channel, thread string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		first := w.door.asked()[0] // it has the run
		if first.Place.Channel == channel && first.Place.Thread == thread {
			w.threads[channel+"/"+thread] = w.door.started()[first.Key]
		}
	}
	ledger := func(o *Options) {
		o.Threads = func(_ context.Context, channel, thread string) (string, bool) {
			find(channel, thread)
			return w.thread(w.ctx, channel, thread)
		}
	}
	var both sync.WaitGroup
	for _, b := range []*Bridge{w.connect(ledger), w.connect(ledger)} {
		both.Go(func() {
			b.slash(w.ctx, envelope{came: time.Now()}, slash{Team: slack.TeamID, Channel: shopDev, User: alice, Text: "toy", Trigger: "1.2.same"})
		})
	}
	both.Wait()
	w.eventually(func() bool { return len(w.anchors("alice", shopDev)) == 1 }, "the anchor without a run is taken back")
	require.Len(t, w.door.started(), 1)
	require.Equal(t, w.door.asked()[0].Place.Thread, w.anchors("alice", shopDev)[0].TS)
}

func TestAnAnchorWhosePostingGotLostIsThereOnce(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.fault(slack.Fault{Kind: "lost_answer", Method: "chat.postMessage", Times: 1})
	w.slash("alice", shopDev, "toy")
	w.eventually(func() bool { return len(w.door.started()) == 1 }, "the run is started")
	w.bridge.poster.late.Wait()
	anchors := w.anchors("alice", shopDev)
	require.Len(t, anchors, 1)
	require.Equal(t, anchors[0].TS, w.door.asked()[0].Place.Thread)
}

func TestWhatASlashCommandIsToldAlone(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		answer job.Started
		says   string
	}{
		"toy undo":        {job.Started{Verdict: job.Refused, Text: "`toy undo` is for @oncall."}, "is for @oncall"},
		"toy":             {job.Started{Verdict: job.Joined, ID: "toy-k4m7q2", Text: "Your toy is being refreshed already."}, "being refreshed already"},
		"restart blue":    {job.Started{Verdict: job.NotNow, Text: "The engine is down. Nothing was started."}, "The engine is down"},
		"runs":            {job.Started{}, "Nothing is going on."},
		"":                {job.Started{}, "What you can say"},
		"help toy":        {job.Started{}, "What you can say"},
		"tyo":             {job.Started{}, "Did you mean `toy`?"},
		"cancel":          {job.Started{}, "Which run?"},
		"toy <!channel> ": {job.Started{}, "takes no other words"},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w := connected(t, calm())
			w.door.says(func(job.Command, int) (job.Started, bool) { return c.answer, true })
			w.slash("alice", shopDev, text)
			w.whispered("alice", shopDev, c.says)
			w.eventually(func() bool { return len(w.anchors("alice", shopDev)) == 0 }, "nothing of it stays in the channel")
			require.Empty(t, w.door.started())
			require.NotEmpty(t, w.log("response", nil))
		})
	}
}

func TestARefusalPutsNothingIntoTheChannel(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) {
		o.May = func(job.Actor, string) (bool, []string) { return false, []string{"@oncall"} }
	})
	w.door.says(func(job.Command, int) (job.Started, bool) {
		return job.Started{Verdict: job.Refused, Text: "`toy` is for @oncall."}, true
	})
	w.slash("alice", shopDev, "toy")
	w.whispered("alice", shopDev, "is for @oncall")
	require.Len(t, w.door.asked(), 1, "the door keeps record of it")
	require.Zero(t, w.calls("chat.postMessage"))
	w.slash("gus", shopDev, "toy")
	w.whispered("gus", shopDev, "not from guests")
	require.Len(t, w.door.asked(), 1)
}

func TestASlashDecision(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.slash("alice", shopDev, "cancel toy-k4m7q2")
	w.whispered("alice", shopDev, "Counted: cancel.")
	require.Equal(t, "toy-k4m7q2", w.door.decided()[0].Run)
	w.door.answers(func(d job.Decision, call int) job.Answer {
		return job.Answer{Retry: call < 4, Counted: call >= 4, Text: map[bool]string{true: "Recorded."}[call >= 4]}
	})
	w.slash("alice", shopDev, "cancel toy-k4m7q2")
	w.whispered("alice", shopDev, "not confirmed yet")
	w.whispered("alice", shopDev, "Recorded.")
	d := w.door.decided()
	require.Equal(t, d[1].Key, d[len(d)-1].Key)
	require.NotEqual(t, d[0].Key, d[1].Key, "two commands are two decisions")
}

func TestDidYouMeanOfASlashCommandRunsUnderItsKey(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.slash("alice", shopDev, "tyo")
	m := w.whispered("alice", shopDev, "Did you mean `toy`?")
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, m.TS, "command:1"))
	w.whispered("alice", shopDev, "`toy` runs as")
	c := w.door.asked()
	require.Len(t, c, 1)
	o, ok := keyParts(c[0].Key)
	require.True(t, ok)
	require.True(t, o.slash)
	anchors := w.anchors("alice", shopDev)
	require.Len(t, anchors, 1)
	require.Equal(t, anchors[0].TS, c[0].Place.Thread)
	all, err := w.person("alice").Ephemerals(w.ctx, shopDev)
	require.NoError(t, err)
	require.Len(t, all, 1, "the offer itself says what became of it")
}

func TestAnUnknownSlashCommandIsToldTheTruth(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.door.says(func(_ job.Command, call int) (job.Started, bool) {
		return job.Started{Verdict: job.Unknown}, call < 4
	})
	w.slash("alice", shopDev, "toy")
	w.whispered("alice", shopDev, "not confirmed yet")
	w.whispered("alice", shopDev, "Confirmed: `toy` runs as")
	require.Len(t, w.anchors("alice", shopDev), 1)
	require.Len(t, w.door.started(), 1)
}

func TestASlashCommandThatNeverBecomesKnown(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.Timers.Insist = 200 * time.Millisecond })
	w.door.says(func(job.Command, int) (job.Started, bool) { return job.Started{Verdict: job.Unknown}, true })
	w.slash("alice", shopDev, "toy")
	m := w.whispered("alice", shopDev, "I still do not know whether `toy` was started")
	w.door.says(nil)
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, m.TS, "command:1"))
	w.whispered("alice", shopDev, "`toy` runs as")
	require.Len(t, w.door.started(), 1)
	require.Len(t, w.anchors("alice", shopDev), 1, "asking once more finds the anchor")
	c := w.door.asked()
	require.Equal(t, c[0].Key, c[len(c)-1].Key)
	require.Equal(t, c[0].Place, c[len(c)-1].Place)
}

func TestASlowStartIsAcknowledgedWithWords(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.Timers.Ack = 100 * time.Millisecond })
	hold := w.door.shut()
	w.slash("alice", shopDev, "toy")
	w.whispered("alice", shopDev, "not confirmed yet")
	close(hold)
	w.whispered("alice", shopDev, "Confirmed: `toy` runs as")
	require.Len(t, w.door.started(), 1)
}

func TestAResponseURLThatFails(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	var mu sync.Mutex
	status := http.StatusNotFound
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/response/") {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		http.Error(rw, "used_url", status)
		return true
	})
	w.slash("alice", shopDev, "runs")
	w.whispered("alice", shopDev, "Nothing is going on.")
	require.Equal(t, 1, w.calls("chat.postEphemeral"), "where the URL does not answer, a whisper does")
	require.NotContains(t, w.logs.String(), "/response/", "the address works without a token")
	w.slash("alice", "C0GENERAL", "runs")
	w.eventually(func() bool {
		all := w.anchors("alice", dmAlice)
		return len(all) == 1 && strings.Contains(all[0].Text, "Nothing is going on.")
	}, "and where not even that goes, a direct message")
	mu.Lock()
	status = http.StatusBadGateway
	mu.Unlock()
	w.slash("alice", shopDev, "runs")
	w.quiet()
	require.Equal(t, 2, w.calls("chat.postEphemeral"), "what may have been said is not said again")
}

func TestResponseURLs(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	b := w.bridge
	now := time.Now()
	for _, bad := range []string{
		"", "://", "https://evil.test/commands/1", "http://hooks.slack.com/x", "https://user@hooks.slack.com/x",
		"https://hooks.slack.com.evil.test/x", "file:///etc/passwd", strings.Replace(w.url, "http:", "https:", 1) + "/response/1",
	} {
		require.Nil(t, b.newResponse(bad, now), bad)
	}
	require.NotNil(t, b.newResponse("https://hooks.slack.com/commands/T1/2/x", now))
	r := b.newResponse(w.url+"/response/x", now)
	require.NotNil(t, r)
	for range responseUses {
		require.NotErrorIs(t, b.respond(w.ctx, r, "", "", board.Message{Sentence: "x"}, false), errNoResponse)
	}
	require.ErrorIs(t, b.respond(w.ctx, r, "", "", board.Message{Sentence: "x"}, false), errNoResponse, "five times")
	require.ErrorIs(t, b.respond(w.ctx, b.newResponse(w.url+"/response/x", now.Add(-time.Hour)), "", "", board.Message{}, false), errNoResponse)
	require.ErrorIs(t, b.respond(w.ctx, nil, "", "", board.Message{}, false), errNoResponse)
}

func TestASlashCommandWhereNothingCanBeSaid(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/api/chat.postMessage") {
			return false
		}
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"ok":false,"error":"channel_not_found"}`)
		return true
	})
	w.slash("alice", shopDev, "toy")
	m := w.whispered("alice", shopDev, "neither here nor to you, so nothing was started")
	require.Contains(t, string(m.Blocks), "Try again")
	require.Empty(t, w.door.asked())
	w.intercept(nil)
	require.NoError(t, w.person("alice").Click(w.ctx, shopDev, m.TS, "command:1"))
	w.whispered("alice", shopDev, "`toy` runs as")
}
