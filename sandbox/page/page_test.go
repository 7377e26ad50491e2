package page_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/page"
)

func get(method, path string, header ...string) *http.Response {
	r := httptest.NewRequestWithContext(context.Background(), method, path, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	page.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { require.NoError(t, r.Body.Close()) }()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(text)
}

// assets lists the files the page names.
func assets(t *testing.T) []string {
	t.Helper()
	html := body(t, get(http.MethodGet, "/"))
	var paths []string
	for _, m := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(html, -1) {
		paths = append(paths, m[1])
	}
	require.Greater(t, len(paths), 30)
	return paths
}

func TestHandlerServesThePageAlsoWherePermalinksLead(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/?as=bob", "/archives/C0OPS/p1700000000000100"} {
		r := get(http.MethodGet, path)
		require.Equal(t, http.StatusOK, r.StatusCode, path)
		require.Equal(t, "text/html; charset=utf-8", r.Header.Get("Content-Type"))
		require.Equal(t, "no-cache", r.Header.Get("Cache-Control"), "a new binary is seen at once")
		require.Contains(t, body(t, r), "<title>")
	}
}

func TestHandlerFilesMayBeKeptForEver(t *testing.T) {
	t.Parallel()
	types := map[string]string{
		".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	}
	for _, path := range assets(t) {
		r := get(http.MethodGet, path)
		require.Equal(t, http.StatusOK, r.StatusCode, path)
		require.Equal(t, types[filepath.Ext(path)], r.Header.Get("Content-Type"), path)
		require.Equal(t, "public, max-age=31536000, immutable", r.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
		require.NotEmpty(t, body(t, r), path)
	}
}

func TestHandlerAnswersNotModified(t *testing.T) {
	t.Parallel()
	for _, path := range append(assets(t), "/") {
		etag := get(http.MethodGet, path).Header.Get("ETag")
		require.Regexp(t, `^"[0-9a-f]{32}"$`, etag)
		r := get(http.MethodGet, path, "If-None-Match", etag)
		require.Equal(t, http.StatusNotModified, r.StatusCode, path)
		require.Empty(t, body(t, r))
		require.Equal(t, http.StatusOK, get(http.MethodGet, path, "If-None-Match", `"other"`).StatusCode)
	}
}

func TestHandlerAllowsThePageNothingButItsOwnServer(t *testing.T) {
	t.Parallel()
	for _, path := range append(assets(t), "/") {
		policy := get(http.MethodGet, path).Header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'")
		require.Contains(t, policy, "script-src 'self';")
		require.Contains(t, policy, "require-trusted-types-for 'script'")
		require.NotContains(t, policy, "unsafe")
		require.NotContains(t, policy, "http")
	}
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		"/nothing": http.StatusNotFound, "/assets/js/main.js": http.StatusNotFound,
		"/assets/000000000000/js/main.js": http.StatusNotFound, "/index.html": http.StatusNotFound,
	} {
		require.Equal(t, want, get(http.MethodGet, path).StatusCode, path)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		require.Equal(t, http.StatusMethodNotAllowed, get(method, "/").StatusCode, method)
	}
	require.Equal(t, http.StatusOK, get(http.MethodHead, "/").StatusCode)
}

// The browser is told about every module at once; one that is missing from the
// list would be found only after its importers were read.
func TestHandlerNamesEveryModuleAndStyle(t *testing.T) {
	t.Parallel()
	named := strings.Join(assets(t), "\n")
	for _, pattern := range []string{"static/js/*.js", "static/css/*.css"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, f := range files {
			require.Contains(t, named, strings.TrimPrefix(filepath.ToSlash(f), "static"))
		}
	}
}

// Text from chat must never be parsed as markup, and the page asks nobody but its
// own server. The policy forbids both; the sources do not even try.
func TestSourcesMakeNoMarkupAndAskNobody(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(["']|DOMParser`)
	address := regexp.MustCompile(`https?://[\w.-]+`)
	namespaces := map[string]bool{"http://www.w3.org": true} // SVG's name, never asked for
	sources := os.DirFS("static")
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sources, path)
		require.NoError(t, err)
		require.Empty(t, forbidden.FindAllString(string(text), -1), path)
		for _, a := range address.FindAllString(string(text), -1) {
			require.True(t, namespaces[a], "%s names %s", path, a)
		}
		require.Less(t, strings.Count(string(text), "\n"), 400, "%s is too long to be one idea", path)
		return nil
	})
	require.NoError(t, err)
}
