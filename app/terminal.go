package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/config"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/internal/terminal"
	"github.com/pawl-ops/pawl/job"
)

// newTerminal makes the door for people at a terminal of this machine. It stands beside the one for Slack, and leads to
// the same door.
func (b *bridgeRole) newTerminal() *terminal.Server {
	return terminal.New(terminal.Options{
		Socket: b.socket(), Lives: b.lives(), Door: b.door, Words: b.words,
		Who: b.behindLogin, Look: b.look, Again: b.again, May: b.mayAndWho, MayPart: b.may, Heard: b.heardSay,
		Watch: b.watch, Terminate: b.terminate, Open: b.openFor, Specs: b.specs(), Every: min(b.cfg.Timers.BoardTick, time.Second), Log: b.log,
	})
}

// socket is the path of the socket of this data directory.
func (h *house) socket() string {
	if h.opt.Socket != "" {
		return h.opt.Socket
	}
	return h.file(terminal.SocketFile)
}

// behindLogin is the person behind a login of this machine. With an e-mail address they are who they are in Slack, so that
// whoever asked here cannot agree there; without one they are somebody Slack does not know.
func (b *bridgeRole) behindLogin(login string) (a job.Actor, no string, passing bool) {
	names, email := namesOf(b.cfg.People, login)
	if len(names) == 0 {
		return a, fmt.Sprintf("Nobody in pawl.yaml has `os: %s`: add it under people, as {email: ..., os: %[1]s}, and restart Pawl. Nothing was done.", board.Clean(login)), false
	}
	if email == "" {
		return job.Actor{Kind: job.CLIUser, ID: "os:" + login, Name: strings.ToLower(login), Groups: names}, "", false
	}
	if a, no, passing = b.slack.Directory().ByEmail(email); no != "" {
		return a, no, passing
	}
	a.Groups = append(slices.Clone(a.Groups), names...)
	slices.Sort(a.Groups)
	a.Groups = slices.Compact(a.Groups)
	return a, "", false
}

// namesOf are the names of pawl.yaml that a login stands behind, and its e-mail address where it has one.
func namesOf(people map[string]config.Person, login string) (names []string, email string) {
	for name, p := range people {
		if p.OS != login || login == "" {
			continue
		}
		names = append(names, name)
		if len(p.Emails) > 0 {
			email = p.Emails[0]
		}
	}
	slices.Sort(names)
	return names, email
}

// openFor are the runs under way that concern somebody.
func (b *bridgeRole) openFor(ctx context.Context, a job.Actor) (open []terminal.OpenRun) {
	all, err := b.ledger.OpenRuns(ctx)
	if err != nil {
		b.log.Debug().Err(err).Msg("looking for what is under way")
	}
	for _, r := range all {
		if !b.maySee(a, r) {
			continue
		}
		o := terminal.OpenRun{ID: r.ID, Text: r.Text}
		for _, w := range r.Waits {
			o.Words = append(o.Words, w.Words...)
		}
		open = append(open, o)
	}
	return open
}

// heardSay is what a run said to a decision: it wrote it down, because nothing can be whispered to a terminal.
func (b *bridgeRole) heardSay(ctx context.Context, d job.Decision) (text string, moot bool) {
	r, known, err := b.ledger.Run(ctx, strings.ToLower(d.Run))
	if err != nil || !known {
		return "", false
	}
	entries, err := b.ledger.Entries(ctx, r.Key)
	if err != nil {
		return "", false
	}
	kind := ledger.KindHeard(d.Key)
	for _, e := range entries {
		if e.Kind == kind {
			var heard ledger.Heard
			if err := e.Decode(&heard); err != nil {
				b.log.Warn().Err(err).Str("run", r.ID).Msg("reading what became of an answer")
			}
			return e.Text, heard.Moot
		}
	}
	return "", false
}
