package pages

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestOpenNamesAllMistakes(t *testing.T) {
	t.Parallel()
	_, err := Open(job.Source{
		URL: "https://api.test/deals?limit=5", Records: ".results.[", Total: ".ž | foo", Header: "X Key",
		Headers: map[string]string{"A:": "x", "B": "x\ny"},
		Paging:  job.Paging{By: job.ByCursor, SizeParam: "limit", Size: -1},
	}, job.NewSecret("a\n"), Options{})
	require.EqualError(t, err, strings.Join([]string{
		`param: the query parameter that carries the cursor is missing`,
		`size: -1 is no number of records`,
		`size: the number of records a page and the parameter that carries it belong together`,
		`url: limit is in the address already, and paging sets it`,
		`headers: "A:" cannot be the name of a header`,
		`headers: the value of B has a line break or another character that no header may have`,
		`token: "X Key" cannot be the name of a header`,
		`token: the token has a line break or another character that no header may have`,
		`records: this is no jq: unexpected EOF, at character 11 of ".results.["`,
		`next: this jq is missing`,
		`total: this is no jq: unexpected token "ž", at character 2 of ".ž | foo"`,
	}, "\n"))
	var wrong Mistakes
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, Mistake{Field: "param", Why: "the query parameter that carries the cursor is missing"}, wrong[0])

	for address, why := range map[string]string{
		"":                     "url: an address begins with https:// or http://",
		"ftp://a":              "url: an address begins with https:// or http://",
		"https://":             "url: the address names no host",
		"https://a:b@c/":       "url: a user or a password in the address would be seen by everybody: use token",
		"https://a:secret@%zz": "url: this is no address: it cannot be read",
	} {
		_, err := Open(job.Source{URL: address, Records: ".", Paging: job.Paging{By: job.OnePage}}, job.Secret{}, Options{})
		require.EqualError(t, err, why)
	}
	for _, c := range []struct {
		p   job.Paging
		why string
	}{
		{job.Paging{By: "pages"}, `paging: "pages" is no way of paging, there are cursor, link, offset, none`},
		{job.Paging{By: job.ByLink, Param: "x"}, "param: paging by link needs no parameter"},
		{job.Paging{By: job.ByOffset, Param: "x", Next: ".x"}, "next: paging by offset does not look at what the page says comes next"},
		{job.Paging{By: job.ByOffset, Param: "x", SizeParam: "x", Size: 1}, "param: x cannot carry the offset and the number of records"},
	} {
		_, err := Open(job.Source{URL: "https://a", Records: ".", Paging: c.p}, job.Secret{}, Options{})
		require.EqualError(t, err, c.why)
	}
	for _, jq := range []string{"input", "import \"x\" as x; .", "nobody", strings.Repeat("(", 10_001)} {
		_, err := Open(job.Source{URL: "https://a", Records: jq, Paging: job.Paging{By: job.OnePage}}, job.Secret{}, Options{})
		require.ErrorContains(t, err, "records: this")
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		base, to string
		want     bool
	}{
		{"https://a.test", "https://A.test:443/x", true},
		{"https://a.test", "https://a.test:444/x", false},
		{"https://a.test", "https://a.test.evil", false},
		{"https://a.test", "http://a.test", false},
		{"http://a.test", "https://a.test", true},
		{"http://a.test:80", "https://a.test:80", false},
		{"http://a.test:8080", "https://a.test", false},
		{"https://a.test", "https://x@a.test", false},
	} {
		base, err := url.Parse(c.base)
		require.NoError(t, err)
		to, err := url.Parse(c.to)
		require.NoError(t, err)
		require.Equal(t, c.want, home(base, to), "%s -> %s", c.base, c.to)
	}
	r, _ := open(t, job.Source{URL: "https://a.test/x", Records: ".", Paging: job.Paging{By: job.ByLink}})
	to, err := r.resolve(r.base, "http://a.test/y", 1)
	require.NoError(t, err)
	require.Equal(t, "https://a.test/y", to.String(), "the token is not sent unencrypted, whatever the link says")
}

func TestWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"once", "twice", "five times", "13 times"}, []string{times(1), times(2), times(5), times(13)})
	for d, want := range map[time.Duration]string{
		50 * time.Millisecond: "50 ms", time.Second: "1 second", 89 * time.Second: "89 seconds", 90 * time.Second: "2 minutes",
		2 * time.Hour: "2 hours", 72 * time.Hour: "3 days",
	} {
		require.Equal(t, want, span(d))
	}
	require.Equal(t, []string{"1 s", "10 s", "2 minutes"}, []string{brief(time.Millisecond), brief(10 * time.Second), brief(2 * time.Minute)})
	require.Equal(t, []string{"17 bytes", "1.5 kB", "10.5 MB"}, []string{size(17), size(1536), size(11010048)})
	require.Equal(t, []string{"70", "1,000", "1,234,567"}, []string{grouped(70), grouped(1000), grouped(1234567)})
}
