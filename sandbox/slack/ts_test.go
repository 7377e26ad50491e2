package slack

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseTS(t *testing.T) {
	t.Parallel()
	for text, micros := range map[string]int64{
		"1503435956.000247": 1503435956000247, "1503435956": 1503435956000000, "1503435956.5": 1503435956500000, "0": 0,
	} {
		got, ok := parseTS(text)
		require.True(t, ok, text)
		require.Equal(t, micros, got)
	}
	for _, text := range []string{"", ".", "-1", "1.0000001", "1.-2", "1234567890123", "1.2.3", "x"} {
		_, ok := parseTS(text)
		require.False(t, ok, text)
	}
}

// A clock that went backwards over a restart does not make timestamps go back.
func TestTimestampsRiseOverARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "slack.db")
	post := func(ahead time.Duration) string {
		s, err := New(Options{Path: path})
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		s.mu.Lock()
		if ahead > 0 {
			s.stamps.next(time.Now().Add(ahead))
		}
		s.mu.Unlock()
		c := &call{Server: s, who: &actor{user: s.dir.userNamed("alice")}, args: args{"channel": "C0OPS", "text": "x"}}
		answer, refused := c.perform(s.methods["chat.postMessage"])
		require.Nil(t, refused)
		return answer["ts"].(string)
	}
	before := post(time.Hour)
	require.Greater(t, post(0), before)
}
