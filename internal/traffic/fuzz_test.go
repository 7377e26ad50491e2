package traffic

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func FuzzHear(f *testing.F) {
	f.Add("pawl: switched\n", 0)
	f.Add("note\npawl: note x\npawl: active app-1:80 blue\n", 0)
	f.Add("pawl: refuse No.\npawl: left 3\npawl: count 1 2", 1)
	f.Add("pawl:active \xff\npawl: problem \x1b[31m\r\n", 124)
	f.Fuzz(func(t *testing.T, printed string, exit int) {
		s := hear([]byte(printed), exit)
		for _, text := range []string{s.refuse, s.problem, s.last, s.unclear} {
			require.True(t, utf8.ValidString(text))
			require.LessOrEqual(t, utf8.RuneCountInString(text), longestSentence+100)
			require.False(t, strings.ContainsFunc(text, unicode.IsControl), "%q", text)
		}
		if s.unclear != "" {
			require.Error(t, s.trouble())
			return
		}
		said := 0
		for _, yes := range []bool{s.active != "", s.switched, s.left != nil, s.count != nil, s.uncounted, s.refuse != "", s.problem != ""} {
			if yes {
				said++
			}
		}
		require.LessOrEqual(t, said, 1, "it says one thing")
		if s.switched {
			require.Zero(t, exit)
			require.NoError(t, s.trouble())
		}
		if s.left != nil {
			require.GreaterOrEqual(t, *s.left, 0)
		}
		if s.active != "" {
			require.True(t, plausible(s.active))
		}
	})
}

func FuzzUpstream(f *testing.F) {
	f.Add(`[{"dial":"app-1:80","@id":"pawl.x.a.b","max_requests":3}]`, "e")
	f.Add(`[{"dial":"app-1:80"},{}]`, "")
	f.Add(`[null]`, "e")
	f.Fuzz(func(t *testing.T, text, etag string) {
		var list []map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &list) != nil {
			return
		}
		u, err := readUpstream(job.Traffic{ID: "x", Backends: map[string]string{"blue": "app-1:80"}}, list, etag)
		if err != nil {
			return
		}
		require.NotEmpty(t, u.etag)
		require.True(t, plausible(u.dial))
		require.NotEmpty(t, u.instance)
	})
}
