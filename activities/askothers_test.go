package activities_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// rooms is a chat of which some conversations are closed to us. What it cannot do is not asked of it.
type rooms struct {
	activities.Poster
	nothing
	closed map[string]bool
	sees   bool // everybody sees every conversation
	absent bool // it knows no channel of ours
	posts  []board.Post
	rows   map[string]ledger.Entry
}

func (r *rooms) Post(_ context.Context, p board.Post) (job.Posted, error) {
	if r.closed[p.Place.Channel] {
		return job.Posted{}, fmt.Errorf("posting: is_archived: %w", board.ErrNoPlace)
	}
	r.posts = append(r.posts, p)
	channel := p.Place.Channel
	if strings.HasPrefix(channel, "U") { // the direct message with that person
		channel = "D" + channel
	}
	return job.Posted{Channel: channel, TS: fmt.Sprint(len(r.posts))}, nil
}

func (r *rooms) Sees(context.Context, job.Place, []string) (bool, error) { return r.sees, nil }

func (r *rooms) Place(name string) (job.Place, error) {
	if r.absent {
		return job.Place{}, fmt.Errorf("there is no channel %s: %w", name, board.ErrNoPlace)
	}
	return job.Place{Channel: "COPS"}, nil
}

func (r *rooms) Link(_ context.Context, at job.Posted) (string, error) {
	return "https://acme.test/" + at.Channel, nil
}

func (r *rooms) Record(_ context.Context, e ledger.Entry) (bool, error) {
	r.rows[e.Kind] = e
	return true, nil
}

func (r *rooms) Usual(context.Context, string) (ledger.Usual, error) { return ledger.Usual{}, nil }

func (r *rooms) Last(context.Context, string, string, int) ([]ledger.Entry, error) { return nil, nil }

// nothing is a ledger in which nothing was ever deployed or locked.
type nothing struct{}

func (nothing) OpenRuns(context.Context) ([]ledger.Run, error) { return nil, nil }
func (nothing) ReleasesOf(context.Context, string, string, int) ([]job.Release, error) {
	return nil, nil
}
func (nothing) Lock(context.Context, string, string) (job.Lock, error) { return job.Lock{}, nil }

func (r *rooms) env(askIn string) *testsuite.TestActivityEnvironment {
	r.rows = map[string]ledger.Entry{}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(&activities.Activities{Poster: r, Ledger: r, AskIn: askIn, Now: time.Now})
	return env
}

var (
	acts        *activities.Activities
	aliceInChat = job.Actor{Kind: job.SlackUser, ID: "U0ALICE", Name: "alice", Full: "Alice"}
)

// Others are asked where they look, and never in a direct message with the person who asked for the run.
func TestWhereOthersAreAsked(t *testing.T) {
	t.Parallel()
	thread, direct := job.Place{Channel: "CDEV", Thread: "1"}, job.Place{Channel: "DBOB", Direct: true}
	for name, c := range map[string]struct {
		chat    rooms
		from    job.Place
		no      bool // no channel is named for it
		channel string
		where   string
		instead string
		follow  bool
		nowhere string
	}{
		"they see the thread":                     {chat: rooms{sees: true}, from: thread, channel: "CDEV"},
		"they do not":                             {from: thread, channel: "COPS", where: "#ops", follow: true},
		"asked for in a direct message":           {from: direct, channel: "COPS", where: "#ops"},
		"we are not in their channel":             {chat: rooms{absent: true}, from: thread, channel: "CDEV", instead: "#ops"},
		"their channel was archived just now":     {chat: rooms{closed: map[string]bool{"COPS": true}}, from: thread, channel: "CDEV", instead: "#ops"},
		"the thread they see was closed just now": {chat: rooms{sees: true, closed: map[string]bool{"CDEV": true}}, from: thread, channel: "COPS", where: "#ops", follow: true},
		"no channel is named":                     {from: thread, no: true, channel: "CDEV"},
		"a direct message, and we are not in their channel": {
			chat: rooms{absent: true}, from: direct,
			nowhere: "I cannot write in #ops, where @oncall would be asked: I am not in it, or it is archived. Invite me there, then ask again.",
		},
		"a direct message that they are said to see": {
			chat: rooms{sees: true, closed: map[string]bool{"COPS": true}}, from: direct, nowhere: "I cannot write in #ops",
		},
		"a direct message, and no channel is named": {from: direct, no: true, nowhere: "no channel is named in which @oncall could be asked."},
		"everything is closed":                      {chat: rooms{closed: map[string]bool{"COPS": true, "CDEV": true}}, from: thread, nowhere: "I cannot write in #ops"},
		"it was not asked for in the chat":          {chat: rooms{absent: true}, from: job.Place{}, nowhere: "I cannot write in #ops"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			askIn := "#ops"
			if c.no {
				askIn = ""
			}
			bob := job.Actor{Kind: job.SlackUser, ID: "UBOB", Name: "bob"}
			got, err := c.chat.env(askIn).ExecuteActivity(acts.PostAsk, activities.AskInput{
				Run: activities.RunRef{ID: "restart-aaaaaa", Actor: bob}, Number: 1, Wait: 1, By: []string{"oncall"},
				Board: job.Posted{Channel: c.from.Channel, TS: "1"}, Post: board.Post{Place: c.from, Key: "x/ask/1"},
			})
			require.Contains(t, c.chat.rows, ledger.KindWaiting(1))
			if c.nowhere != "" {
				var app *temporal.ApplicationError
				require.ErrorAs(t, err, &app)
				require.True(t, app.NonRetryable())
				require.Equal(t, activities.NoPlaceType, app.Type())
				require.Contains(t, app.Message(), c.nowhere)
				require.Empty(t, c.chat.posts, "who asked for it is not asked")
				return
			}
			require.NoError(t, err)
			var asked activities.Asked
			require.NoError(t, got.Get(&asked))
			require.Equal(t, activities.Asked{Posted: job.Posted{Channel: c.channel, TS: "1"}, Where: c.where, Instead: c.instead}, asked)
			require.Len(t, c.chat.posts, 1)
			require.Equal(t, c.follow, strings.Contains(c.chat.posts[0].Message.Hint, "Follow it there"), c.chat.posts[0].Message.Hint)
			require.NotEmpty(t, c.chat.rows[ledger.KindQuestion(1)].Kind, "words under the question are about this run, and others find it")
		})
	}
}

// A question to the person who asked for the run goes to them alone when the conversation is closed.
func TestAQuestionToWhoAskedFindsThem(t *testing.T) {
	t.Parallel()
	chat := &rooms{closed: map[string]bool{"CDEV": true}}
	got, err := chat.env("#ops").ExecuteActivity(acts.PostAsk, activities.AskInput{
		Run: activities.RunRef{ID: "toy-aaaaaa", Actor: aliceInChat}, Number: 1, Wait: 1, Post: board.Post{Place: job.Place{Channel: "CDEV", Thread: "1"}},
	})
	require.NoError(t, err)
	var asked activities.Asked
	require.NoError(t, got.Get(&asked))
	require.Equal(t, activities.Asked{Posted: job.Posted{Channel: "DU0ALICE", TS: "1"}}, asked)
}

// A board that had to go to a direct message is known as such: nobody is led there who cannot follow.
func TestABoardInADirectMessageIsKnownAsOne(t *testing.T) {
	t.Parallel()
	chat := &rooms{closed: map[string]bool{"CDEV": true}}
	got, err := chat.env("#ops").ExecuteActivity(acts.PostBoard, activities.PostBoardInput{
		Run: activities.RunRef{ID: "toy-aaaaaa", Actor: aliceInChat}, Post: board.Post{Place: job.Place{Team: "T", Channel: "CDEV", Thread: "1", Message: "1"}},
	})
	require.NoError(t, err)
	var posted activities.PostedBoard
	require.NoError(t, got.Get(&posted))
	require.Equal(t, job.Place{Team: "T", Channel: "DU0ALICE", Thread: "1", Message: "1", Direct: true}, posted.Place)
}
