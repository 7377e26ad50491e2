package reference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every link of the written pages leads to a page and a heading that is there.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	seen := map[string]map[string]bool{}
	for _, name := range []string{"reference-configuration.md", "reference-jobs.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs", name))
		require.NoError(t, err)
		links := regexp.MustCompile(`\]\(([^)]*)\)`).FindAllStringSubmatch(string(text), -1)
		require.NotEmpty(t, links)
		for _, link := range links {
			page, anchor, _ := strings.Cut(link[1], "#")
			switch {
			case strings.HasPrefix(page, "https://"):
				continue
			case page == "":
				page = name
			}
			if seen[page] == nil {
				seen[page] = anchors(t, page)
			}
			if anchor != "" {
				require.True(t, seen[page][anchor], "%s: %s", name, link[1])
			}
		}
	}
}

// anchors are the headings of a page as GitHub makes anchors of them.
func anchors(t *testing.T, page string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", page))
	require.NoError(t, err)
	all, times := map[string]bool{}, map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		slug := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(m[1]), "")
		slug = strings.ReplaceAll(slug, " ", "-")
		if times[slug]++; times[slug] > 1 {
			slug = fmt.Sprintf("%s-%d", slug, times[slug]-1)
		}
		all[slug] = true
	}
	return all
}
