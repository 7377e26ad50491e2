package slackbridge

import (
	"context"
	"errors"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/rs/zerolog"
)

// Options say what a Bridge stands between. Door and Words are required.
type Options struct {
	APIURL   string     // base of the Web API; Slack's own when empty
	BotToken job.Secret // xoxb-...
	AppToken job.Secret // xapp-..., with connections:write: for Socket Mode
	// SigningSecret makes HTTP take what Slack sends to a request URL. It stands in for AppToken, or beside it.
	SigningSecret job.Secret
	Share         int // how many workers speak for this app, see PosterOptions

	Door  job.Door
	Words *words.Parser

	// Look answers a command that only looks, and reports whether it is one. Help is the look named "help", whose
	// argument "command" is the command to explain.
	Look func(ctx context.Context, c job.Command) (board.Message, bool)
	// Threads gives the run whose thread hangs under a message.
	Threads func(ctx context.Context, channel, thread string) (run string, ok bool)
	// Again gives the command a run was asked for with, when it has ended and can be done again; otherwise a sentence (a
	// board text, which may hold a link) that says why not.
	Again func(ctx context.Context, run string) (c job.Command, why string, ok bool)
	// Home gives what somebody's Home tab shows; an error says that it cannot be looked up just now. nil: there is none.
	Home func(ctx context.Context, a job.Actor) (board.Page, error)
	// News gives a number that is another one when something was written down that a Home tab may show; nil: a Home tab is
	// not looked after once it was opened.
	News func(ctx context.Context) (int64, error)
	// Asked gives where a question of a run stands that an actor answers in their Home tab: what is told privately about it is
	// told there. nil: nobody knows, and it is told in a direct message.
	Asked func(ctx context.Context, a job.Actor, run string, ask int) (job.Place, bool)
	// May says whether an actor may give a command, as it would be typed, and who may.
	May func(a job.Actor, command string) (may bool, who []string)
	// MayPart says whether an actor may give a command or some narrower form of it; as May when nil.
	MayPart func(a job.Actor, command string) bool

	// Replies are a team's own answers, by channel (its name with #, or its id), to what no command is.
	Replies []Replies

	People  People
	DataDir string // where the copy of the directory is kept; empty: nowhere
	Timers  Timers
	Log     zerolog.Logger
}

// Timers are the waits of a Bridge. Zero values take the defaults.
type Timers struct {
	Silence   time.Duration // without a byte from Slack, after which a socket counts as dead; 24 s, Slack pings every 10 s
	Lifetime  time.Duration // after which a socket is replaced although it seems well; 1 h
	Reconnect time.Duration // least wait before a socket is tried again, doubled up to 30 s; 200 ms
	Refresh   time.Duration // how often the directory is read again; 10 min
	MaxAge    time.Duration // age at which the directory counts for nothing; 1 h
	Late      time.Duration // age at which a command is not run unasked; 2 min
	Remember  time.Duration // how long a message is known to have been answered; 10 min, Slack's last retry comes after 5
	Insist    time.Duration // how long a start of unknown outcome is tried again; 5 min
	Ack       time.Duration // how long an acknowledgement waits for the answer to be said; 2 s
	HTTP      time.Duration // bound of one HTTP call; 8 s
	Home      time.Duration // how often it is asked whether opened Home tabs have news; 15 s
	Note      time.Duration // how long a Home tab says what became of a press; 2 min
	EditGap   time.Duration // least time between two edits of one message; 3 s
	LateSweep time.Duration // see PosterOptions
}

// validOffer is how long a button that completes a command may be pressed.
const validOffer = 24 * time.Hour

func (t Timers) withDefaults() Timers {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	or(&t.Silence, 24*time.Second)
	or(&t.Lifetime, time.Hour)
	or(&t.Reconnect, 200*time.Millisecond)
	or(&t.Refresh, 10*time.Minute)
	or(&t.MaxAge, time.Hour)
	or(&t.Late, 2*time.Minute)
	or(&t.Remember, 10*time.Minute)
	or(&t.Insist, 5*time.Minute)
	or(&t.Ack, 2*time.Second)
	or(&t.HTTP, 8*time.Second)
	or(&t.Home, tabEvery)
	or(&t.Note, noteFor)
	return t
}

func (o Options) check() error {
	switch {
	case o.Door == nil || o.Words == nil:
		return errors.New("the slack bridge needs a door and words")
	case o.BotToken.Empty():
		return errors.New("the slack bridge needs a bot token (xoxb-...)")
	case o.AppToken.Empty() && o.SigningSecret.Empty():
		return errors.New("the slack bridge needs an app token (xapp-...) for Socket Mode, or a signing secret for HTTP")
	}
	return nil
}

// withDefaults fills what may be left out.
func (o Options) withDefaults() Options {
	o.Timers = o.Timers.withDefaults()
	if o.Look == nil {
		o.Look = func(context.Context, job.Command) (board.Message, bool) { return board.Message{}, false }
	}
	if o.Threads == nil {
		o.Threads = func(context.Context, string, string) (string, bool) { return "", false }
	}
	if o.Again == nil {
		o.Again = func(context.Context, string) (job.Command, string, bool) { return job.Command{}, noAgain, false }
	}
	if o.May == nil {
		o.May = func(job.Actor, string) (bool, []string) { return true, nil }
	}
	if o.MayPart == nil {
		may := o.May
		o.MayPart = func(a job.Actor, command string) bool { ok, _ := may(a, command); return ok }
	}
	return o
}
