package changes_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/changes"
	"github.com/pawl-ops/pawl/job"
)

// of are changes with these titles.
func of(titles ...string) (all []job.Change) {
	for i, t := range titles {
		c := job.NewChange(fmt.Sprintf("c%d", i), "Eve", t)
		all = append(all, c)
	}
	return all
}

func titles(all []job.Change) []string {
	out := []string{}
	for _, c := range all {
		out = append(out, c.Title)
	}
	return out
}

func TestWhatAChangeIs(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"feat(search)!: faster search.":         "feature: Faster search",
		"perf: faster cart":                     "feature: Faster cart",
		"New invoice PDF (#12)":                 "feature: New invoice PDF",
		"Add gift cards":                        "feature: Add gift cards",
		"SHOP-12: gift cards":                   "feature: Gift cards",
		"[SHOP-12] feat: gift cards":            "feature: Gift cards",
		"feat: SHOP-12 gift cards":              "feature: Gift cards",
		"Checkout: remember the address":        "feature: Checkout: remember the address",
		"fix(cart): total of an empty cart":     "fix: Total of an empty cart",
		"Fix the total of an empty cart":        "fix: Fix the total of an empty cart",
		"hotfix: prices":                        "fix: Prices",
		`Revert "Gift cards"`:                   `fix: Revert "Gift cards"`,
		"chore(deps): bump slack-go to 0.35":    "behind: Bump slack-go to 0.35",
		"Bump slack-go from 0.34 to 0.35":       "behind: Bump slack-go from 0.34 to 0.35",
		"Update dependency foo to v2":           "behind: Update dependency foo to v2",
		"refactor: move the cart":               "behind: Move the cart",
		"docs: how to deploy":                   "behind: How to deploy",
		"Fix typo":                              "behind: Fix typo",
		"WIP":                                   "behind: WIP",
		"Merge branch 'main' into search":       "",
		"Merge remote-tracking branch 'x'":      "",
		"Merge pull request #12 from acme/x":    "",
		"Merge pull request #12 from acme/x: Y": "feature: Y",
		"Merged orders are shown":               "feature: Merged orders are shown",
		"":                                      "",
		"  ":                                    "",
		"feat: \x1b[31mred\u202e \ue000title":   "feature: [31mred title",
	} {
		g := changes.Of(of(title))
		got := ""
		for name, group := range map[string][]job.Change{"feature": g.Features, "fix": g.Fixes, "behind": g.Behind} {
			for _, c := range group {
				got += name + ": " + c.Title
			}
		}
		require.Equal(t, want, got, "%q", title)
	}
	bot := changes.Of([]job.Change{{ID: "1", Author: "dependabot[bot]", Title: "Something new"}})
	require.Len(t, bot.Behind, 1)
}

func TestEachChangeOnce(t *testing.T) {
	t.Parallel()
	g := changes.Of([]job.Change{
		{ID: "1", Title: "Gift cards", PR: 12},
		{ID: "2", Title: "The gift cards", PR: 12},
		{ID: "1", Title: "Something else"},
		{ID: "3", Title: "gift cards."},
		{ID: "4", Title: "Faster search"},
		{Title: "Without an id"},
		{Title: "Without an id either"},
		{ID: "5", Title: "New header", PR: 14},
		{ID: "6", Title: `Revert "New header (#14)"`},
		{ID: "7", Title: `Revert "What was there before"`},
	})
	require.Equal(t, []string{"Gift cards", "Faster search", "Without an id", "Without an id either"}, titles(g.Features))
	require.Equal(t, []string{`Revert "What was there before"`}, titles(g.Fixes), "taking back what came earlier is news")
	require.Equal(t, 5, g.Count())
}

func TestTheHeadline(t *testing.T) {
	t.Parallel()
	fixes := []string{"Fix a", "Fix b", "Fix c", "Fix d", "Fix e"}
	for want, all := range map[string][]job.Change{
		"": nil,
		"Faster search · New invoice PDF · 5 fixes": of(append([]string{"Faster search", "New invoice PDF"}, fixes...)...),
		"Faster search":                           of("Faster search"),
		"Faster search · 1 fix":                   of("Faster search", "Fix a", "Bump b"),
		"A one · B two · C three":                 of("A one", "B two", "C three"),
		"A one · B two · 2 more features · 1 fix": of("A one", "B two", "C three", "D four", "Fix a"),
		"5 fixes":                              of(fixes...),
		"5 fixes · 1 change behind the scenes": of(append([]string{"Bump a"}, fixes...)...),
		"Fix a":                                of("Fix a"),
		"Bump a":                               of("Bump a"),
		"2 changes behind the scenes":          of("Bump a", "Bump b"),
	} {
		require.Equal(t, want, changes.Of(all).Headline())
	}
	long := changes.Of(of(strings.Repeat("very ", 100)+"long", strings.Repeat("more ", 100)+"long", "Short")).Headline()
	require.LessOrEqual(t, utf8.RuneCountInString(long), 120)
}

func TestTheList(t *testing.T) {
	t.Parallel()
	g := changes.Of([]job.Change{
		{ID: "1", Title: "feat: faster *search*", PR: 12, Author: "Eve"}, {ID: "2", Title: "New invoice PDF", Author: "Bob"}, {ID: "3", Title: "Fix the cart"}, {ID: "4", Title: "Bump x", Author: "Jana"},
	})
	all := []string{"*New*", "• Faster search (#12) · Eve", "• New invoice PDF · Bob", "*Mended*", "• Fix the cart", "*Behind the scenes*", "• Bump x · Jana"}
	require.Equal(t, all, g.Lines(7))
	require.Equal(t, all, g.Lines(100))
	require.Equal(t, []string{"*New*", "• Faster search (#12) · Eve", "• New invoice PDF · Bob", "And 2 more."}, g.Lines(5), "no heading stands alone")
	require.Equal(t, []string{"And 4 more."}, g.Lines(1))
	require.Empty(t, changes.Of(nil).Lines(5))

	var many []job.Change
	for i := range 5000 {
		many = append(many, job.Change{ID: fmt.Sprint(i), Title: fmt.Sprintf("Feature %d %s", i, strings.Repeat("x", 1000))})
	}
	lines := changes.Of(many).Lines(20)
	require.Len(t, lines, 20)
	for _, l := range lines {
		require.LessOrEqual(t, utf8.RuneCountInString(l), 110)
	}
}
