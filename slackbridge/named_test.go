package slackbridge

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func question(channel string) board.Post {
	return board.Post{
		Place: job.Place{Channel: channel}, Key: "restart-3x9q7d/ask/1", Since: time.Now(), Priority: board.Ask,
		Message: board.Message{Sentence: "Bob asks.", Lines: []string{board.MentionGroup("oncall") + ", " + board.MentionGroup("jana") + " or " + board.MentionGroup("ghosts") + ": may I?"}},
	}
}

func TestNamesOfPawlYamlNotify(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.People["ghosts"] = Who{Group: "@ghosts"} })
	watch, err := w.person("carol").Watch(w.ctx)
	require.NoError(t, err)
	defer watch.Close()
	at, err := w.bridge.Poster().Post(w.ctx, question("C0OPS"))
	require.NoError(t, err)
	pushed, err := watch.Until(func(e slack.Event) bool { return e.Type == "push" })
	require.NoError(t, err)
	require.Equal(t, "mention", pushed.Reason)
	all, err := w.person("carol").History(w.ctx, "C0OPS")
	require.NoError(t, err)
	require.Contains(t, string(all[0].Blocks), `\u003c!subteam^S0ONCALL\u003e, \u003c@U0JANA\u003e or @ghosts: may I?`)
	require.NoError(t, w.bridge.Poster().Edit(w.ctx, at, board.Ask, func() board.Message {
		return board.Message{Sentence: "Asked.", Lines: []string{"Asked " + board.MentionGroup("oncall")}}
	}))
	all, err = w.person("carol").History(w.ctx, "C0OPS")
	require.NoError(t, err)
	require.Contains(t, string(all[0].Blocks), `S0ONCALL`)
	require.Equal(t, 1, strings.Count(w.logs.String(), "nobody in slack stands behind this name"))
}

func TestAQuestionWaitsUntilItCanNotify(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	read := make(chan struct{})
	w.intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/users.list") {
			<-read
		}
		return false
	})
	b := w.start()
	_, err := b.Poster().Post(w.ctx, question("C0OPS"))
	require.ErrorIs(t, err, errNoDirectory, "better late than unheard")
	_, err = b.Poster().Sees(w.ctx, job.Place{Channel: "C0OPS"}, []string{"oncall"})
	require.ErrorIs(t, err, errNoDirectory)
	close(read)
	w.eventually(func() bool { _, err := b.Poster().Post(w.ctx, question("C0OPS")); return err == nil }, "the question is put")
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	w := connected(t, calm(), func(o *Options) { o.People["bob"] = Who{Emails: []string{"bob@acme.test"}} })
	p := w.bridge.Poster()
	sees := func(channel string, groups ...string) bool {
		t.Helper()
		ok, err := p.Sees(w.ctx, job.Place{Channel: channel}, groups)
		require.NoError(t, err)
		return ok
	}
	require.True(t, sees("C0OPS", "oncall"))
	require.True(t, sees("C0OPS", "oncall", "jana"))
	require.False(t, sees("C0SHAREDPARTNER", "oncall"), "carol is not in there")
	require.True(t, sees("C0SHAREDPARTNER", "bob"))
	require.True(t, sees("D0BOB", "bob"))
	require.True(t, sees(bob, "bob"), "the id of a person is the direct message with them")
	require.False(t, sees("D0BOB", "oncall"), "a direct message is seen by its person alone")
	require.False(t, sees(bob, "oncall"))
	require.False(t, sees("C0GENERAL", "oncall"), "all of them are in there, but we are not")
	require.False(t, sees("C0NOWHERE", "oncall"))
	require.False(t, sees("C0OPS", "nobody"))
	before := w.calls("conversations.members")
	require.True(t, sees("C0OPS", "oncall"))
	require.Equal(t, before, w.calls("conversations.members"), "believed for a minute")

	gone := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "carol", Deleted: &gone}))
	w.eventually(func() bool { return sees("C0SHAREDPARTNER", "oncall") }, "who left need not see it")
}

func TestWhoSeesWhatInALargeChannel(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	var mu sync.Mutex
	pages := 0
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/api/conversations.members") {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		pages++
		rw.Header().Set("Content-Type", "application/json")
		body := map[int]string{
			1: `{"ok":true,"members":["U0PAWL","U0BOB"],"response_metadata":{"next_cursor":"more"}}`,
			2: `{"ok":true,"members":["U0CAROL"],"response_metadata":{"next_cursor":""}}`,
		}[pages]
		_, _ = rw.Write([]byte(body))
		return true
	})
	ok, err := w.bridge.Poster().Sees(w.ctx, job.Place{Channel: "C0OPS"}, []string{"oncall"})
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, 2, pages)
}

func TestChannelsOfPawlYamlAreFound(t *testing.T) {
	t.Parallel()
	w := connected(t, calm())
	p := w.bridge.Poster()
	for _, name := range []string{"#ops", "ops", " #Ops "} {
		at, err := p.Place(name)
		require.NoError(t, err)
		require.Equal(t, job.Place{Team: slack.TeamID, Channel: "C0OPS"}, at)
	}
	require.Equal(t, 1, w.calls("users.conversations"))
	_, err := p.Place("#general")
	require.ErrorIs(t, err, board.ErrNoPlace)
	require.ErrorContains(t, err, "there is no channel #general that I am in: make it, or invite me there with /invite")
	at, err := p.Place("C0OPSALERTS")
	require.NoError(t, err)
	require.Equal(t, "C0OPSALERTS", at.Channel, "pinned by its id")

	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "general", Add: []string{"pawl"}}))
	p.places.mu.Lock()
	p.places.read = time.Now().Add(-placesRetry)
	p.places.mu.Unlock()
	at, err = p.Place("#general")
	require.NoError(t, err, "whoever was invited is there")
	require.Equal(t, "C0GENERAL", at.Channel)
	p.places.mu.Lock()
	p.places.read = time.Now().Add(-time.Hour)
	p.places.mu.Unlock()
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/api/users.conversations") {
			http.Error(rw, "down", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	at, err = p.Place("#ops")
	require.NoError(t, err, "what is known is better than nothing")
	require.Equal(t, "C0OPS", at.Channel)
	_, err = p.Place("#unheard-of")
	require.Error(t, err)
	require.NotErrorIs(t, err, board.ErrNoPlace, "Slack being away says nothing about the channel")
}

func TestADirectoryWithoutABridge(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	d := NewDirectory(p, People{"oncall": {Group: "@oncall"}, "jana": {Emails: []string{"jana@acme.test"}}}, t.TempDir(), quick(), zerolog.New(w.logs))
	ctx, cancel := context.WithCancel(w.ctx)
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	defer func() { cancel(); running.Wait() }()
	w.eventually(func() bool { return d.Ready() == nil }, "the directory is read")
	_, err := p.Post(w.ctx, question("C0OPS"))
	require.NoError(t, err)
	all, err := w.person("carol").History(w.ctx, "C0OPS")
	require.NoError(t, err)
	require.Contains(t, string(all[0].Blocks), "S0ONCALL")
	ok, err := p.Sees(w.ctx, job.Place{Channel: "C0OPS"}, []string{"oncall"})
	require.NoError(t, err)
	require.True(t, ok)
}
