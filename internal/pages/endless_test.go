package pages

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

// turning serves pages of which the cursors go 1, 2, ... and, after so many, back to an earlier one.
func turning(t *testing.T, last, back int) job.Source {
	t.Helper()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("after"))
		if n++; n > last {
			n = back
		}
		fmt.Fprintf(w, `{"results":[],"paging":{"next":{"after":%d}}}`, n)
	})
	return byCursor(s.URL)
}

// untilFault reads until there is a fault.
func untilFault(t *testing.T, r *Reader, at job.Position) (*job.Fault, job.Position) {
	t.Helper()
	for {
		page, err := r.Page(t.Context(), at)
		if err != nil {
			var f *job.Fault
			require.ErrorAs(t, err, &f)
			return f, at
		}
		at.Pages, at.Next = at.Pages+1, page.Next
		require.Less(t, at.Pages, 1000)
	}
}

func TestEndlessCursors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ last, back, most int }{{1, 1, 2}, {2, 1, 6}, {10, 3, 40}, {100, 1, 400}, {100, 90, 200}} {
		r, _ := open(t, turning(t, c.last, c.back))
		f, at := untilFault(t, r, job.Position{})
		require.Equal(t, job.FaultData, f.Class)
		require.Regexp(t, `^Page 2 from HubSpot leads to itself: reading on would never end\.$|^HubSpot sends us in a circle: page \d+ leads to a page that was read before\.$`, f.Says)
		require.LessOrEqual(t, at.Pages, c.most, "%+v", c)
		require.NotEmpty(t, f.Shown)
	}
	r, _ := open(t, turning(t, 1000, 1), func(o *Options) { o.MostPages = 70 })
	f, at := untilFault(t, r, job.Position{})
	require.Equal(t, "HubSpot has more than 70 pages, more than that are not read.", f.Says)
	require.Equal(t, 70, at.Pages)
}

func TestAPageThatIsAskedForAgainIsNoCircle(t *testing.T) {
	t.Parallel()
	r, _ := open(t, turning(t, 1000, 1))
	at := job.Position{}
	for range 40 {
		var next string
		for range 3 { // it could not be written
			page, err := r.Page(t.Context(), at)
			require.NoError(t, err)
			next = page.Next
		}
		at.Pages, at.Next = at.Pages+1, next
	}
}

func TestAnOffsetThatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[{"n":1},{"n":2}]`) })
	r, _ := open(t, job.Source{URL: s.URL, Records: ".", Paging: job.Paging{By: job.ByOffset, Param: "skip"}})
	f, at := untilFault(t, r, job.Position{})
	require.Equal(t, `Page 2 from HubSpot is page 1 once more: it does not seem to understand "skip", and reading on would never end.`, f.Says)
	require.Equal(t, 1, at.Pages)
	f = fault(t, r, job.Position{Pages: 3, Next: "seven"})
	require.Equal(t, job.FaultOurs, f.Class)
}

func TestALinkElsewhereIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the token went elsewhere") })
	link := ""
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"r":[],"next":%q}`, link) })
	src := job.Source{URL: s.URL + "/a/b", Records: ".r", Paging: job.Paging{By: job.ByLink, Next: ".next"}}
	for _, bad := range []string{elsewhere.URL + "/x", "//evil.example/x", "ftp" + s.URL[4:], "https" + s.URL[4:], "http://user:pw@" + s.URL[7:], "javascript:1", "mailto:a@b"} {
		link = bad
		r, _ := open(t, src)
		f := fault(t, r, job.Position{})
		require.Equal(t, job.FaultData, f.Class)
		require.Regexp(t, `^The link to the next page on page 1 from HubSpot leads to another place \(.*\)\. It was not followed, because the token would go there\.$`, f.Says)
		require.NotContains(t, f.Says, "pw")
		f = fault(t, r, job.Position{Pages: 1, Next: bad})
		require.Equal(t, job.FaultData, f.Class, "neither when it was kept outside in between")
	}
	link = "http://%zz"
	r, _ := open(t, src)
	require.Regexp(t, "is no address", fault(t, r, job.Position{}).Says)
	for good, want := range map[string]string{"c": s.URL + "/a/c", "/c?d": s.URL + "/c?d", "?e=1": s.URL + "/a/b?e=1", s.URL + "/f#g": s.URL + "/f"} {
		link = good
		page, err := r.Page(t.Context(), job.Position{})
		require.NoError(t, err)
		require.Equal(t, want, page.Next)
	}
}

func TestRedirectsAtHomeAreFollowed(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new?after=7", http.StatusMovedPermanently)
			return
		}
		assert.Equal(t, "Bearer "+secret, r.Header.Get("Authorization"))
		assert.Equal(t, "7", r.URL.Query().Get("after"))
		fmt.Fprint(w, good)
	})
	r, _ := open(t, byCursor(s.URL+"/old"))
	page, err := r.Page(t.Context(), job.Position{Next: "7", Pages: 1})
	require.NoError(t, err)
	require.Len(t, page.Records, 1)
}
