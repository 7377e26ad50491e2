package crm_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

type flat struct {
	ID            int
	Name, Stage   string
	Amount        any
	Owner         string
	Closes        *string
	Created       string
	Changed       string
	Total, Offset int
}

type offsetPage struct {
	Deals                []flat
	Total, Offset, Limit int
}

func TestByOffsetTheNewestComeFirst(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Deals: 205, Every: -1})
	seen := map[int]bool{}
	for offset, want := range map[string]int{"0": 100, "100": 100, "200": 5, "205": 0, "5000": 0} {
		a := p.get("/offset/deals?limit=100&offset=" + offset)
		got := decoded[offsetPage](t, a.body)
		require.Len(t, got.Deals, want, offset)
		require.Equal(t, 205, got.Total)
		require.Equal(t, 100, got.Limit)
		for _, d := range got.Deals {
			require.False(t, seen[d.ID])
			seen[d.ID] = true
		}
	}
	require.Len(t, seen, 205)
	before := decoded[offsetPage](t, p.get("/offset/deals?limit=2").body)
	require.Equal(t, 7400205, before.Deals[0].ID)
	require.NoError(t, p.Grow(1))
	after := decoded[offsetPage](t, p.get("/offset/deals?limit=2").body)
	require.Equal(t, before.Deals[0], after.Deals[1], "everything moves by one, which is what is wrong with offsets")
}

func TestFlatDealsHaveNumbers(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	a := p.get("/link/deals?per_page=100&page=5") // 7400401 to 7400500
	require.Contains(t, a.body, `"amount":9007199254740993.01,`, "with every digit")
	require.Contains(t, a.body, `"amount":null,`)
	for _, d := range decoded[[]flat](t, a.body) {
		require.NotEmpty(t, d.Owner)
		require.Regexp(t, `^2\d{3}-\d\d-\d\dT`, d.Created)
		if d.Closes != nil {
			require.Regexp(t, `^2\d{3}-\d\d-\d\d$`, *d.Closes)
		}
	}
}

func TestByLinkTheHeaderLeadsOn(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Deals: 25, Every: -1})
	a := p.get("/link/deals")
	require.Equal(t, `<`+p.URL+`/link/deals?page=2>; rel="next", <`+p.URL+`/link/deals?page=1>; rel="first", <`+p.URL+`/link/deals?page=3>; rel="last"`, a.header.Get("Link"))
	require.Len(t, decoded[[]flat](t, a.body), 10)
	a = p.get("/link/deals?page=3&per_page=10")
	require.NotContains(t, a.header.Get("Link"), `rel="next"`)
	require.Contains(t, a.header.Get("Link"), `<`+p.URL+`/link/deals?page=2&per_page=10>; rel="prev"`)
	require.Len(t, decoded[[]flat](t, a.body), 5)
	require.Equal(t, "[]", strings.TrimSpace(p.get("/link/deals?page=4").body))
}

func TestOtherShapesTakeTheTokenInAHeaderOfItsOwn(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	for path, status := range map[string]int{"/offset/deals": http.StatusOK, "/link/deals": http.StatusOK, deals: http.StatusUnauthorized} {
		a, err := p.ask(http.MethodGet, path, "", "X-Api-Key", crm.Token)
		require.NoError(t, err)
		require.Equal(t, status, a.status, path)
		a, err = p.ask(http.MethodGet, path, "", "X-Api-Key", crm.Token+"x")
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, a.status, path)
	}
}
