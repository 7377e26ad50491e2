package pages

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestByCursor(t *testing.T) {
	t.Parallel()
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		if r.Header.Get("Authorization") != "Bearer "+secret || r.Header.Get("X-Team") != "sales" || r.Header.Get("Accept") != "application/json" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		from, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Query().Get("after"), "n=&"))
		paging := fmt.Sprintf(`{"next":{"after":"n=&%d"}}`, from+3)
		if from >= 6 {
			paging = "{}"
		}
		fmt.Fprintf(w, `{"total": 9, "results":[ %s ], "paging":%s}`, strings.Join(numbers(from, from+3), " ,\n"), paging)
	})
	src := byCursor(s.URL + "/deals?properties=a,b;c")
	src.Paging.SizeParam, src.Paging.Size, src.Total = "limit", 3, ".total"
	src.Headers = map[string]string{"X-Team": "sales"}
	r, _ := open(t, src)
	records, at := all(t, r)
	require.Equal(t, numbers(0, 9), records)
	require.Equal(t, job.Position{Over: true, Pages: 3, Read: 9}, at)
	require.Equal(t, []string{
		"properties=a,b;c&limit=3",
		"properties=a,b;c&limit=3&after=n%3D%263",
		"properties=a,b;c&limit=3&after=n%3D%266",
	}, asked)

	page, err := r.Page(t.Context(), job.Position{Next: "n=&3", Pages: 1})
	require.NoError(t, err, "a page may be asked for again")
	require.EqualValues(t, 9, page.Total)
	require.EqualValues(t, len(`{"total": 9, "results":[ {"n":3} ,`+"\n"+`{"n":4} ,`+"\n"+`{"n":5} ], "paging":{"next":{"after":"n=&6"}}}`), page.Bytes)
	_, err = r.Page(t.Context(), at)
	require.EqualError(t, err, "reading page 4 of HubSpot: there is none after the last")
}

func TestByLink(t *testing.T) {
	t.Parallel()
	for name, inBody := range map[string]bool{"in the page": true, "in the header": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, secret, r.Header.Get("X-Api-Key"))
				assert.Empty(t, r.Header.Get("Authorization"))
				from, _ := strconv.Atoi(r.URL.Query().Get("from"))
				next := ""
				if from < 4 {
					next = fmt.Sprintf("?from=%d#top", from+2) // relative to where it stands
				}
				body := map[string]any{"rows": []map[string]int{{"n": from}, {"n": from + 1}}}
				if inBody {
					body["next"] = next
				} else if next != "" {
					w.Header().Add("Link", `</first>; rel="first"`)
					w.Header().Add("Link", fmt.Sprintf(`</x>; rel=prev, <%s>; title="a, b"; rel="last Next"`, next))
				}
				_ = json.NewEncoder(w).Encode(body)
			})
			src := job.Source{URL: s.URL + "/list", Header: "X-Api-Key", Records: ".rows", Paging: job.Paging{By: job.ByLink}}
			if inBody {
				src.Paging.Next = ".next"
			}
			r, _ := open(t, src)
			first, err := r.Page(t.Context(), job.Position{})
			require.NoError(t, err)
			require.Equal(t, s.URL+"/list?from=2", first.Next)
			records, _ := all(t, r)
			require.Equal(t, numbers(0, 6), records)
		})
	}
}

func TestByOffset(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		count, gets int // how many there are, and how many a page really has
		total       bool
		asked       int
	}{
		{"until a page is empty", 10, 5, false, 3},
		{"a page may be smaller than asked for", 10, 4, false, 4},
		{"the total saves the last question", 9, 5, true, 2},
		{"but not when the last page was full, for totals lie", 10, 5, true, 3},
		{"nothing at all", 0, 5, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				from, _ := strconv.Atoi(r.URL.Query().Get("skip"))
				fmt.Fprintf(w, `{"count":"%d","items":[%s]}`, c.count, strings.Join(numbers(from, min(from+c.gets, c.count)), ","))
			})
			src := job.Source{URL: s.URL, Records: ".items", Paging: job.Paging{By: job.ByOffset, Param: "skip", SizeParam: "take", Size: 5}}
			if c.total {
				src.Total = ".count"
			}
			r, _ := open(t, src)
			records, _ := all(t, r)
			require.ElementsMatch(t, numbers(0, c.count), records)
			require.Equal(t, c.asked, asked)
		})
	}
}

func TestRecordsByJQ(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		jq, body string
		want     []string
		fault    string
	}{
		{".", `[1,{"a":2}]`, []string{"1", `{"a":2}`}, ""},
		{".", `{"a":2}`, []string{`{"a":2}`}, ""},
		{".", "\xef\xbb\xbf [] ", nil, ""},
		{".a", `{"a":[1],"a":[2.50]}`, []string{"2.50"}, ""},
		{".a.b", `{"x":{"b":[0]},"\u0061":{"c":"]}\\\"","b":[{"b":"\\"}, "]" ]}}`, []string{`{"b":"\\"}`, `"]"`}, ""},
		{".a[]", `{"a":[{"n":1.10},{"n":2}]}`, []string{`{"n":1.10}`, `{"n":2}`}, ""},
		{".a[]", `{"a":[]}`, nil, ""},
		{".a + .b", `{"a":[{"n":12345678901234567890.10}],"b":[]}`, []string{`{"n":12345678901234567890.10}`}, ""},
		{".a", `{"b":1}`, nil, "There are no records on page 1 from HubSpot where we look for them (.a)."},
		{".a", `{"a":null}`, nil, "There are no records on page 1 from HubSpot where we look for them (.a)."},
		{".a.b", `{"a":[]}`, nil, "There are no records on page 1 from HubSpot where we look for them (.a.b)."},
		{".a", `{"a":"none"}`, nil, "There are no records on page 1 from HubSpot where we look for them (.a)."},
		{".a|.", `{"a":"none"}`, nil, `There are no records on page 1 from HubSpot where we look for them (.a|.). (the jq gives "none", which is no list of records)`},
		{".a[]", `{"a":null}`, nil, "There are no records on page 1 from HubSpot where we look for them (.a[]). (cannot iterate over: null)"},
		{".a|.", "{\"a\":[\"\xff\"]}", nil, "There are no records on page 1 from HubSpot where we look for them (.a|.). (it holds text that is not UTF-8)"},
		{".a", "{\"a\":[\"\xff\"]}", []string{"\"\xff\""}, ""},
		{"halt", `{}`, nil, "There are no records on page 1 from HubSpot where we look for them (halt). (halt error: null)"},
		{"[env, $ENV]", `{}`, []string{"{}", "{}"}, ""},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) })
		r, _ := open(t, job.Source{URL: s.URL, Records: c.jq, Paging: job.Paging{By: job.OnePage}})
		if c.fault != "" {
			f := fault(t, r, job.Position{})
			require.Equal(t, c.fault, f.Error(), c.jq)
			require.Equal(t, job.FaultData, f.Class)
			require.Contains(t, f.Shown, "GET / -> 200 OK")
			continue
		}
		records, _ := all(t, r)
		require.Equal(t, c.want, records, c.jq+" on "+c.body)
	}
}

func TestWhatComesNext(t *testing.T) {
	t.Parallel()
	const where = "Page 1 from HubSpot does not say what comes next where we look for it (%s). (%s)"
	for _, c := range []struct{ jq, body, want, fault string }{
		{".next", `{"next":"b"}`, "b", ""},
		{".next", `{"next":12345678901234567890}`, "12345678901234567890", ""},
		{".next", `{"next":""}`, "", ""},
		{".next", `{"next":null}`, "", ""},
		{".next", `{"next":false}`, "", ""},
		{".next", `{}`, "", ""},
		{".next.after", `{"next":null}`, "", ""},
		{"if .more then .r[-1].id else null end", `{"more":true,"r":[{"id":1},{"id":17}]}`, "17", ""},
		{".next // empty", `{}`, "", ""},
		{".next", `{"next":true}`, "", fmt.Sprintf(where, ".next", "true is neither a cursor nor an address")},
		{".next", `{"next":{"a":1}}`, "", fmt.Sprintf(where, ".next", `{"a":1} is neither a cursor nor an address`)},
		{".next.after", `{"next":7}`, "", fmt.Sprintf(where, ".next.after", `7 is no object`)},
		{`.next, "x"`, `{}`, "", fmt.Sprintf(where, `.next, "x"`, `it gives 2 values instead of one`)},
		{`.next | error`, `{"next":"no"}`, "", fmt.Sprintf(where, `.next | error`, `error: no`)},
		{".next", `{"next":"` + strings.Repeat("x", 9000) + `"}`, "", "What leads from page 1 of HubSpot to the next one has 8.8 kB, more than 8 kB are not taken."},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			body := `{"results":[],` + c.body[1:]
			if c.body == "{}" {
				body = `{"results":[]}`
			}
			_, _ = w.Write([]byte(body))
		})
		r, _ := open(t, job.Source{URL: s.URL, Records: ".results", Paging: job.Paging{By: job.ByCursor, Param: "p", Next: c.jq}})
		if c.fault != "" {
			f := fault(t, r, job.Position{})
			require.Equal(t, c.fault, f.Error())
			require.Equal(t, job.FaultData, f.Class)
			continue
		}
		page, err := r.Page(t.Context(), job.Position{})
		require.NoError(t, err, c.jq+" on "+c.body)
		require.Equal(t, c.want, page.Next)
		require.Equal(t, c.want == "", page.Over)
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	for total, want := range map[string]int64{"12": 12, `"12"`: 12, "12.0": 12, "1e3": 1000, "null": 0, "-1": 0, `"many"`: 0, "1e400": 0, "[]": 0, "true": 0} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"results":[],"total":%s}`, total) })
		for _, jq := range []string{".total", ".total | ."} {
			r, _ := open(t, job.Source{URL: s.URL, Records: ".results", Total: jq, Paging: job.Paging{By: job.OnePage}})
			page, err := r.Page(t.Context(), job.Position{})
			require.NoError(t, err)
			require.Equal(t, want, page.Total, total)
		}
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"results":[],"total":7}`) })
	r, _ := open(t, job.Source{URL: s.URL, Records: ".results", Total: ".total.all", Paging: job.Paging{By: job.OnePage}})
	require.Equal(t, "HubSpot does not say how many records there are where we look for it (.total.all). (7 is no object)", fault(t, r, job.Position{}).Error())
}

func TestPackedPagesAndEmptyOnes(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("after") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(`{"results":[{"n":0}],"paging":{"next":{"after":1}}}`))
		_ = z.Close()
	})
	r, _ := open(t, byCursor(s.URL))
	records, at := all(t, r)
	require.Equal(t, numbers(0, 1), records)
	require.Equal(t, 2, at.Pages)
}
