package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/changes"
	"github.com/pawl-ops/pawl/internal/failpoint"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/job"
)

// ReleaseInput is a version that users got, and where that is told.
type ReleaseInput struct {
	Run     RunRef      `json:"run"`
	Board   job.Posted  `json:"board,omitzero"`
	Release job.Release `json:"release"`
	Channel string      `json:"channel,omitempty"`
}

// Released writes down that users have a version. Doing it twice is doing it once.
func (a *Activities) Released(ctx context.Context, in ReleaseInput) error {
	a.came(ctx, &in.Release)
	return a.releaseRow(ctx, in, ledger.KindReleased)
}

// TakenBack writes down that a version was taken away from users again, and brings its release note up to date.
func (a *Activities) TakenBack(ctx context.Context, in ReleaseInput) error {
	defer beating(ctx)()
	a.came(ctx, &in.Release)
	if err := a.releaseRow(ctx, in, ledger.KindTakenBack); err != nil {
		return err
	}
	all, err := a.Ledger.ReleasesOf(ctx, in.Release.App, in.Release.Environment, releasesShown)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(r job.Release) bool { return r.Run == in.Release.Run })
	if at < 0 || all[at].Note.Zero() {
		return nil // there is no note
	}
	err = a.Poster.Edit(ctx, all[at].Note, board.Change, func() board.Message { return a.releaseNote(ctx, in) })
	if errors.Is(err, board.ErrGone) {
		return nil // whoever took it away does not want to read it
	}
	return retryable(err)
}

// cameWithin is how long it is looked for what came with a version: a release is written down without it.
const cameWithin = 5 * time.Second

// came finds out what came with a version that was built on the way: nobody knew it before.
func (a *Activities) came(ctx context.Context, r *job.Release) {
	if len(r.Changes) > 0 || r.Build != 0 || r.How != job.ByDeploy || a.Deploys.Of == nil {
		return
	}
	d := Deployment{Version: r.Version, Was: r.Was}
	if d.Deploys, _ = a.Deploys.Of(r.App, r.Environment); d.Deploys.App == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cameWithin)
	defer cancel()
	a.changed(ctx, &d)
	r.Changes = d.Changes
}

func (a *Activities) releaseRow(ctx context.Context, in ReleaseInput, kind string) error {
	_, err := a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: job.Key(in.Release.Run + "/release"), Kind: kind, Run: in.Release.Run, Actor: in.Run.Actor,
		Job: ledger.OfEnvironment(in.Release.App, in.Release.Environment), Text: in.Release.Version, Data: in.Release,
	})
	return err
}

// noteLines is how many lines a release note has for what is new: more than that nobody reads.
const noteLines = 20

// releasesShown is how many releases of an environment are looked through.
const releasesShown = 50

// releases are the versions users of an environment got and kept, the newest first.
func (a *Activities) releases(ctx context.Context, d job.Deploys) ([]job.Release, error) {
	all, err := a.Ledger.ReleasesOf(ctx, d.App, d.Environment, releasesShown)
	return slices.DeleteFunc(all, func(r job.Release) bool { return r.Taken != "" }), err
}

// ReleaseNote tells people which version is out: once, in the channel for it.
func (a *Activities) ReleaseNote(ctx context.Context, in ReleaseInput) (string, error) {
	defer beating(ctx)()
	place, err := a.Poster.Place(in.Channel)
	if err != nil {
		return "", Faulty(job.Fault{Class: job.FaultOurs, Undone: true, Says: fmt.Sprintf("I cannot write in %s: invite me there, or name another channel in pawl.yaml.", board.Clean(in.Channel))})
	}
	a.came(ctx, &in.Release)
	failpoint.Here("before the release note", in.Run.ID)
	at, err := a.Poster.Post(ctx, board.Post{
		Place: place, Key: in.Run.First + "/release", Since: in.Release.At.Add(-in.Release.Took), Again: a.again(ctx), Priority: board.Final, Message: a.releaseNote(ctx, in),
	})
	if err != nil {
		return "", retryable(err)
	}
	failpoint.Here("after the release note", in.Run.ID)
	_, err = a.Ledger.Record(ctx, ledger.Entry{
		At: a.Now(), Key: job.Key(in.Release.Run + "/release"), Kind: ledger.KindNote, Run: in.Release.Run, Actor: in.Run.Actor,
		Job: ledger.OfEnvironment(in.Release.App, in.Release.Environment), Data: at,
	})
	return "in " + board.Clean(in.Channel), err
}

// releaseNote is what people read of a release.
func (a *Activities) releaseNote(ctx context.Context, in ReleaseInput) board.Message {
	r := in.Release
	name := board.UpperFirst(r.App + " " + r.Environment)
	m := board.Message{Sentence: fmt.Sprintf("%s is on %s.", name, r.Version), Head: fmt.Sprintf("%s is on %s", name, r.Version)}
	if r.Taken != "" {
		m.Head = fmt.Sprintf("%s %s was taken back", name, r.Version)
		m.Sentence = board.PlainText(fmt.Sprintf("%s. Users have %s. %s", m.Head, r.Was, full(board.UpperFirst(r.Taken))))
		m.Lines = append(m.Lines, fmt.Sprintf("Users have *%s* again. %s", board.Clean(r.Was), full(board.UpperFirst(board.Clean(r.Taken)))), "")
	}
	m.Lines = append(m.Lines, changes.Of(r.Changes).Lines(noteLines)...)
	about := []string{"By " + board.Clean(r.By)}
	switch {
	case r.Glass:
		about[0] += ", and nobody was asked"
	case len(r.Agreed) > 0:
		about[0] += ", " + board.Listed(r.Agreed, "and") + " agreed"
	}
	if r.Was != "" && r.Taken == "" {
		about = append(about, "before: "+board.Clean(r.Was))
	}
	if r.Took > 0 {
		about = append(about, "took "+board.Span(r.Took))
	}
	if r.Because != "" {
		about = append(about, board.Clean(r.Because))
	}
	if link := a.threadLink(ctx, in.Board); link != "" {
		about = append(about, board.Link(link, "thread"))
	}
	m.Lines = append(m.Lines, strings.Join(about, " · "))
	return m
}

// threadLink leads to the run's thread; empty where there is none.
func (a *Activities) threadLink(ctx context.Context, at job.Posted) string {
	if at.Zero() {
		return ""
	}
	link, err := a.Poster.Link(ctx, at)
	if err != nil {
		return ""
	}
	return link
}
