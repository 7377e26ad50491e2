package slackbridge

import (
	"testing"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/sandbox/slack"
	"github.com/stretchr/testify/require"
)

// saidByRun is what a run says.
func saidByRun(place job.Place, key string) board.Post {
	return board.Post{
		Place: place, Key: "toy-k4m7q2/" + key, Since: time.Now(), Priority: board.Ask,
		Message: board.Message{Sentence: key + ".", ID: "toy-k4m7q2", Buttons: []board.Button{denyButton()}},
	}
}

func TestARunWhoseThreadIsGoneHasANewHome(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	place := job.Place{Team: slack.TeamID, Channel: shopDev, Thread: root}
	first, err := p.Post(w.ctx, saidByRun(place, "board"))
	require.NoError(t, err)
	require.NoError(t, w.person("alice").Delete(w.ctx, shopDev, root))

	home, err := p.Post(w.ctx, saidByRun(place, "ask/1"))
	require.NoError(t, err, "a question is put where it is seen")
	result, err := p.Post(w.ctx, saidByRun(place, "result"))
	require.NoError(t, err)
	require.NoError(t, p.File(w.ctx, place, "restore.log", "Log", []byte("x")))
	inThread := w.answers("alice", shopDev, home.TS)
	require.Len(t, inThread, 3, "the rest hangs under it")
	require.Equal(t, result.TS, inThread[1].TS)

	// Another process, which knows nothing of that, finds everything again.
	for _, known := range []*Poster{p, w.poster()} {
		for key, at := range map[string]job.Posted{"ask/1": home, "result": result} {
			again := saidByRun(place, key)
			again.Again, again.Since = true, again.Since.Add(-time.Minute)
			found, err := known.Post(w.ctx, again)
			require.NoError(t, err)
			require.Equal(t, at, found, key)
		}
	}
	fresh := w.poster()
	again := saidByRun(place, "result")
	again.Again, again.Since = true, again.Since.Add(-time.Minute)
	_, err = fresh.Post(w.ctx, again)
	require.NoError(t, err)
	_, err = fresh.Post(w.ctx, saidByRun(place, "outcome"))
	require.NoError(t, err)
	require.Len(t, w.answers("alice", shopDev, home.TS), 4, "what it says next hangs there, too")
	require.NotEqual(t, first, home)

	other := saidByRun(place, "board")
	other.Key, other.Message.ID = "toy-zzzzzz/board", "toy-zzzzzz"
	_, err = p.Post(w.ctx, other)
	require.NoError(t, err)
	require.Len(t, w.answers("alice", shopDev, home.TS), 4, "another run's home is not ours")
}

func TestTheLadderOfQuestions(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "ops", Remove: []string{"pawl"}}))
	_, err := p.Post(w.ctx, saidByRun(job.Place{Channel: "C0OPS"}, "ask/2"))
	require.ErrorIs(t, err, board.ErrNoPlace, "we were removed: the caller goes to the person")
	again := saidByRun(job.Place{Channel: "C0OPS"}, "ask/2")
	again.Again = true
	_, err = p.Post(w.ctx, again)
	require.ErrorIs(t, err, board.ErrNoPlace, "also when an earlier attempt may have got through")
	direct, err := p.Post(w.ctx, saidByRun(job.Place{Channel: alice, Direct: true}, "ask/2"))
	require.NoError(t, err)
	require.Equal(t, dmAlice, direct.Channel)
	again.Place = job.Place{Channel: alice, Direct: true}
	found, err := p.Post(w.ctx, again)
	require.NoError(t, err)
	require.Equal(t, direct, found, "said once")
	yes := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{User: "alice", Deleted: &yes}))
	_, err = p.Post(w.ctx, saidByRun(job.Place{Channel: alice, Direct: true}, "ask/3"))
	require.ErrorIs(t, err, board.ErrNoPlace, "whoever left is told nothing")
}
