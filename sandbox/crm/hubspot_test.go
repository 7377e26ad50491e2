package crm_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

func TestAPageLooksAsHubSpotsDoes(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	a := p.get(deals + "?limit=1&properties=dealname,amount&properties=dealstage,unheard_of")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "application/json;charset=utf-8", a.header.Get("Content-Type"))
	require.JSONEq(t, `{"results": [{
		"id": "7400001",
		"properties": {
			"amount": "27250", "createdate": "2024-11-20T12:23:58.680Z", "dealname": "Maple Gyms s.r.o. - mobile app", "dealstage": "closedlost",
			"hs_lastmodifieddate": "2025-03-24T19:33:36.078Z", "hs_object_id": "7400001"
		},
		"createdAt": "2024-11-20T12:23:58.680Z", "updatedAt": "2025-03-24T19:33:36.078Z", "archived": false
	}], "paging": {"next": {"after": "7400001",
		"link": "`+p.URL+`/crm/v3/objects/deals?after=7400001&limit=1&properties=dealname%2Camount&properties=dealstage%2Cunheard_of"}}}`, a.body)
	require.NotContains(t, a.body, `\u0026`, "HubSpot escapes no ampersand")
}

func TestTheLastPageHasNoPaging(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	got := p.page(deals + "?limit=100&after=7404800")
	require.Len(t, got.Results, 12)
	require.Nil(t, got.Paging)
	require.NotContains(t, p.get(deals+"?limit=100&after=7404800").body, "paging")
	got = p.page(deals + "?after=9999999")
	require.Empty(t, got.Results)
	require.Nil(t, got.Paging)
	got = p.page(deals + "?limit=12&after=7404800")
	require.Len(t, got.Results, 12)
	require.Nil(t, got.Paging, "a full last page is one, too")
}

func TestEveryDealComesOnceInTheOrderOfItsID(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	names, pages := p.all("dealname")
	require.Len(t, names, 4812)
	require.Equal(t, 49, pages)
	require.Equal(t, 4812, p.Deals())
	first := p.page(deals)
	require.Len(t, first.Results, 10, "ten unless a limit is given")
	var ids []string
	for _, r := range first.Results {
		ids = append(ids, r.ID)
		require.False(t, r.Archived)
		require.False(t, r.UpdatedAt.Before(r.CreatedAt))
	}
	require.True(t, slices.IsSorted(ids))
}

func TestWhatComesUnasked(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	var names []string
	for name := range p.page(deals + "?limit=1").Results[0].Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	require.Equal(t, []string{"amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline"}, names)
	one := p.page(deals + "?limit=1&properties=hubspot_owner_id,owner_name,description").Results[0].Properties
	require.Regexp(t, `^4162977\d$`, *one["hubspot_owner_id"])
	require.NotEmpty(t, *one["owner_name"])
	require.Contains(t, one, "description")
	require.Nil(t, one["description"])
	require.NotContains(t, one, "dealname", "only what was asked for, and what always comes")
}

// What people type is in there, and none of it is wrong.
func TestSomeDealsAreOdd(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	names, _ := p.all("dealname")
	var all []string
	for _, name := range names {
		require.NotNil(t, name)
		require.NotContains(t, *name, "\x00")
		all = append(all, *name)
	}
	joined := strings.Join(all, "|")
	for _, odd := range []string{"🚀", `"Premium"`, "second line", "||", "=HYPERLINK", "<script>", "東京", "\r\n", "ends with a comma,", "\t"} {
		require.Contains(t, joined, odd)
	}
	amounts, _ := p.all("amount")
	kinds := map[string]int{}
	for id, amount := range amounts {
		switch {
		case amount == nil:
			kinds["null"]++
		case *amount == "":
			kinds["empty"]++
		default:
			_, err := strconv.ParseFloat(*amount, 64)
			require.NoError(t, err, id)
			kinds["number"]++
		}
	}
	require.Equal(t, map[string]int{"null": 130, "empty": 56, "number": 4626}, kinds)
	require.Equal(t, "9007199254740993.01", *amounts["7400499"])
	closes, _ := p.all("closedate")
	require.Nil(t, closes["7400053"])
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	for name, c := range map[string]struct {
		method, path, auth string
		status             int
		category, says     string
	}{
		"no token":               {path: deals, auth: "-", status: 401, category: "INVALID_AUTHENTICATION", says: "Authentication credentials not found."},
		"a wrong token":          {path: deals, auth: "Bearer pat-eu1-other", status: 401, category: "INVALID_AUTHENTICATION", says: "Authentication credentials not found."},
		"a token without bearer": {path: deals, auth: crm.Token, status: 401, category: "INVALID_AUTHENTICATION"},
		"no token, by offset":    {path: "/offset/deals", auth: "-", status: 401, category: "INVALID_AUTHENTICATION"},
		"another right":          {path: "/crm/v3/objects/contacts", status: 403, category: "MISSING_SCOPES", says: "required scopes"},
		"an unknown type":        {path: "/crm/v3/objects/widgets", status: 400, says: "Unable to infer object type from: widgets"},
		"an unknown deal":        {path: deals + "/7499999", status: 404, category: "OBJECT_NOT_FOUND"},
		"no number of a deal":    {path: deals + "/x", status: 404, category: "OBJECT_NOT_FOUND"},
		"an unknown path":        {path: "/crm/v9/things", status: 404, says: "resource not found"},
		"a POST":                 {method: http.MethodPost, path: deals, status: 405, says: "POST"},
		"a PUT of a deal":        {method: http.MethodPut, path: deals + "/7400001", status: 405, says: "PUT"},
		"more than a hundred":    {path: deals + "?limit=101", status: 400, category: "VALIDATION_ERROR", says: "101 is not between 1 and 100"},
		"none":                   {path: deals + "?limit=0", status: 400, category: "VALIDATION_ERROR"},
		"no number":              {path: deals + "?limit=many", status: 400, category: "VALIDATION_ERROR", says: `"many" is not a number`},
		"no cursor":              {path: deals + "?after=NTI1Cg", status: 400, category: "VALIDATION_ERROR"},
		"an offset below zero":   {path: "/offset/deals?offset=-1", status: 400, category: "VALIDATION_ERROR"},
		"page nought":            {path: "/link/deals?page=0", status: 400, category: "VALIDATION_ERROR"},
		"a page too long":        {path: "/link/deals?per_page=1000", status: 400, category: "VALIDATION_ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := bearer()
			if c.auth == "-" {
				header = nil
			} else if c.auth != "" {
				header[1] = c.auth
			}
			method := c.method
			if method == "" {
				method = http.MethodGet
			}
			a, err := p.ask(method, c.path, "", header...)
			require.NoError(t, err)
			f := refusal(t, a, c.status)
			require.Equal(t, c.category, f.Category)
			require.Contains(t, f.Message, c.says)
			require.Equal(t, c.status == http.StatusMethodNotAllowed, a.header.Get("Allow") == http.MethodGet)
		})
	}
}

func TestARightThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	a := p.get("/crm/v3/objects/contacts")
	require.Contains(t, a.body, `"requiredGranularScopes":["crm.objects.contacts.read"]`)
}

func TestOneDeal(t *testing.T) {
	t.Parallel()
	p := quiet(t)
	a := p.get(deals + "/7400061?properties=dealname")
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.body, `"id":"7400061"`)
	require.Contains(t, a.body, `"dealname":"O'Brien & Sons, \"Premium\", 2nd try"`)
}

func TestThereIsNothingInTheArchive(t *testing.T) {
	t.Parallel()
	require.Empty(t, quiet(t).page(deals+"?archived=true").Results)
}

// The cursor is a deal and no number of deals: what comes meanwhile neither repeats nor hides one.
func TestACursorHoldsWhileDealsCome(t *testing.T) {
	t.Parallel()
	p := open(t, crm.Options{Deals: 150, Every: -1})
	first := p.page(deals + "?limit=100")
	require.NoError(t, p.Grow(25))
	second := p.page(fmt.Sprintf("%s?limit=100&after=%s", deals, first.Paging.Next.After))
	require.Len(t, second.Results, 75)
	require.Equal(t, "7400101", second.Results[0].ID)
	require.Equal(t, "7400175", second.Results[74].ID)
}
