package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
)

// home waits until somebody's Home tab holds one text and not another, and returns what it shows.
func (p *person) home(within time.Duration, has, not string) (shown string) {
	p.f.t.Helper()
	p.f.eventually(within, fmt.Sprintf("%s's home tab says %q", p.name, has), func() error {
		v, err := p.Home(p.f.t.Context())
		if err != nil {
			return err
		}
		if shown = string(v.Blocks); !strings.Contains(shown, has) || not != "" && strings.Contains(shown, not) {
			return fmt.Errorf("it says:\n%s", shown)
		}
		return nil
	})
	return shown
}

// Carol approves from her Home tab what Bob asked for, and it is as if she had done so in #ops; also when Pawl was killed
// between the moment she opened it and the moment she pressed.
func TestCarolApprovesFromHerHome(t *testing.T) {
	t.Parallel()
	f := newFleet(t, func(o *sandbox.Options) { o.Slack.Limits.Off = true })
	f.up(haste)
	bob, carol := f.person("bob"), f.person("carol")
	const reason = "it hangs since noon"
	th := bob.types("force restart green master because " + reason)
	th.sees(20*time.Second, "waiting for a second person")
	question := f.asked(reason, 1)

	require.NoError(t, bob.OpenHome(t.Context()))
	shown := bob.home(10*time.Second, "Nothing waits for you.", "")
	require.Contains(t, shown, "waiting for a decision of @oncall", "he sees where it stands")
	require.NotContains(t, shown, "decide:1", "and cannot agree to it himself")
	require.NoError(t, f.person("sam").OpenHome(t.Context()))
	require.NotContains(t, f.person("sam").home(10*time.Second, "Nothing waits for you.", ""), reason, "it is none of his business")
	require.NoError(t, carol.OpenHome(t.Context()))
	shown = carol.home(10*time.Second, "Approve force restart", "")
	require.Contains(t, shown, reason)
	require.Contains(t, shown, "/archives/C0OPS/p"+strings.ReplaceAll(question.TS, ".", ""), "it leads to where the question stands")

	f.kill()
	f.up(haste)
	require.NoError(t, carol.ClickHome(t.Context(), "", "decide:1"))
	shown = carol.home(15*time.Second, "Counted: you approved", "decide:1")
	require.Contains(t, shown, "Nothing waits for you.")
	carol.hears(10*time.Second, "Counted.")
	f.eventually(20*time.Second, "the question says how it was answered", func() error {
		if text := shownBy(f.questions(reason)[0]); !strings.Contains(text, "Approved by Carol Castillo") {
			return fmt.Errorf("it says %s", text)
		}
		return nil
	})
	f.eventually(60*time.Second, "the restart is over", func() error { return f.endedIn(th) })
	count := f.kinds(th.runID())
	require.Equal(t, 1, count["counted"], count)
	require.NoError(t, bob.OpenHome(t.Context()))
	shown = bob.home(15*time.Second, ":white_check_mark: done", "waiting for a decision")
	require.Contains(t, shown, th.runID())
	require.Contains(t, shown, "again:1")
}
