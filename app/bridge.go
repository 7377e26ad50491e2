package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/access"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/lives"
	"github.com/pawl-ops/pawl/internal/looks"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/slackbridge"
)

// bridgeRole hears people in Slack and answers them: looks at once, everything else through the door. It needs both
// tokens and the ledger. While the engine is away looks are answered, and commands are told how it stands.
type bridgeRole struct {
	*house
	looks map[string]looks.Look
	words *words.Parser
	slack *slackbridge.Bridge
	tty   *terminal.Server
	web   *http.Server // takes what Slack sends to a request URL; nil: it comes by sockets
	alive *lives.Life
}

func newBridgeRole(h *house) (*bridgeRole, error) {
	specs := h.specs()
	b := &bridgeRole{house: h, looks: map[string]looks.Look{}, words: words.New(specs, words.With(h.cfg.Inventory))}
	own := []looks.Look{looks.Help(specs, b.may), looks.Runs(h.ledger), looks.Schedules(h.ledger, h.schedules()), looks.Excuse(rand.IntN)}
	deploys, err := b.deployLooks()
	if err != nil {
		return nil, err
	}
	for _, l := range slices.Concat(h.appLooks(), deploys, h.syncLooks(), h.askedLooks(), own) {
		b.looks[l.Spec.Name] = l
	}
	b.slack, err = slackbridge.New(slackbridge.Options{
		APIURL: os.Getenv("SLACK_API_URL"), BotToken: h.cfg.Slack.BotToken, AppToken: h.cfg.Slack.AppToken, SigningSecret: h.cfg.Slack.SigningSecret,
		Door: h.door, Words: b.words, Look: b.look, Threads: b.thread, Again: b.again,
		Home: b.home(specs), News: h.ledger.Newest, Asked: b.questionPlace,
		May: b.mayAndWho, MayPart: b.may, Replies: b.replies(),
		People: h.people(), DataDir: h.opt.Data, Log: h.log,
	})
	if err != nil {
		return nil, err
	}
	b.tty = b.newTerminal()
	return b, nil
}

// replies are a team's own answers.
func (b *bridgeRole) replies() (all []slackbridge.Replies) {
	for _, r := range b.cfg.Replies {
		all = append(all, slackbridge.Replies(r))
	}
	return all
}

// start begins to listen. From the first command on, those who look after unfinished ones can see that it is at work.
func (b *bridgeRole) start(ctx context.Context) (err error) {
	if b.alive, err = lives.Begin(b.lives(), lives.Name(roleBridge)); err != nil {
		return fmt.Errorf("telling the others that this bridge lives: %w", err)
	}
	if err := b.slack.Start(ctx); err != nil {
		return err
	}
	if err := b.tty.Start(ctx); err != nil {
		if b.opt.Socket != "" {
			return err
		}
		b.log.Warn().Err(err).Msg("pawl run and pawl follow do not work here; everything else does") // nobody asked for it to be there
	}
	return b.serveWeb()
}

// serveWeb takes what Slack sends by HTTP, where that is the way in. Each request is signed; TLS is somebody else's.
func (b *bridgeRole) serveWeb() error {
	if b.opt.SlackHTTP == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", b.opt.SlackHTTP)
	if err != nil {
		return fmt.Errorf("listening for slack on %s: %w", b.opt.SlackHTTP, err)
	}
	b.web = &http.Server{Handler: b.slack.HTTP(), ReadHeaderTimeout: 5 * time.Second}
	b.log.Info().Str("addr", l.Addr().String()).Msg("slack may send signed requests here")
	go func() {
		if err := b.web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			b.fail(fmt.Errorf("serving slack's requests: %w", err))
		}
	}()
	return nil
}

func (b *bridgeRole) ready() error {
	if err := b.slack.Ready(); err != nil {
		return fmt.Errorf("slack: %w", err)
	}
	return nil
}

func (b *bridgeRole) stop(ctx context.Context) error {
	err := errors.Join(b.tty.Stop(ctx), b.slack.Drain(ctx))
	if b.web != nil {
		err = errors.Join(err, b.web.Shutdown(ctx))
	}
	if b.alive != nil {
		err = errors.Join(err, b.alive.End())
	}
	return err
}

// may says whether an actor may give a command in some form: help shows it then. It must hold for what the command also
// counts as, as at the door.
func (b *bridgeRole) may(a job.Actor, command string) bool {
	return !slices.ContainsFunc(b.words.CountedText(command), func(c string) bool { return !access.Any(b.cfg.Policy, a, c) })
}

func (b *bridgeRole) mayAndWho(a job.Actor, command string) (bool, []string) {
	d := access.DecideAll(b.cfg.Policy, a, b.words.CountedText(command))
	return d.Allowed, d.Who
}

// look answers a command that only looks, from the ledger and the world.
func (b *bridgeRole) look(ctx context.Context, c job.Command) (board.Message, bool) {
	l, ok := b.looks[c.Name]
	if !ok {
		return board.Message{}, false
	}
	m, err := l.Answer(ctx, looks.Request{Command: c, Now: time.Now()})
	if err != nil {
		b.log.Error().Err(err).Str("look", c.Name).Msg("answering")
		text := "I cannot look that up just now: the ledger does not answer. Nothing was changed."
		return board.Message{Sentence: text, Lines: []string{text}}, true
	}
	if mark := b.pause.Load(); mark != nil && c.Name == "runs" {
		m.Lines = append([]string{sayPausedShort(*mark)}, m.Lines...)
	}
	return m, true
}

func (b *bridgeRole) thread(ctx context.Context, channel, thread string) (string, bool) {
	r, ok, err := b.ledger.InThread(ctx, channel, thread)
	if err != nil {
		b.log.Warn().Err(err).Msg("looking up a thread")
	}
	return r.ID, ok && err == nil
}
