package ledger

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/pawl-ops/pawl/job"
)

// Which entries a question is about. Every one is answered from an index: the past grows, the answers must not slow down.
const (
	whereOpen = `WHERE key IN (SELECT key FROM open_run) ORDER BY seq`

	whereID = `WHERE key IN (SELECT key FROM entry WHERE run = ? AND kind <> 'joined') ORDER BY seq`

	whereThread = `
WHERE key IN (
    SELECT key FROM entry WHERE channel = ?1 AND thread = ?2 AND kind <> 'joined'
    UNION
    SELECT other.key FROM entry AS here JOIN entry AS other ON other.run = here.run
    WHERE here.channel = ?1 AND here.thread = ?2 AND here.kind = 'joined' AND other.kind <> 'joined'
) ORDER BY seq`

	// Of the last so many runs: somebody who asked for nothing lately must not make it read the whole past. What people are
	// called comes and goes, so that only the id is looked for, and the caller holds the actor to be the same.
	whereRecentOf = `
WHERE key IN (
    SELECT key FROM (SELECT key, actor, seq FROM entry WHERE kind = 'allowed' ORDER BY seq DESC LIMIT 2000) AS lately
    WHERE actor LIKE ? ORDER BY seq DESC LIMIT ?
) ORDER BY seq`

	whereRecent = `WHERE key IN (SELECT key FROM entry WHERE kind = 'allowed' ORDER BY seq DESC LIMIT ?) ORDER BY seq`
)

// OpenRuns gives the runs that were allowed and have no outcome yet, the newest first. The error is a *DownError.
func (l *Ledger) OpenRuns(ctx context.Context) ([]Run, error) {
	entries, err := l.entries(ctx, whereOpen)
	if err != nil {
		return nil, err
	}
	return newestFirst(fold(entries)), nil
}

// OpenOf gives the open runs of one job that one actor asked for, the newest first. The engine may know better: a run
// that was terminated stays open here until somebody records its outcome. The error is a *DownError.
func (l *Ledger) OpenOf(ctx context.Context, name string, actor job.Actor) ([]Run, error) {
	open, err := l.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	var own []Run
	for _, r := range open {
		if r.Job == name && r.Actor.Same(actor) {
			own = append(own, r)
		}
	}
	return own, nil
}

// Run gives the run with the id, and false when there is none. An id may have served twice, long apart: then it is the
// newest. The error is a *DownError.
func (l *Ledger) Run(ctx context.Context, id string) (Run, bool, error) {
	entries, err := l.entries(ctx, whereID, id)
	if err != nil {
		return Run{}, false, err
	}
	for _, r := range newestFirst(fold(entries)) {
		if r.ID == id {
			return r, true, nil
		}
	}
	return Run{}, false, nil
}

// InThread gives the run that a word in a thread is about: the newest open one that was asked for, joined or shown
// there, or else the newest that has ended. The error is a *DownError.
func (l *Ledger) InThread(ctx context.Context, channel, thread string) (Run, bool, error) {
	if thread == "" {
		return Run{}, false, nil
	}
	entries, err := l.entries(ctx, whereThread, channel, thread)
	if err != nil {
		return Run{}, false, err
	}
	runs := newestFirst(fold(entries))
	for _, r := range runs {
		if r.Open() {
			return r, true, nil
		}
	}
	if len(runs) == 0 {
		return Run{}, false, nil
	}
	return runs[0], true, nil
}

// Recent gives the last n runs that were allowed, the newest first. The error is a *DownError.
func (l *Ledger) Recent(ctx context.Context, n int) ([]Run, error) {
	entries, err := l.entries(ctx, whereRecent, n)
	if err != nil {
		return nil, err
	}
	return newestFirst(fold(entries)), nil
}

// RecentOf gives the last n runs that one actor asked for, the newest first, among the last 2,000 of everybody. The error is a
// *DownError.
func (l *Ledger) RecentOf(ctx context.Context, actor job.Actor, n int) ([]Run, error) {
	id, err := json.Marshal(actor.ID)
	if err != nil {
		return nil, &DownError{Doing: "looking for somebody's runs", Cause: err}
	}
	entries, err := l.entries(ctx, whereRecentOf, `%"id":`+string(id)+`%`, n)
	if err != nil {
		return nil, err
	}
	runs := newestFirst(fold(entries))
	return slices.DeleteFunc(runs, func(r Run) bool { return !r.Actor.Same(actor) }), nil
}

// Newest is a number that rises with every entry; 0 when there is none. The error is a *DownError.
func (l *Ledger) Newest(ctx context.Context) (seq int64, err error) {
	if err := l.ask(ctx, &seq, `SELECT COALESCE(MAX(seq), 0) FROM entry`); err != nil {
		return 0, &DownError{Doing: "looking for what is new", Cause: err}
	}
	return seq, nil
}
