package job_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestAChangeAsPeopleKnowIt(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]job.Change{
		"Faster search\n":       {Title: "Faster search"},
		"Faster search (#12)":   {Title: "Faster search", PR: 12},
		"Fix #12 in the cart":   {Title: "Fix #12 in the cart"},
		"(#12)":                 {Title: "(#12)"},
		"\n\n  New   invoice\t": {Title: "New invoice"},
		"Merge pull request #12 from acme/search\n\nFaster search\n\nlong text":                {Title: "Faster search", PR: 12},
		"Merge pull request #12 from acme/search: Faster search":                               {Title: "Faster search", PR: 12},
		"Merge pull request #12 from acme/search":                                              {Title: "Merge pull request #12 from acme/search", PR: 12},
		"Merged in search (pull request #12)\n\nFaster search":                                 {Title: "Faster search", PR: 12},
		"Merge branch 'search' into 'main'\n\nFaster search\n\nSee merge request acme/shop!12": {Title: "Faster search", PR: 12},
		"Merge branch 'search' into 'main'\n\nSee merge request acme/shop!12":                  {Title: "Merge branch 'search' into 'main'", PR: 12},
		"Merge branch 'main' into search":                                                      {Title: "Merge branch 'main' into search"},
		"":                                                                                     {},
		"Evil\x1b[31m \u202etitle\x00 \xff":                                                    {Title: "Evil [31m title"},
		"Too long a number (#12345678901)":                                                     {Title: "Too long a number (#12345678901)"},
	} {
		want.ID, want.Author = "a1b2", "Eve"
		require.Equal(t, want, job.NewChange("a1b2\n", " Eve", message), "%q", message)
	}
	long := job.NewChange(strings.Repeat("a", 500), strings.Repeat("é", 500), strings.Repeat("word ", 50_000))
	require.Equal(t, 64, utf8.RuneCountInString(long.ID))
	require.Equal(t, 80, utf8.RuneCountInString(long.Author))
	require.LessOrEqual(t, utf8.RuneCountInString(long.Title), 200)
	require.True(t, utf8.ValidString(long.Author+long.Title))
}

func TestALineThatTellsAChange(t *testing.T) {
	t.Parallel()
	c, ok := job.ReadChange("pawl: change 9f2c1d\tEve Adams\tFaster search (#12)")
	require.True(t, ok)
	require.Equal(t, job.Change{ID: "9f2c1d", Author: "Eve Adams", Title: "Faster search", PR: 12}, c)
	c, ok = job.ReadChange("pawl: change 9f2c1d\t\ta\tb")
	require.True(t, ok)
	require.Equal(t, job.Change{ID: "9f2c1d", Title: "a b"}, c)
	for _, line := range []string{"", "change 1\ta\tb", "pawl: change 1 a b", "pawl: change 1\tb", "pawl: change \t\t", "pawl: change 1\ta\t ", "pawl: changed 1\ta\tb", "pawl: 5% change"} {
		_, ok = job.ReadChange(line)
		require.False(t, ok, line)
	}
}
