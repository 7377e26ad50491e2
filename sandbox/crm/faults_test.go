package crm_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// shapes are the three ways to ask for the third page of a hundred.
func shapes() map[string]string {
	return map[string]string{
		"hubspot": deals + "?limit=100&after=7400200", "offset": "/offset/deals?limit=100&offset=200", "link": "/link/deals?per_page=100&page=3",
	}
}

func (p *party) set(f crm.Fault) {
	p.Helper()
	require.NoError(p, p.Set(f))
}

func TestWhatEveryShapeSuffers(t *testing.T) {
	t.Parallel()
	for shape, path := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			p := quiet(t)
			get := func() (said, error) { return p.ask(http.MethodGet, path, "", bearer()...) }

			p.set(crm.Fault{Kind: crm.Off})
			_, err := get()
			require.Error(t, err, "no answer at all")
			p.Clear("")

			p.set(crm.Fault{Kind: crm.Cut})
			a, err := get()
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NotEmpty(t, a.body, "half of it")
			require.Equal(t, http.StatusOK, a.status)
			p.Clear("")

			p.set(crm.Fault{Kind: crm.BadGateway})
			a = p.get(path)
			require.Equal(t, http.StatusBadGateway, a.status)
			require.Equal(t, "text/plain", a.header.Get("Content-Type"))
			require.True(t, strings.HasPrefix(a.body, "upstream connect error"))
			p.Clear("")

			p.set(crm.Fault{Kind: crm.HTML})
			a = p.get(path)
			require.Equal(t, http.StatusOK, a.status)
			require.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
			require.Contains(t, a.body, "<h1>Scheduled maintenance</h1>")
			p.Clear("")

			p.set(crm.Fault{Kind: crm.Revoked})
			require.Equal(t, "INVALID_AUTHENTICATION", refusal(t, p.get(path), http.StatusUnauthorized).Category)
			p.Clear("")

			p.set(crm.Fault{Kind: crm.Scope})
			a = p.get(path)
			require.Equal(t, "MISSING_SCOPES", refusal(t, a, http.StatusForbidden).Category)
			require.Contains(t, a.body, "crm.objects.deals.read")
			p.Clear("")

			p.set(crm.Fault{Kind: crm.TooMany})
			a = p.get(path)
			require.Equal(t, "TEN_SECONDLY_ROLLING", refusal(t, a, http.StatusTooManyRequests).PolicyName)
			require.NotContains(t, a.header, "Retry-After")
			p.set(crm.Fault{Kind: crm.TooMany, MS: 1500})
			require.Equal(t, "2", p.get(path).header.Get("Retry-After"))
			p.Clear("")

			require.Equal(t, http.StatusOK, p.get(path).status, "and all is well again")
		})
	}
}

func TestAFaultBeginsAtAPage(t *testing.T) {
	t.Parallel()
	for shape, third := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			p := quiet(t)
			second := strings.NewReplacer("7400200", "7400100", "offset=200", "offset=100", "page=3", "page=2").Replace(third)
			p.set(crm.Fault{Kind: crm.BadGateway, Page: 3})
			require.Equal(t, http.StatusOK, p.get(second).status)
			require.Equal(t, http.StatusBadGateway, p.get(third).status)
			require.Equal(t, http.StatusOK, p.get(second).status)
		})
	}
}

func TestAFaultGoesAwayByItself(t *testing.T) {
	t.Parallel()
	told := 0
	p := open(t, crm.Options{Every: -1, Changed: func() { told++ }})
	p.set(crm.Fault{Kind: crm.BadGateway, Times: 2})
	require.Equal(t, 1, told)
	require.Equal(t, http.StatusBadGateway, p.get(deals).status)
	faults, since := p.Faults()
	require.Equal(t, []crm.Fault{{Kind: crm.BadGateway, Times: 2, Hits: 1}}, faults)
	require.False(t, since.IsZero())
	require.Equal(t, http.StatusBadGateway, p.get(deals).status)
	require.Equal(t, http.StatusOK, p.get(deals).status)
	require.Equal(t, 2, told, "when it was set and when it went")
	faults, _ = p.Faults()
	require.Empty(t, faults)
	require.Zero(t, p.Clear(crm.BadGateway))
	require.Equal(t, 2, told, "nothing changed")
}

func TestSlow(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	p.set(crm.Fault{Kind: crm.Slow, MS: 60})
	began := time.Now()
	require.Equal(t, http.StatusOK, p.get(deals).status)
	require.GreaterOrEqual(t, time.Since(began), 60*time.Millisecond)

	p.set(crm.Fault{Kind: crm.Slow, MS: 600_000})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+deals, http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+crm.Token)
	_, err = p.client.Do(r)
	require.ErrorIs(t, err, context.DeadlineExceeded, "and nobody waits on the other side either: goleak")
}

func TestHalfTheDeals(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Deals: 301, Every: -1})
	p.set(crm.Fault{Kind: crm.Half, Page: 2})
	names, pages := p.all("dealname")
	require.Len(t, names, 151)
	require.Equal(t, 2, pages)
	require.NotContains(t, names, "7400002")
	require.Equal(t, 151, decoded[offsetPage](t, p.get("/offset/deals").body).Total)
	require.Len(t, decoded[[]flat](t, p.get("/link/deals?per_page=100&page=2").body), 51)
	require.Equal(t, http.StatusNotFound, p.get(deals+"/7400002").status)
	require.Equal(t, http.StatusOK, p.get(deals+"/7400301").status)
}

func TestBrokenRecords(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	well, _ := p.all("amount")
	p.set(crm.Fault{Kind: crm.Broken})
	ill, _ := p.all("amount")
	require.Equal(t, "about 12 thousand", *ill["7400017"])
	require.Regexp(t, `^10{400}e999999999$`, *ill["7401844"])
	different := 0
	for id := range well {
		if (well[id] == nil) != (ill[id] == nil) || well[id] != nil && *well[id] != *ill[id] {
			different++
		}
	}
	require.Equal(t, 2, different, "only those")
	a := p.get(deals + "?limit=1&after=7402202&properties=dealname")
	require.Contains(t, a.body, `"dealname":"Nul\u0000and\u0000void"`)
	require.Contains(t, p.get("/link/deals?per_page=100&page=1").body, `"amount":"about 12 thousand"`, "a text where a number belongs")
	p.Clear("")
	again, _ := p.all("amount")
	require.Equal(t, well, again, "nothing stays broken")
}

func TestAHugeField(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	p.set(crm.Fault{Kind: crm.Huge})
	require.Less(t, len(p.get(deals+"?limit=100&after=7401100").body), 100_000)
	require.Greater(t, len(p.get(deals+"?limit=100&after=7401200").body), 10<<20)
}

func TestListsWithoutEnd(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Deals: 25, Every: -1})
	p.set(crm.Fault{Kind: crm.Endless, Page: 2})
	require.Equal(t, "7400010", p.page(deals).Paging.Next.After)
	for range 3 {
		got := p.page(deals + "?after=7400010")
		require.Equal(t, "7400011", got.Results[0].ID)
		require.Equal(t, "7400010", got.Paging.Next.After, "the same page again")
	}
	require.Contains(t, p.get("/link/deals?page=3").header.Get("Link"), `page=3>; rel="next"`)
	require.Len(t, decoded[offsetPage](t, p.get("/offset/deals?offset=70000").body).Deals, 10)
	p.Clear(crm.Endless)

	p.set(crm.Fault{Kind: crm.Circle})
	require.Equal(t, "7400020", p.page(deals+"?after=7400010").Paging.Next.After)
	after := p.page(deals + "?after=7400020").Paging.Next.After
	require.Equal(t, "7400001", p.page(deals + "?after=" + after).Results[0].ID, "the first page again")
	require.Contains(t, p.get("/link/deals?page=3").header.Get("Link"), `page=1>; rel="next"`)
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Every: -1})
	do := func(method, path, body string, header ...string) said {
		t.Helper()
		a, err := p.ask(method, path, body, header...)
		require.NoError(t, err)
		return a
	}
	require.JSONEq(t, `{"ok":true,"deals":4812,"faults":[]}`, do(http.MethodGet, "/sandbox/crm", "").body)
	a := do(http.MethodPost, "/sandbox/crm/faults", `{"kind":"502","page":32,"times":5}`)
	require.Equal(t, http.StatusOK, a.status)
	require.JSONEq(t, `{"ok":true,"faults":[{"kind":"502","page":32,"times":5,"hits":0}]}`, a.body)
	do(http.MethodPost, "/sandbox/crm/faults", `{"kind":"slow","ms":1}`)
	do(http.MethodPost, "/sandbox/crm/faults", `{"kind":"502","page":3}`)
	require.JSONEq(t, `{"ok":true,"faults":[{"kind":"slow","ms":1,"hits":0},{"kind":"502","page":3,"hits":0}]}`,
		do(http.MethodGet, "/sandbox/crm/faults", "").body, "one of a kind")
	require.JSONEq(t, `{"ok":true,"removed":1}`, do(http.MethodDelete, "/sandbox/crm/faults/502", "").body)
	require.JSONEq(t, `{"ok":true,"removed":0}`, do(http.MethodDelete, "/sandbox/crm/faults/502", "").body)
	require.JSONEq(t, `{"ok":true,"removed":1}`, do(http.MethodDelete, "/sandbox/crm/faults", "").body)
	require.JSONEq(t, `{"ok":true,"deals":4856}`, do(http.MethodPost, "/sandbox/crm/deals", `{"new":44}`).body)

	for body, says := range map[string]string{
		`{"kind":"rain"}`:           `the CRM has no fault \"rain\"`,
		`{"kind":"slow","ms":-1}`:   "not below zero",
		`{"kind":"slow","page":-1}`: "not below zero",
		`{"kind":"slow","sec":5}`:   "unknown field",
		`slow`:                      "reading what you sent",
	} {
		a := do(http.MethodPost, "/sandbox/crm/faults", body)
		require.Equal(t, http.StatusBadRequest, a.status, body)
		require.Contains(t, strings.ReplaceAll(a.body, `\\`, `\`), says, body)
	}
	require.Equal(t, http.StatusBadRequest, do(http.MethodPost, "/sandbox/crm/deals", `{"new":0}`).status)
	require.Equal(t, http.StatusForbidden, do(http.MethodPost, "/sandbox/crm/faults", `{"kind":"off"}`, "Sec-Fetch-Site", "cross-site").status)
	faults, _ := p.Faults()
	require.Empty(t, faults)
}

func TestEveryKindCanBeSet(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	for _, kind := range crm.Kinds() {
		p.set(crm.Fault{Kind: kind})
	}
	faults, _ := p.Faults()
	require.Len(t, faults, 13)
	require.Equal(t, 13, p.Clear(""))
	require.Equal(t, http.StatusOK, p.get(deals).status)
}
