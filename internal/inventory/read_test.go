package inventory_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/inventory"
	"github.com/pawl-ops/pawl/job"
)

// meaning is a reading as the tables below write it.
func meaning(r inventory.Reading) string {
	switch {
	case r.Found:
		return r.Text
	case len(r.Several) > 0 && r.More > 0:
		return fmt.Sprintf("%s and %d more?", strings.Join(r.Several, ", "), r.More)
	case len(r.Several) > 0:
		return strings.Join(r.Several, ", ") + "?"
	case r.Unknown != "" && len(r.Near) > 0:
		return fmt.Sprintf("not %s: %s", r.Unknown, strings.Join(r.Near, ", "))
	case r.Unknown != "":
		return "not " + r.Unknown
	case len(r.Near) > 0:
		return "no: " + strings.Join(r.Near, ", ")
	}
	return "no"
}

func TestAnInstanceByAnyOfItsNames(t *testing.T) {
	t.Parallel()
	v := acme(t)
	for text, want := range map[string]string{
		"shop master blue":               "shop master blue",
		"master blue":                    "shop master blue",
		"BLUE Master":                    "shop master blue",
		"roi hunter master blue":         "shop master blue",
		"blue roi hunter production":     "shop master blue",
		":large_blue_circle:":            "shop master blue",
		":large_blue_circle: master":     "shop master blue",
		"🔵":                              "shop master blue",
		"☀️":                             "shop master yellow",
		"☀":                              "shop master yellow",
		":sunny: roih":                   "shop master yellow",
		"purple":                         "shop master purple",
		"black":                          "crm test black",
		"staging active":                 "shop staging active",
		"inactive roi hunter production": "shop master inactive",

		"":                     "shop master, shop staging, crm test, crm demo?",
		"shop":                 "shop master, shop staging?",
		"blue":                 "shop master blue, shop staging blue?",
		"staging":              "shop staging blue, shop staging green?",
		"crm":                  "crm test red, crm test black, crm demo red?",
		"demo":                 "crm demo red?", // that it is the only one names it not
		"active":               "shop master active, shop staging active?",
		"cron":                 "shop master purple, shop master yellow?",
		"production roih cron": "shop master purple, shop master yellow?",

		"gren":                  "not gren: shop master green, shop staging green",
		"master gren":           "not gren: shop master green",
		"roi huntr master blue": "not roi huntr: shop master blue",
		"can you master blue":   "not can you: shop master blue",
		"nowhere":               "not nowhere",
		"staging purple":        "no: shop staging blue, shop staging green, shop master purple",
		"blue green":            "no: shop master blue, shop staging blue, shop master green",
		"crm active":            "no: crm test red, crm test black, crm demo red",
		"master staging":        "no: shop master blue, shop master green, shop master purple",
	} {
		require.Equal(t, want, meaning(v.Read(job.TypeInstance, text)), text)
	}
}

func TestAnyPartOfTheInventory(t *testing.T) {
	t.Parallel()
	v := acme(t)
	for text, want := range map[string]string{
		"":                     "",
		"roi hunter":           "shop",
		"RH":                   "shop",
		"production":           "shop master",
		"staging shop":         "shop staging",
		"master blue":          "shop master blue",
		"blue":                 "shop master blue, shop staging blue?",
		"red":                  "crm test red, crm demo red?",
		"cron":                 "cron",
		"shop cron":            "shop cron",
		"cron master":          "shop master cron",
		"staging cron":         "no: shop staging, cron",
		"active master":        "shop master active",
		"shop crm":             "no: shop, crm",
		"staging purple":       "no: shop staging, shop master purple",
		"shpo":                 "not shpo: shop",
		"what is up in shop":   "not what is up in: shop",
		"there is no such app": "not there is no such app",
	} {
		require.Equal(t, want, meaning(v.Read(job.TypeThings, text)), text)
	}
}

// many makes an inventory with so many apps, environments in each, and instances in each of those.
func many(t *testing.T, apps, environments, instances int) *inventory.Inventory {
	t.Helper()
	var b strings.Builder
	for a := range apps {
		fmt.Fprintf(&b, "\na%d", a)
		for e := range environments {
			fmt.Fprintf(&b, "\n  e%d", e)
			for i := range instances {
				fmt.Fprintf(&b, "\n    i%d", i)
			}
		}
	}
	v, wrong := parse(b.String())
	require.Empty(t, wrong)
	return v
}

func TestNeverMoreThanFiveAreOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		apps, environments, instances int
		text, want                    string
	}{
		{1, 1, 5, "", "a0 e0 i0, a0 e0 i1, a0 e0 i2, a0 e0 i3, a0 e0 i4?"},
		{1, 1, 8, "", "a0 e0 i0, a0 e0 i1, a0 e0 i2, a0 e0 i3, a0 e0 i4 and 3 more?"},
		{1, 3, 2, "", "a0 e0, a0 e1, a0 e2?"},
		{3, 3, 1, "", "a0, a1, a2?"},
		{1, 7, 1, "", "a0 e0, a0 e1, a0 e2, a0 e3, a0 e4 and 2 more?"},
		{9, 2, 2, "", "a0, a1, a2, a3, a4 and 4 more?"},
		{9, 2, 2, "a7", "a7 e0 i0, a7 e0 i1, a7 e1 i0, a7 e1 i1?"},
		{3, 3, 2, "i1", "a0 i1, a1 i1, a2 i1?"}, // what was said stays said
		{3, 3, 2, "e2 i1", "a0 e2 i1, a1 e2 i1, a2 e2 i1?"},
		{3, 3, 2, "active", "a0 active, a1 active, a2 active?"},
	} {
		v := many(t, c.apps, c.environments, c.instances)
		require.Equal(t, c.want, meaning(v.Read(job.TypeInstance, c.text)), "%+v", c)
	}
}

// FuzzRead holds what is true of every text: exactly one outcome, canonical texts are their own reading, offers lead on,
// and neither order nor case matters.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "shop master blue", "roi hunter", "hunter roi", "gren", "staging purple", "cron cron", "🔵 ☀️", "active inactive", "roi hunter roi hunter blue"} {
		f.Add(s, uint64(1), true)
		f.Add(s, uint64(2), false)
	}
	v := acme(f)
	f.Fuzz(func(t *testing.T, text string, seed uint64, things bool) {
		kind := job.TypeInstance
		if things {
			kind = job.TypeThings
		}
		r := v.Read(kind, text)
		require.False(t, r.Found && len(r.Several) > 0)
		require.True(t, r.Found || r.Text == "")
		require.True(t, !r.Found && len(r.Several) == 0 || r.Unknown == "" && r.Near == nil)
		require.LessOrEqual(t, len(r.Several), inventory.MaxOffers)
		require.LessOrEqual(t, len(r.Near), 3)
		if r.Found {
			require.Equal(t, r, v.Read(kind, r.Text))
			require.NotEmpty(t, v.Under(r.Text))
		}
		for _, s := range slices.Concat(r.Several, r.Near) {
			next := v.Read(kind, s)
			require.True(t, next.Found || len(next.Several) > 0, s)
		}
		ws := strings.Fields(text)
		if !strings.Contains(strings.ToLower(text), "roi") { // the one name of several words keeps its order
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(ws), func(i, j int) { ws[i], ws[j] = ws[j], ws[i] })
			shuffled := v.Read(kind, strings.Join(ws, "  "))
			require.Equal(t, r.Found, shuffled.Found)
			require.Equal(t, r.Text, shuffled.Text)
			require.Equal(t, r.Several, shuffled.Several)
		}
	})
}

// TestTouchingIsAboutTheSameInstances compares with the sets of instances, written out.
func TestTouchingIsAboutTheSameInstances(t *testing.T) {
	t.Parallel()
	v := acme(t)
	all := []string{
		"", "cron", "shop", "shop cron", "crm", "crm test", "crm demo", "crm test red", "crm test black", "crm demo red", "shop staging",
		"shop staging blue", "shop staging green", "shop staging active", "shop staging inactive", "shop master", "shop master cron",
		"shop master blue", "shop master green", "shop master purple", "shop master yellow", "shop master active", "shop master inactive",
	}
	moves := func(text string) bool { return strings.HasSuffix(text, "active") }
	for _, kind := range []string{job.TypeInstance, job.TypeThings} {
		for _, text := range all[1:] {
			var want []string
			own := texts(v.Under(text))
			for _, other := range all {
				theirs := texts(v.Under(other))
				common := slices.ContainsFunc(theirs, func(i string) bool { return slices.Contains(own, i) })
				single := len(theirs) == 1 && theirs[0] == other || moves(other)
				begins := strings.HasPrefix(other+" ", text+" ")
				if common && !begins && (single || kind == job.TypeThings) {
					inside := strings.HasSuffix(text, "cron") && !moves(other) && !slices.ContainsFunc(theirs, func(i string) bool { return !slices.Contains(own, i) })
					want = append(want, fmt.Sprintf("%q single %t partly %t", other, single, !inside))
				}
			}
			var got []string
			for _, touch := range v.Touching(kind, text) {
				got = append(got, fmt.Sprintf("%q single %t partly %t", touch.Text, touch.Single, touch.Partly))
			}
			require.ElementsMatch(t, want, got, "%s %q", kind, text)
		}
	}
}
