package rules

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every link of a page to a file of the repository, and to a heading in it, leads somewhere.
func TestLinksOfThePagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	root := "../.."
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	require.NoError(t, err)
	pages := strings.Fields(string(out))
	require.Greater(t, len(pages), 20)
	link := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	links := 0
	for _, page := range pages {
		if strings.Contains(page, "testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			path, anchor, _ := strings.Cut(m[1], "#")
			file := filepath.Join(root, filepath.Dir(page), path)
			if path == "" {
				file = filepath.Join(root, page)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s leads to %s, which is not there", page, m[1])
				continue
			}
			if anchor != "" && !headings(t, file)[anchor] {
				t.Errorf("%s leads to %s, and there is no such heading", page, m[1])
			}
		}
	}
	require.Greater(t, links, 60)
}

// headings are the anchors of a page, as GitHub makes them: small letters, spaces become dashes, punctuation goes.
func headings(t *testing.T, file string) map[string]bool {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	anchors, code := map[string]bool{}, false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if heading := strings.TrimLeft(line, "#"); !code && heading != line && strings.HasPrefix(heading, " ") {
			heading = regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			anchor := strings.ReplaceAll(heading, " ", "-")
			for n := 1; anchors[anchor]; n++ { // the second of a name is told apart by a number
				anchor = fmt.Sprintf("%s-%d", strings.ReplaceAll(heading, " ", "-"), n)
			}
			anchors[anchor] = true
		}
	}
	return anchors
}
