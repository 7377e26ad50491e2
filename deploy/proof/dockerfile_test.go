package proof

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/app"
	"github.com/pawl-ops/pawl/workflows"
)

// stages are the instructions of the Dockerfile, by stage.
func stages(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	all, stage := map[string][]string{}, ""
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", "")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if m := regexp.MustCompile(`^FROM \S+ AS (\S+)$`).FindStringSubmatch(line); m != nil {
			stage = m[1]
		}
		all[stage] = append(all[stage], line)
	}
	return all
}

// list is what an instruction with a list says.
func list(t *testing.T, stage []string, instruction string) []string {
	t.Helper()
	for _, line := range stage {
		if rest, ok := strings.CutPrefix(line, instruction); ok {
			var words []string
			require.NoError(t, json.Unmarshal([]byte(rest[strings.Index(rest, "["):]), &words), line)
			return words
		}
	}
	t.Fatalf("there is no %s", instruction)
	return nil
}

func TestTheImageIsWhatTheDockerfileMakes(t *testing.T) {
	t.Parallel()
	s := stages(t)
	require.Equal(t, []string{
		"FROM scratch AS pawl",
		"COPY --from=source " + certs + " " + certs,
		"COPY --from=slim --chown=65532:65532 /image/var/lib/pawl /var/lib/pawl",
		"COPY --from=slim /image/tmp /tmp",
		"COPY --from=slim /image/usr/local/bin/pawl /usr/local/bin/pawl",
		"ENV USER=pawl HOME=/var/lib/pawl",
		"USER 65532:65532", "WORKDIR /", "VOLUME /var/lib/pawl", "STOPSIGNAL SIGTERM",
	}, s["pawl"][:10], "pawlImage in images.go makes the same")
	require.Contains(t, strings.Join(s["source"], "\n"), "CGO_ENABLED=0")
	require.Contains(t, strings.Join(s["slim"], "\n"), "go build -tags slim ")
	require.NotContains(t, strings.Join(s["whole"], "\n"), "slim")
	for _, target := range []string{"pawl", "demo"} {
		require.Equal(t, []string{"/usr/local/bin/pawl"}, list(t, s[target], "ENTRYPOINT"))
		if target == "demo" {
			require.NoError(t, app.Understands(list(t, s[target], "CMD"), workflows.All()...))
		}
		check := list(t, s[target], "HEALTHCHECK")
		require.Equal(t, "/usr/local/bin/pawl", check[0], "there is no shell")
		require.NoError(t, app.Understands(check[1:], workflows.All()...))
	}
	for _, lines := range s {
		for _, line := range lines {
			if m := regexp.MustCompile(`^FROM (\S+)`).FindStringSubmatch(line); m != nil && s[m[1]] == nil && m[1] != "scratch" {
				require.Regexp(t, version, m[1], "not pinned")
			}
		}
	}
}

// The compiler of the image is the one of go.mod, and what it is told to set is there.
func TestTheDockerfileFitsTheSource(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	m := regexp.MustCompile(`(?m)^go (\S+)$`).FindSubmatch(mod)
	require.NotNil(t, m)
	s := stages(t)
	require.Equal(t, "FROM golang:"+string(m[1])+"-bookworm AS source", s["source"][0])
	source, err := os.ReadFile("../../app/version.go")
	require.NoError(t, err)
	require.Regexp(t, `(?m)^var version = "`, string(source))
	for _, stage := range []string{"slim", "whole"} {
		require.Contains(t, strings.Join(s[stage], "\n"), "-X github.com/pawl-ops/pawl/app.version=")
	}
}

// What .dockerignore lets through is what the two programs are built from, and no secret.
func TestTheContextIsEnoughAndNoMore(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	require.NoError(t, err)
	for _, tags := range []string{"slim", ""} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-C", root, "-deps", "-tags", tags, "-json=Dir,GoFiles,EmbedFiles,Module", ".")
		out, err := cmd.Output()
		require.NoError(t, err)
		files := 0
		for d := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p struct {
				Dir                 string
				GoFiles, EmbedFiles []string
				Module              *struct{ Main bool }
			}
			if err := d.Decode(&p); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if p.Module == nil || !p.Module.Main {
				continue
			}
			for _, file := range append(p.GoFiles, p.EmbedFiles...) {
				rel, err := filepath.Rel(root, filepath.Join(p.Dir, file))
				require.NoError(t, err)
				require.True(t, inContext(string(text), rel), "%s is needed, and not in the image's context", rel)
				files++
			}
		}
		require.Greater(t, files, 100)
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		require.True(t, inContext(string(text), file))
	}
	for _, file := range []string{"secrets/ssh_key", "config/pawl.yaml", ".git/config", ".env", "pawl.yaml", ".pawl/ledger.db", "bin/pawl", "deploy/proof/run_test.go", "app/app_test.go"} {
		require.False(t, inContext(string(text), file), "%s has no business in an image", file)
	}
}

// inContext follows a .dockerignore with the few forms that ours has: the last line that matches counts
// (https://docs.docker.com/build/concepts/context/#dockerignore-files).
func inContext(ignore, file string) bool {
	in := true
	for line := range strings.Lines(ignore) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, back := strings.CutPrefix(line, "!")
		anywhere, deep := strings.CutPrefix(pattern, "**/")
		match := pattern == "**"
		for at := file; at != "." && !match; at = path.Dir(at) {
			if deep {
				match, _ = path.Match(anywhere, path.Base(at))
			} else {
				match = at == pattern
			}
		}
		if match {
			in = back
		}
	}
	return in
}
