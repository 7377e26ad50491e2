package e2e

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/e2e/drill"
	"github.com/pawl-ops/pawl/internal/ledger"
	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// othersAgree is a world in which drills need the agreement of somebody on call, who is asked in #ops.
func othersAgree(o *sandbox.Options) {
	o.Extra += ", force drill, hasty drill"
	o.Agree = "  force drill: {by: oncall, within: 15m}\n  hasty drill: {by: oncall, within: 10s}"
	o.Slack.Limits.Off = true
}

// haste lets Pawl speak faster than Slack would allow, in a world whose Slack has no limits.
const haste = "PAWL_HASTE=20"

// moved is the file that changes the situation of shifting drills.
func (f *fleet) moved() string { return filepath.Join(f.dir, "moved") }

func (f *fleet) moves() string { return drill.MovedFile + "=" + f.moved() }

// questions are what is asked in #ops about the command with this reason, the oldest first.
func (f *fleet) questions(reason string) []slack.Message {
	f.t.Helper()
	all, err := f.person("carol").History(f.t.Context(), channelID("#ops"))
	require.NoError(f.t, err)
	var asked []slack.Message
	for _, m := range all {
		if m.BotID != "" && strings.Contains(shownBy(m), fmt.Sprintf("%q", reason)) {
			asked = append(asked, m)
		}
	}
	slices.SortFunc(asked, func(a, b slack.Message) int { return strings.Compare(a.TS, b.TS) })
	return asked
}

// asked waits until the n'th question about it stands in #ops.
func (f *fleet) asked(reason string, n int) slack.Message {
	f.t.Helper()
	var last slack.Message
	f.eventually(30*time.Second, fmt.Sprintf("question %d about %q is asked", n, reason), func() error {
		all := f.questions(reason)
		if len(all) < n {
			return fmt.Errorf("there are %d", len(all))
		}
		last = all[n-1]
		return nil
	})
	return last
}

// runOf is the run that a question is about.
func (f *fleet) runOf(m slack.Message) string {
	f.t.Helper()
	_, rest, ok := strings.Cut(shownBy(m), "`approve ")
	require.True(f.t, ok, "no run in %s", shownBy(m))
	id, _, _ := strings.Cut(rest, "`")
	return id
}

// pressesIn clicks the button of a message in #ops that begins so.
func (p *person) pressesIn(m slack.Message, label string) {
	p.f.t.Helper()
	for _, b := range buttonsOf(m.Blocks) {
		if strings.HasPrefix(b.Label, label) {
			require.NoError(p.f.t, p.Click(p.f.t.Context(), channelID("#ops"), m.TS, b.Action))
			return
		}
	}
	p.f.t.Fatalf("no button %q on:\n%s", label, shownBy(m))
}

// hears waits until somebody is told this in #ops, for their eyes alone.
func (p *person) hears(within time.Duration, text string) {
	p.f.t.Helper()
	p.f.eventually(within, fmt.Sprintf("%s is told %q", p.name, text), func() error {
		heard, err := p.Ephemerals(p.f.t.Context(), channelID("#ops"))
		if err != nil {
			return err
		}
		var all []string
		for _, m := range heard {
			shown := shownBy(m)
			if strings.Contains(shown, text) {
				return nil
			}
			all = append(all, shown)
		}
		return errors.New("they are told: " + strings.Join(all, " | "))
	})
}

// kinds counts what the ledger says of a run, by the first word of each entry.
func (f *fleet) kinds(id string) map[string]int {
	f.t.Helper()
	l, err := ledger.Open(f.t.Context(), filepath.Join(f.data(), "ledger.db"))
	require.NoError(f.t, err)
	defer l.Close()
	r, ok, err := l.Run(f.t.Context(), id)
	require.NoError(f.t, err)
	require.True(f.t, ok, "the ledger has no run %s", id)
	entries, err := l.Entries(f.t.Context(), r.Key)
	require.NoError(f.t, err)
	count := map[string]int{}
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Kind, "/")
		count[kind]++
	}
	return count
}
