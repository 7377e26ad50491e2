package slackbridge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// poster is a Poster of the workspace's bot.
func (w *world) poster(tune ...func(*PosterOptions)) *Poster {
	w.Helper()
	o := PosterOptions{
		APIURL: w.url + "/api/", BotToken: job.NewSecret(botToken), Timeout: 20 * time.Second,
		EditGap: time.Millisecond, LateSweep: 50 * time.Millisecond, Log: zerolog.New(w.logs),
	}
	for _, f := range tune {
		f(&o)
	}
	p := NewPoster(o)
	w.Cleanup(p.Close)
	return p
}

func aBoard(text string) board.Message {
	return board.Message{Sentence: text + ".", Head: text, ID: "toy-k4m7q2", Lines: []string{"a line"}}
}

func boardPost(channel, thread string) board.Post {
	return board.Post{
		Place: job.Place{Team: slack.TeamID, Channel: channel, Thread: thread}, Key: "toy-k4m7q2/board",
		Since: time.Now(), Priority: board.First, Message: aBoard("Refreshing your toy database"),
	}
}

func TestAPostCanBeFoundAgain(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	for _, channel := range []string{dmAlice, shopDev} {
		root := w.say("alice", channel, "toy", "")
		for _, thread := range []string{root, ""} {
			post := boardPost(channel, thread)
			first, err := p.Post(w.ctx, post)
			require.NoError(t, err)
			post.Again = true
			again, err := p.Post(w.ctx, post)
			require.NoError(t, err)
			require.Equal(t, first, again, "the second attempt finds the first")
			other := post
			other.Key = "toy-k4m7q2/result"
			result, err := p.Post(w.ctx, other)
			require.NoError(t, err)
			require.NotEqual(t, first, result)
		}
		require.Len(t, w.answers("alice", channel, root), 2)
	}
}

func TestAForeignMessageWithOurKeyIsNotOurs(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	post := boardPost(shopDev, root)
	form := url.Values{
		"token": {"xoxb-otherbot"}, "channel": {shopDev}, "thread_ts": {root}, "text": {"I am the board"},
		"metadata": {`{"event_type":"pawl","event_payload":{"key":"toy-k4m7q2/board"}}`},
	}
	answer, err := w.client.PostForm(w.url+"/api/chat.postMessage", form)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Contains(t, string(body), `"ok":true`)
	post.Again = true
	posted, err := p.Post(w.ctx, post)
	require.NoError(t, err)
	require.Equal(t, w.answers("alice", shopDev, root)[0].TS, posted.TS)
}

func TestLostAnswersLeaveOneMessage(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]slack.Fault{
		"the answer is lost":           {Kind: "lost_answer", Method: "chat.postMessage", Times: 1},
		"an error without effect":      {Kind: "500", Method: "chat.postMessage", Times: 1},
		"the effect comes much later":  {Kind: "slow", Method: "chat.postMessage", Times: 1, Millis: 800},
		"the effect comes just after":  {Kind: "slow", Method: "chat.postMessage", Times: 1, Millis: 520},
		"the search is answered badly": {Kind: "500", Method: "conversations.replies", Times: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := openWorld(t, calm())
			p := w.poster(func(o *PosterOptions) { o.Timeout, o.LateSweep = 500*time.Millisecond, 4*time.Second })
			root := w.say("alice", shopDev, "toy", "")
			w.fault(f)
			post := boardPost(shopDev, root)
			post.Again = strings.Contains(name, "search")
			var posted job.Posted
			w.eventually(func() (ok bool) {
				var err error
				posted, err = p.Post(w.ctx, post)
				post.Again = true
				return err == nil
			}, "the message is posted")
			p.late.Wait()
			all := w.answers("alice", shopDev, root)
			require.Len(t, all, 1)
			require.Equal(t, job.Posted{Channel: shopDev, TS: all[0].TS}, posted)
		})
	}
}

func TestDuplicatesAreSweptAndTheOldestStays(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	post := boardPost(shopDev, root)
	first, err := p.Post(w.ctx, post)
	require.NoError(t, err)
	for range 2 {
		_, err = p.Post(w.ctx, post) // the attempt of a frozen process
		require.NoError(t, err)
	}
	post.Again = true
	kept, err := p.Post(w.ctx, post)
	require.NoError(t, err)
	require.Equal(t, first, kept)
	require.Len(t, w.answers("alice", shopDev, root), 1)
}

func TestTheLadder(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()

	root := w.say("alice", shopDev, "toy", "")
	require.NoError(t, w.person("alice").Delete(w.ctx, shopDev, root))
	posted, err := p.Post(w.ctx, boardPost(shopDev, root))
	require.NoError(t, err, "without its parent a reply stands in the conversation")
	again := boardPost(shopDev, root)
	again.Again = true
	found, err := p.Post(w.ctx, again)
	require.NoError(t, err)
	require.Equal(t, posted, found, "and is found there")

	_, err = p.Post(w.ctx, boardPost("C0GENERAL", ""))
	require.ErrorIs(t, err, board.ErrNoPlace, "we are no member")
	_, err = p.Post(w.ctx, boardPost("C0NOWHERE", ""))
	require.ErrorIs(t, err, board.ErrNoPlace)
	archived := true
	require.NoError(t, w.control.Edit(w.ctx, slack.Edit{Channel: "ops", Archived: &archived}))
	_, err = p.Post(w.ctx, boardPost("C0OPS", ""))
	require.ErrorIs(t, err, board.ErrNoPlace)

	direct, err := p.Post(w.ctx, boardPost(alice, ""))
	require.NoError(t, err, "a person's id is the direct message with them")
	require.Equal(t, dmAlice, direct.Channel)
}

func TestEditing(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	at, err := p.Post(w.ctx, boardPost(shopDev, root))
	require.NoError(t, err)
	edit := func(text string, pr board.Priority) error {
		return p.Edit(w.ctx, at, pr, func() board.Message { return aBoard(text) })
	}
	require.NoError(t, edit("step 2 of 5", board.Change))
	require.Equal(t, "step 2 of 5.", w.answers("alice", shopDev, root)[0].Text)
	before := w.calls("chat.update")
	require.NoError(t, edit("step 2 of 5", board.Tail))
	require.Equal(t, before, w.calls("chat.update"), "what is shown already is not sent again")
	require.NoError(t, edit("step 2 of 5", board.Final))
	require.Equal(t, before+1, w.calls("chat.update"), "except the last word")

	w.fault(slack.Fault{Kind: "lost_answer", Method: "chat.update", Times: 1})
	var unclear *board.AmbiguousError
	require.ErrorAs(t, edit("step 3 of 5", board.Change), &unclear)
	require.NoError(t, edit("step 3 of 5", board.Change), "after an ambiguous answer the same is sent again")

	found := boardPost(shopDev, root)
	found.Again = true
	same, err := p.Post(w.ctx, found)
	require.NoError(t, err)
	require.Equal(t, at, same, "an edit keeps the key")

	require.NoError(t, p.Delete(w.ctx, at))
	require.NoError(t, p.Delete(w.ctx, at), "deleting what is gone is fine")
	require.ErrorIs(t, edit("step 4 of 5", board.Change), board.ErrGone)
	require.ErrorIs(t, p.Edit(w.ctx, job.Posted{Channel: "C0NOWHERE", TS: at.TS}, board.Final,
		func() board.Message { return aBoard("x") }), board.ErrGone)
}

func TestAFinalEditOvertakesWhatWaits(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	at, err := p.Post(w.ctx, boardPost(dmAlice, ""))
	require.NoError(t, err)
	b := p.boards.at(at)
	early := b.begin(board.Tail) // asked for, and still waiting for its budget
	require.NoError(t, p.Edit(w.ctx, at, board.Final, func() board.Message { return aBoard("Your toy database is fresh") }))
	require.NoError(t, p.update(w.ctx, b, early, at, board.Tail, "", func() board.Message {
		t.Error("a tail of long ago was rendered")
		return aBoard("a tail of long ago")
	}))
	require.Equal(t, 1, w.calls("chat.update"))
	require.NoError(t, p.Edit(w.ctx, at, board.Change, func() board.Message { return aBoard("It goes on after all") }))
	require.Equal(t, 2, w.calls("chat.update"), "what is asked for afterwards is shown")
}

func TestEditsAreThreeSecondsApart(t *testing.T) {
	t.Parallel()
	require.Equal(t, 3*time.Second, PosterOptions{}.withDefaults().EditGap)
	w := openWorld(t, calm())
	gap := 150 * time.Millisecond
	p := w.poster(func(o *PosterOptions) { o.EditGap = gap })
	at, err := p.Post(w.ctx, boardPost(dmAlice, ""))
	require.NoError(t, err)
	var made []time.Time // an edit is made when it may go out; on its way one may be slower than the next
	for i := range 4 {
		require.NoError(t, p.Edit(w.ctx, at, board.Tail, func() board.Message {
			made = append(made, time.Now())
			return aBoard(fmt.Sprint("tail ", i))
		}))
	}
	require.Equal(t, 4, w.calls("chat.update"))
	require.Len(t, made, 4)
	for i := 1; i < len(made); i++ {
		require.GreaterOrEqual(t, made[i].Sub(made[i-1]), gap)
	}
}

func TestInAStormTheLastWordGoesFirst(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	var boards []job.Posted
	for range 6 {
		at, err := p.Post(w.ctx, boardPost(dmAlice, ""))
		require.NoError(t, err)
		boards = append(boards, at)
	}
	w.fault(slack.Fault{Kind: "429", Method: "chat.update", Times: 1, Millis: 5000}) // meanwhile all of them come to wait
	var all sync.WaitGroup
	edit := func(i int, pr board.Priority, text string) {
		all.Go(func() {
			if err := p.Edit(w.ctx, boards[i], pr, func() board.Message { return aBoard(text) }); err != nil {
				t.Error(err)
			}
		})
	}
	edit(0, board.Tail, "hit")
	w.eventually(func() bool { return w.calls("chat.update") == 1 }, "Slack said too fast")
	q := p.budget.queue("chat.update", "")
	waiting := func(n int) func() bool {
		return func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.waiting) == n }
	}
	w.eventually(waiting(1), "the first waits")
	for i, pr := range []board.Priority{board.Tail, board.Change, board.First, board.Ask, board.Final} {
		edit(i+1, pr, fmt.Sprint("priority ", pr))
		w.eventually(waiting(i+2), "another one waits")
	}
	all.Wait()
	var order []string
	for _, c := range w.log("call", func(e slack.Entry) bool { return e.Method == "chat.update" && e.Status == 200 }) {
		order = append(order, c.Args["text"])
	}
	require.Equal(t, []string{"priority 0.", "priority 1.", "priority 2.", "priority 3."}, order[:4])
	require.Len(t, order, 6)
}

func TestARateLimitLongerThanTheCallerWaits(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	w.fault(slack.Fault{Kind: "429", Method: "chat.postMessage", Times: 1, Millis: 60_000})
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	_, err := p.Post(ctx, boardPost(dmAlice, ""))
	var limited *board.ThrottledError
	require.ErrorAs(t, err, &limited)
	require.Greater(t, limited.After, 40*time.Second)
	require.NoError(t, ctx.Err(), "nobody sleeps for nothing")
	_, err = p.Post(ctx, boardPost(shopDev, ""))
	require.NoError(t, err, "another channel is not held up")
}

func TestRefusedBlocksArePlainFromThenOn(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	refused := 0
	w.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return false
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, err := url.ParseQuery(string(body))
		if err != nil || !strings.HasPrefix(r.URL.Path, "/api/chat.") || form.Get("blocks") == "" {
			return false
		}
		refused++
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] unsupported type"]}}`)
		return true
	})
	p := w.poster()
	post := boardPost(dmAlice, "")
	post.Message.Hint = "Or type `cancel`."
	at, err := p.Post(w.ctx, post)
	require.NoError(t, err)
	require.Equal(t, 1, refused)
	require.NoError(t, p.Edit(w.ctx, at, board.Change, func() board.Message { m := aBoard("step 2"); m.Hint = "Or type `cancel`."; return m }))
	require.Equal(t, 1, refused, "it sticks for this message")
	all, err := w.person("alice").History(w.ctx, dmAlice)
	require.NoError(t, err)
	require.Equal(t, "*step 2*   `toy-k4m7q2`\na line\nOr type `cancel`.", all[0].Text)
}

func TestAsides(t *testing.T) {
	t.Parallel()
	w := openWorld(t, calm())
	p := w.poster()
	root := w.say("alice", shopDev, "toy", "")
	at := job.Place{Channel: shopDev, Thread: root, Message: root}
	require.NoError(t, p.React(w.ctx, at, "white_check_mark"))
	require.NoError(t, p.React(w.ctx, at, "white_check_mark"), "twice is fine")
	require.NoError(t, p.React(w.ctx, job.Place{Channel: shopDev}, "x"), "nothing to react to")

	link, err := p.Link(w.ctx, job.Posted{Channel: shopDev, TS: root})
	require.NoError(t, err)
	require.Contains(t, link, shopDev)
	again, err := p.Link(w.ctx, job.Posted{Channel: shopDev, TS: root})
	require.NoError(t, err)
	require.Equal(t, link, again)
	require.Equal(t, 1, w.calls("chat.getPermalink"))
	_, err = p.Link(w.ctx, job.Posted{Channel: shopDev, TS: "1700000000.000001"})
	require.ErrorIs(t, err, board.ErrGone)

	_, err = p.Post(w.ctx, boardPost(shopDev, root))
	require.NoError(t, err, "whispers show in threads that live")
	who := job.Actor{Kind: job.SlackUser, ID: alice, Name: "alice"}
	require.NoError(t, p.Whisper(w.ctx, at, who, board.Message{Sentence: "Connect with psql.", Lines: []string{"Connect with `psql`."}}))
	w.whispered("alice", shopDev, "Connect with psql.")
	who.ID = "U0SAM"
	require.ErrorIs(t, p.Whisper(w.ctx, at, who, aBoard("x")), board.ErrNoPlace, "not in that channel")
	require.ErrorIs(t, p.Whisper(w.ctx, at, job.Actor{Kind: job.APIKey, ID: "ci"}, aBoard("x")), board.ErrNoPlace)
}
