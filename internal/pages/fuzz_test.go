package pages

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// answering gives one answer to everything.
type answering struct {
	body []byte
	link string
}

func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Link": {a.link}}, Body: io.NopCloser(bytes.NewReader(a.body)), Request: req,
	}, nil
}

// FuzzPage holds: whatever is answered, there is a page or a fault that can be shown; records are JSON, and the same ones
// that the standard library finds; what comes next never leads elsewhere.
func FuzzPage(f *testing.F) {
	for _, s := range []string{
		`{"results":[{"n":1},{"n":2.50}],"paging":{"next":{"after":"x"}},"total":2}`, `{"results":[],"results":[[["]"]]]}`, `[1,2`, "{\"results\":[\"\xff\\u0000\"]}",
		`{"paging":{"next":{"after":"//evil/x"}},"results":[{}]}`, `{"\u0072esults":[ "\\" , "\"" ] }`, `<html>`, `{"results":{"a":1}, "paging":7}`, ``,
	} {
		f.Add([]byte(s), "</x>; rel=next")
	}
	world := &answering{}
	var readers []*Reader
	for _, src := range []job.Source{
		{Records: ".results", Total: ".total", Paging: job.Paging{By: job.ByCursor, Next: ".paging.next.after", Param: "after"}},
		{Records: ".results", Paging: job.Paging{By: job.ByLink, Next: ".paging.next.after"}},
		{Records: ".", Paging: job.Paging{By: job.ByLink}},
		{Records: ".results[]?", Total: ".total|.", Paging: job.Paging{By: job.ByOffset, Param: "skip"}},
	} {
		src.URL = "https://a.test/b/c?d=e"
		r, _ := open(f, src, func(o *Options) { o.Transport = world })
		readers = append(readers, r)
	}
	f.Fuzz(func(t *testing.T, body []byte, link string) {
		world.body, world.link = body, link
		for i, r := range readers {
			page, err := r.Page(t.Context(), job.Position{})
			if err != nil {
				var fault *job.Fault
				require.ErrorAs(t, err, &fault)
				require.NotEmpty(t, fault.Says)
				require.LessOrEqual(t, len(fault.Shown), 500)
				require.True(t, utf8.ValidString(fault.Shown))
				require.False(t, strings.ContainsAny(fault.Shown, "\x00\n\r\x1b"))
				continue
			}
			require.Equal(t, page.Over, page.Next == "")
			for _, one := range page.Records {
				require.True(t, json.Valid(one), "%q", one)
			}
			if i < 2 {
				same(t, body, page.Records)
			}
			if i == 1 || i == 2 {
				to, err := url.Parse(page.Next)
				require.NoError(t, err)
				require.True(t, page.Over || to.Host == "a.test" && to.Scheme == "https", page.Next)
			}
		}
	})
}

// same compares with what the standard library finds, which takes fields whose names differ in case for the same.
func same(t *testing.T, body []byte, got [][]byte) {
	t.Helper()
	var page map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &page))
	var want []json.RawMessage
	if json.Unmarshal(page["results"], &want) != nil {
		want = []json.RawMessage{page["results"]}
	}
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, string(want[i]), string(got[i]))
	}
}

func FuzzNextLink(f *testing.F) {
	for _, s := range []string{`<a>; rel=next`, `<a>;rel="prev",<b>; rel="x next";title="a,b\""`, `junk; rel=next, <c>; REL=NEXT`, `<a`, `<>;rel=next`, `,;,<a>;;rel="`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		link := nextLink([]string{header})
		require.Contains(t, header, link)
		require.NotContains(t, link, ">")
		if link != "" {
			require.Equal(t, link, nextLink([]string{`<x>; rel=prev; rel=next`, `<` + link + `>; title="a, <y>; rel=next"; rel="Next last"`}))
		}
	})
}
