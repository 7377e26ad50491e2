package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox"
	"github.com/pawl-ops/pawl/sandbox/slack"
)

// The demo as three processes: each plug is pulled while a toy is refreshed, and it is as if nobody had.
func TestTheDemoHasThreePlugs(t *testing.T) {
	t.Parallel()
	url := startDemo(t, t.TempDir(), "--apart")
	alice := slack.NewPerson(url, "xoxp-alice", nil)
	dm, err := alice.DM(t.Context())
	require.NoError(t, err)
	f := &fleet{t: t}
	require.Len(t, parts(t, url), 3)

	ts, err := alice.Say(t.Context(), dm, "toy", "")
	require.NoError(t, err)
	shows := func(text string) error {
		replies, err := alice.Replies(t.Context(), dm, ts)
		if err != nil {
			return err
		}
		var all []string
		for _, m := range replies {
			all = append(all, shownBy(m))
		}
		if said := strings.Join(all, "\n---\n"); !strings.Contains(said, text) {
			return fmt.Errorf("it says:\n%s", said)
		}
		return nil
	}
	f.eventually(30*time.Second, "the toy is under way", func() error { return shows("step 2 of 5") })
	for _, hole := range []string{"worker", "slackbridge", "engine"} {
		before := parts(t, url)[hole]
		require.Equal(t, sandbox.StateOK, before.State, hole)
		pull(t, url, hole)
		f.eventually(20*time.Second, "the "+hole+" is back", func() error {
			now := parts(t, url)[hole]
			if now.State != sandbox.StateOK || now.Detail == before.Detail {
				return fmt.Errorf("it is %s, %s", now.Word, now.Detail)
			}
			return nil
		})
	}
	f.eventually(90*time.Second, "the toy is fresh", func() error { return shows("your toy database is fresh") })
	replies, err := alice.Replies(t.Context(), dm, ts)
	require.NoError(t, err)
	require.Len(t, replies, 3, "the command, the board, the result")
}

// parts are the processes of Pawl on the panel of the page.
func parts(t *testing.T, url string) map[string]sandbox.Thing {
	t.Helper()
	res, err := http.Get(url + "/sandbox/world")
	require.NoError(t, err)
	defer res.Body.Close()
	var world sandbox.Picture
	require.NoError(t, json.NewDecoder(res.Body).Decode(&world))
	all := map[string]sandbox.Thing{}
	for _, thing := range world.Things {
		if thing.Kind == sandbox.KindPawl {
			all[thing.ID] = thing
		}
	}
	return all
}

// pull presses a button of the panel.
func pull(t *testing.T, url, thing string) {
	t.Helper()
	res, err := http.Post(url+"/sandbox/world/"+thing+"/plug", "application/json", strings.NewReader(`{"on":true}`))
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", text)
}
