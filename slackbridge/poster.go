package slackbridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/rs/zerolog"
	"github.com/slack-go/slack"
)

// PosterOptions say how a Poster reaches Slack. Zero values take the defaults.
type PosterOptions struct {
	APIURL   string     // base of the Web API with its trailing slash; Slack's own when empty
	BotToken job.Secret // xoxb-...
	Share    int        // how many workers speak for this app: each takes 1/Share of the budget; 1
	Timeout  time.Duration
	// Timeout bounds one HTTP call; 8 s. It must be shorter than that of the activity that calls.

	EditGap   time.Duration // least time between two edits of one message, final ones apart; 3 s
	LateSweep time.Duration // when duplicates are looked for once more after an ambiguous answer; Timeout
	Log       zerolog.Logger
}

func (o PosterOptions) withDefaults() PosterOptions {
	if o.APIURL == "" {
		o.APIURL = slack.APIURL
	}
	if o.Timeout <= 0 {
		o.Timeout = 8 * time.Second
	}
	if o.EditGap <= 0 {
		o.EditGap = 3 * time.Second
	}
	if o.LateSweep <= 0 {
		o.LateSweep = o.Timeout
	}
	return o
}

// Poster says things in Slack. All its methods are safe for concurrent use, wait for their budget, and return
// board.ErrGone, board.ErrNoPlace, *board.ThrottledError, *board.AmbiguousError or a *CallError. None of them logs or
// returns a token.
type Poster struct {
	opt     PosterOptions
	api     *slack.Client
	http    *http.Client
	budget  *budget
	boards  *boards
	links   *links
	places  *places
	homes   *homes
	people  atomic.Pointer[Directory] // reads short names of pawl.yaml; nil: they are only shown
	unnamed *recent                   // names nobody stands behind: complained about once an hour
	self    identity

	closing context.Context // ends the sweeps that run after their post was answered
	close   context.CancelFunc
	late    sync.WaitGroup
}

// NewPoster makes a Poster. It calls nobody yet. Close it.
func NewPoster(o PosterOptions) *Poster {
	o = o.withDefaults()
	closing, end := context.WithCancel(context.Background())
	api, client := newAPI(o.APIURL, o.BotToken, job.Secret{}, o.Timeout)
	return &Poster{
		opt:     o,
		api:     api,
		http:    client,
		budget:  newBudget(o.Share),
		boards:  newBoards(),
		links:   newLinks(),
		places:  newPlaces(),
		homes:   newHomes(),
		unnamed: newRecent(time.Hour),
		closing: closing,
		close:   end,
	}
}

// newAPI makes a client of the Web API. Nothing is retried beneath us: a repeated post would be a second message.
func newAPI(base string, bot, app job.Secret, timeout time.Duration, more ...slack.Option) (*slack.Client, *http.Client) {
	if base == "" {
		base = slack.APIURL
	}
	if !strings.HasSuffix(base, "/") {
		base += "/"
	}
	// A transport of its own, so that its connections end with their owner.
	client := &http.Client{Timeout: timeout, Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
	}}
	options := append(more, slack.OptionAPIURL(base), slack.OptionHTTPClient(client))
	if !app.Empty() {
		options = append(options, slack.OptionAppLevelToken(app.Reveal()))
	}
	return slack.New(bot.Reveal(), options...), client
}

// Share says how many workers speak for this app from now on: each takes an equal part of what Slack allows.
func (p *Poster) Share(workers int) { p.budget.split(workers) }

// Close ends what still runs after its caller got an answer, and waits for it.
func (p *Poster) Close() {
	p.close()
	p.late.Wait()
	p.http.CloseIdleConnections()
}

// Post puts a message into a place exactly once, as far as Slack allows: after an ambiguous answer, and when p.Again is
// set, it looks for the message by its key before it posts, and removes duplicates afterwards, keeping the oldest. An
// ambiguous answer can therefore cost one extra notification, never an extra message. When the thread is closed or its
// parent deleted, the message stands in the conversation itself. Place.Channel may be the id of a person: then it is the
// direct message with them.
func (p *Poster) Post(ctx context.Context, post board.Post) (job.Posted, error) {
	return p.post(ctx, post, "")
}

// post is Post with the only person its buttons are meant for.
func (p *Poster) post(ctx context.Context, post board.Post, to string) (job.Posted, error) {
	if err := p.namable(post.Message); err != nil {
		return job.Posted{}, fmt.Errorf("posting %s: %w", post.Key, err)
	}
	post.Message = p.named(post.Message)
	channel, err := p.conversation(ctx, post.Place.Channel, post.Priority)
	if err != nil {
		return job.Posted{}, fmt.Errorf("posting %s: %w", post.Key, err)
	}
	post.Place.Channel = channel
	post.Place.Thread = p.homes.of(post.Place, runOf(post))
	var doubt error // an ambiguous answer: what we post from here on may be a duplicate
	if post.Again {
		doubt = errAgain
	}
	for try := 0; ; try++ {
		if doubt != nil {
			found, err := p.settle(ctx, post)
			if err != nil || !found.Zero() {
				return found, err
			}
		}
		posted, err := p.send(ctx, post, to)
		if err == nil {
			if doubt != nil {
				return p.sweep(ctx, post, posted)
			}
			return posted, nil
		}
		var unclear *board.AmbiguousError
		if !errors.As(err, &unclear) {
			return job.Posted{}, fmt.Errorf("posting %s: %w", post.Key, err)
		}
		doubt = err
		p.opt.Log.Warn().Str("run", runOf(post)).Str("key", post.Key).Err(err).Msg("slack did not say whether it posted")
		if try == 1 {
			// Twice in a row: the caller comes back with Again, when Slack is better.
			return job.Posted{}, fmt.Errorf("posting %s: %w", post.Key, err)
		}
	}
}

// errAgain stands for the ambiguous answer of an attempt before this one.
var errAgain = errors.New("an earlier attempt may have got through")

// send makes one attempt, in the thread first and then, when only the thread is closed, in the conversation. A message
// whose blocks are refused is sent as plain text, and stays plain.
func (p *Poster) send(ctx context.Context, post board.Post, to string) (job.Posted, error) {
	r, isPlain, threaded := render(post.Message, to), false, post.Place.Thread != ""
	for {
		posted, thread, err := p.sendOnce(ctx, post, r, threaded)
		switch {
		case err == nil:
			if isPlain {
				p.boards.at(posted).stickToPlain()
			}
			if threaded && thread != post.Place.Thread {
				// Slack posts into the open when the parent was deleted.
				p.opt.Log.Info().Str("run", runOf(post)).Str("key", post.Key).Msg("the thread is gone, said in the conversation")
				p.homes.moved(post.Place, runOf(post), posted.TS)
			}
			return posted, nil
		case errors.Is(err, errUnfit) && !isPlain:
			p.opt.Log.Warn().Str("run", runOf(post)).Str("key", post.Key).Err(err).Msg("blocks refused, said in plain text")
			r, isPlain = renderPlain(post.Message), true
		case errors.Is(err, errNoThread) && threaded:
			threaded = false
		default:
			return job.Posted{}, err
		}
	}
}

// sendOnce makes one call, and waits out "too fast" as long as ctx allows. It returns the thread the message landed in.
func (p *Poster) sendOnce(ctx context.Context, post board.Post, r rendered, threaded bool) (job.Posted, string, error) {
	const method = "chat.postMessage"
	options := append(r.options(), slack.MsgOptionMetadata(metadata(post)),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if threaded {
		options = append(options, slack.MsgOptionTS(post.Place.Thread))
	}
	for {
		if err := p.budget.take(ctx, method, post.Place.Channel, post.Priority); err != nil {
			return job.Posted{}, "", err
		}
		channel, ts, sent, err := p.api.PostMessageWithResponseContext(ctx, post.Place.Channel, options...)
		err = calling(method, err)
		if p.wait(method, post.Place.Channel, err) {
			continue
		}
		if err != nil {
			return job.Posted{}, "", err
		}
		return job.Posted{Channel: channel, TS: ts}, sent.ThreadTimestamp, nil
	}
}

// wait tells the budget how a call went, and reports whether to make it again.
func (p *Poster) wait(method, channel string, err error) bool {
	var limited *board.ThrottledError
	if errors.As(err, &limited) {
		p.budget.tooFast(method, channel, limited.After)
		return true
	}
	if err == nil {
		p.budget.fine(method, channel)
	}
	return false
}

// options are the parts of a message that posts, edits and whispers share. parse is given because chat.update would
// otherwise link names in our text.
func (r rendered) options() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(r.text, false), slack.MsgOptionParse(false)}
	if len(r.blocks) > 0 {
		options = append(options, slack.MsgOptionBlocks(r.blocks...))
	}
	return options
}

// conversation gives the id of the conversation to post into: a person's id stands for the direct message with them.
func (p *Poster) conversation(ctx context.Context, id string, pr board.Priority) (string, error) {
	const method = "conversations.open"
	if !userForm.MatchString(id) {
		return id, nil
	}
	for {
		if err := p.budget.take(ctx, method, "", pr); err != nil {
			return "", err
		}
		c, _, _, err := p.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{id}})
		err = calling(method, err)
		if p.wait(method, "", err) {
			continue
		}
		if err != nil {
			return "", err
		}
		return c.ID, nil
	}
}
