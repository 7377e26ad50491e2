package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
	"golang.org/x/time/rate"
)

// The smoke test asks Slack what only Slack can tell. With SLACK_SMOKE=1 it speaks to a real workspace:
//
//	SLACK_SMOKE=1 SLACK_BOT_TOKEN=xoxb-... SLACK_APP_TOKEN=xapp-... SLACK_SMOKE_CHANNEL='#pawl-smoke' \
//	  go test ./slackbridge -run TestSmoke -v -count=1 -timeout 30m
//
// It posts about thirty messages into that channel and takes them away again. Without SLACK_SMOKE it speaks to the sandbox,
// so that it is known to work when somebody needs it. What is measured is written as lines that begin with "smoke:".
type smoke struct {
	*testing.T
	ctx      context.Context
	live     bool
	api      *slack.Client
	poster   *Poster
	at       job.Place
	say      func(text string)                                     // has a person type something to Pawl in the channel; live: asks for it
	sockets  func(deliver func(socket int, e envelope)) []*session // opens two, and waits until both were greeted
	pace     *rate.Limiter                                         // a message a second and channel: https://docs.slack.dev/apis/web-api/rate-limits
	patience time.Duration                                         // how long a redelivery is waited for
}

func newSmoke(t *testing.T) *smoke {
	t.Helper()
	s := &smoke{T: t, live: os.Getenv("SLACK_SMOKE") == "1", patience: 30 * time.Second, pace: rate.NewLimiter(rate.Inf, 1)}
	url, bot, app, channel := "", job.NewSecret(os.Getenv("SLACK_BOT_TOKEN")), job.NewSecret(os.Getenv("SLACK_APP_TOKEN")), os.Getenv("SLACK_SMOKE_CHANNEL")
	if s.live {
		require.False(t, bot.Empty() || app.Empty() || channel == "", "SLACK_SMOKE=1 needs SLACK_BOT_TOKEN, SLACK_APP_TOKEN and SLACK_SMOKE_CHANNEL, a channel that Pawl is in")
		s.patience = 6 * time.Minute // the third redelivery comes after five
		s.pace = rate.NewLimiter(rate.Every(1200*time.Millisecond), 1)
		s.ctx = t.Context()
	} else {
		w := openWorld(t, hasty(moment))
		url, bot, app, channel, s.ctx = w.url+"/api/", job.NewSecret(botToken), job.NewSecret(appToken), "#shop-dev", w.ctx
		s.say = func(text string) { w.say("alice", shopDev, text, "") }
	}
	s.poster = NewPoster(PosterOptions{APIURL: url, BotToken: bot})
	t.Cleanup(s.poster.Close)
	var client interface{ CloseIdleConnections() }
	s.api, client = newAPI(url, bot, app, 20*time.Second)
	t.Cleanup(client.CloseIdleConnections)
	place, err := s.poster.Place(channel)
	require.NoError(t, err)
	s.at = place
	s.sockets = s.openSockets
	return s
}

// told writes what was found out.
func (s *smoke) told(format string, args ...any) { s.Logf("smoke: "+format, args...) }

// post says something and takes it away at the end.
func (s *smoke) post(at job.Place, text string, more ...slack.MsgOption) (string, error) {
	options := append([]slack.MsgOption{slack.MsgOptionText(text, false)}, more...)
	if at.Thread != "" {
		options = append(options, slack.MsgOptionTS(at.Thread))
	}
	if err := s.pace.Wait(s.ctx); err != nil {
		return "", err
	}
	channel, ts, err := s.api.PostMessageContext(s.ctx, at.Channel, options...)
	if err == nil {
		s.takeAway(job.Posted{Channel: channel, TS: ts})
	}
	return ts, err
}

func (s *smoke) takeAway(at job.Posted) {
	s.Cleanup(func() { _ = s.poster.Delete(context.WithoutCancel(s.ctx), at) })
}

// code is Slack's word for what it refused; "taken" when it did not.
func code(err error) string {
	var refused slack.SlackErrorResponse
	switch {
	case err == nil:
		return "taken"
	case errors.As(err, &refused):
		return refused.Err
	default:
		return err.Error()
	}
}

// What Pawl stands on: its messages are found again by their metadata, edited, answered, shared and removed.
func TestSmokeTheWayOut(t *testing.T) {
	t.Parallel()
	s := newSmoke(t)
	m := board.Message{Sentence: "Pawl's smoke test.", Head: "Pawl's smoke test", ID: "smoke-k4m7q2", Lines: []string{"It takes away what it says."}}
	post := board.Post{Place: s.at, Key: fmt.Sprintf("smoke-k4m7q2/board/%d", time.Now().UnixNano()), Since: time.Now(), Priority: board.Ask, Message: m}
	posted, err := s.poster.Post(s.ctx, post)
	require.NoError(t, err)
	s.takeAway(posted)

	began := time.Now()
	require.Eventually(t, func() bool {
		found, err := s.poster.find(s.ctx, post)
		return err == nil && len(found) == 1 && found[0] == posted
	}, time.Minute, 20*time.Millisecond, "a message is not found again by its metadata: after a lost answer it would be posted twice")
	s.told("a message is in the history, with its metadata, after %s", time.Since(began).Round(time.Millisecond))

	post.Again = true
	again, err := s.poster.Post(s.ctx, post)
	require.NoError(t, err)
	require.Equal(t, posted, again, "posting again with the same key is the same message")

	thread := s.at
	thread.Thread, thread.Message = posted.TS, posted.TS
	answer, err := s.poster.Post(s.ctx, board.Post{Place: thread, Key: post.Key + "/answer", Since: began, Priority: board.Ask, Message: m})
	require.NoError(t, err)
	s.takeAway(answer)
	for i := range 3 {
		m.Lines = []string{fmt.Sprintf("Edited %d times.", i+1)}
		require.NoError(t, s.poster.Edit(s.ctx, posted, board.Final, func() board.Message { return m }))
	}
	require.NoError(t, s.poster.React(s.ctx, thread, "eyes"))
	require.NoError(t, s.poster.React(s.ctx, thread, "eyes"), "a second time is fine")
	link, err := s.poster.Link(s.ctx, posted)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(link, "http"), link)
	began = time.Now()
	require.NoError(t, s.poster.File(s.ctx, thread, "smoke.log", "smoke.log", []byte(strings.Repeat("a line of a log\n", 200))))
	s.told("a file is shared after %s", time.Since(began).Round(time.Millisecond))
	require.NoError(t, s.poster.Delete(s.ctx, answer))
	require.ErrorIs(t, s.poster.Edit(s.ctx, answer, board.Final, func() board.Message { return m }), board.ErrGone)
}

// What is published nowhere: it is measured, and what Pawl itself sends must be taken.
func TestSmokeTheLimits(t *testing.T) {
	t.Parallel()
	s := newSmoke(t)
	section := func(text string) slack.Block {
		return slack.NewSectionBlock(slack.NewTextBlockObject(slack.PlainTextType, text, false, false), nil, nil)
	}
	_, err := s.post(s.at, "characters of two units", slack.MsgOptionBlocks(section(strings.Repeat("\U0001F642", 3000))))
	s.told("3,000 emoji in one section (6,000 units of UTF-16): %s", code(err))
	require.Contains(t, []string{"taken", "invalid_blocks"}, code(err))

	largest := 0
	for _, size := range []int{4, 8, 9, 10, 11, 12, 13, 14} { // thousands of characters, in sections of a thousand
		blocks := make([]slack.Block, size)
		for i := range blocks {
			blocks[i] = section(strings.Repeat("x", 1000))
		}
		_, err := s.post(s.at, "a long message", slack.MsgOptionBlocks(blocks...))
		if code(err) != "taken" {
			s.told("%d,000 characters in all blocks: %s", size, code(err))
			require.Equal(t, "msg_blocks_too_long", code(err))
			break
		}
		largest = size * 1000
	}
	s.told("the longest message that was taken has %d characters in its blocks", largest)
	require.GreaterOrEqual(t, largest, maxSum, "Pawl's own longest message is refused")

	large := 0
	for _, size := range []int{200, 1000, 2000, 4000, 8000, 16000} {
		_, err := s.post(s.at, "metadata", slack.MsgOptionMetadata(slack.SlackMetadata{EventType: eventType, EventPayload: map[string]any{"key": strings.Repeat("k", size)}}))
		if code(err) != "taken" {
			s.told("metadata of %d bytes: %s", size, code(err))
			require.Equal(t, "metadata_too_large", code(err))
			break
		}
		large = size
	}
	s.told("the largest metadata that was taken has %d bytes", large)
	require.GreaterOrEqual(t, large, 200, "Pawl's keys have about 100 bytes")
}

// How Slack delivers: one event that nobody acknowledges, and one that is acknowledged on the other socket.
func TestSmokeTheWayIn(t *testing.T) {
	t.Parallel()
	s := newSmoke(t)
	if s.say == nil {
		require.NotEmpty(t, os.Getenv("SLACK_SMOKE_HUMAN"), "a person has to type twice while this runs: set SLACK_SMOKE_HUMAN=1 and watch the channel, or leave it out with -run 'TestSmokeThe(WayOut|Limits)'")
		s.say = func(text string) {
			_, err := s.post(s.at, fmt.Sprintf("Smoke test: mention me here now with the word `%s`.", text))
			require.NoError(t, err)
		}
	}
	type delivery struct {
		socket int
		e      envelope
		text   string
	}
	came := make(chan delivery, 64)
	sockets := s.sockets(func(socket int, e envelope) { came <- delivery{socket: socket, e: e, text: string(e.payload)} })
	// next waits for a delivery of an event that mentions us with the word.
	next := func(word string, within time.Duration) (delivery, bool) {
		late := time.NewTimer(within)
		defer late.Stop()
		for {
			select {
			case d := <-came:
				if d.e.kind == "events_api" && strings.Contains(d.text, word) && strings.Contains(d.text, "app_mention") {
					return d, true
				}
				_ = sockets[d.socket].ack(s.ctx, d.e.id, nil)
			case <-late.C:
				return delivery{}, false
			case <-s.ctx.Done():
				return delivery{}, false
			}
		}
	}
	me, err := s.poster.self.get(s.ctx, s.poster)
	require.NoError(t, err)
	mention := "<@" + me.user + "> "

	s.say(mention + "lighthouse")
	first, ok := next("lighthouse", s.patience)
	require.True(t, ok, "nothing was delivered")
	repeat, ok := next("lighthouse", s.patience)
	require.True(t, ok, "what nobody acknowledged was not delivered again: a command could be lost")
	s.told("not acknowledged: again after %s, as attempt %d, on the %s socket", repeat.e.came.Sub(first.e.came).Round(10*time.Millisecond), repeat.e.retry, map[bool]string{true: "same", false: "other"}[first.socket == repeat.socket])
	require.NoError(t, sockets[repeat.socket].ack(s.ctx, repeat.e.id, nil))

	s.say(mention + "harbour")
	d, ok := next("harbour", s.patience)
	require.True(t, ok)
	require.NoError(t, sockets[1-d.socket].ack(s.ctx, d.e.id, nil))
	wait := time.Second
	if s.live {
		wait = 90 * time.Second // past the second redelivery
	}
	if again, repeated := next("harbour", wait); repeated {
		s.told("an acknowledgement on the other socket does not count: again after %s", again.e.came.Sub(d.e.came))
		require.NoError(t, sockets[again.socket].ack(s.ctx, again.e.id, nil))
	} else {
		s.told("an acknowledgement on the other socket counts")
	}
}

// openSockets opens two sockets side by side, as Pawl does.
func (s *smoke) openSockets(deliver func(int, envelope)) []*session {
	ctx, stop := context.WithCancel(s.ctx)
	sockets, greeted, ended := make([]*session, 2), make(chan bool, 2), make(chan error, 2)
	for i := range sockets {
		sockets[i] = newSession(s.api, s.poster.opt.Log)
		go func() {
			ended <- sockets[i].run(ctx, time.Minute, func() { greeted <- true }, func(time.Duration) error { return nil }, func(e envelope) { deliver(i, e) })
		}()
	}
	s.Cleanup(func() {
		stop()
		for range sockets {
			<-ended
		}
	})
	for range sockets {
		select {
		case <-greeted:
		case <-time.After(30 * time.Second):
			s.Fatal("slack did not greet both sockets")
		}
	}
	return sockets
}
