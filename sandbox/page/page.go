// Package page is the chat page of the sandbox: what people see when they open
// the demo. It looks enough like Slack to be used without thinking, and shows
// beside the conversation the world that the jobs run in, with switches to
// break it.
//
// Everything is under static and is sent as it is written: HTML, CSS and
// JavaScript modules, with no framework, no build step and nothing loaded from
// elsewhere. The tour of the modules:
//
//	js/main.js      starts the page; js/app.js joins its parts
//	js/session.js   what one person sees and may do; the only one who talks to the server,
//	                through js/api.js and js/stream.js
//	js/log.js       the messages of one conversation or thread, in order;
//	                js/changes.js how one is after an edit, a reply, a reaction
//	js/directory.js who is who
//	js/mrkdwn.js    Slack's text markup -> a tree; js/text.js draws the tree
//	js/blocks.js    Block Kit -> elements; js/rich.js its rich text
//	js/modal.js     windows an app opens; js/home.js its Home tab; js/file.js what it uploads
//	js/message.js   one message; js/list.js a list of them that never flickers
//	js/world.js     the panel The world; js/faults.js its part about Slack
//
// The page knows the server only by its public face: Slack's Web API with a
// person's token, and the sandbox API.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var static embed.FS // the embed directive works on package variables only

// policy lets the page load its own files and talk to its own server, nothing
// else. Trusted types make the browser refuse innerHTML and its relatives, so
// that text from chat can never become markup, not even by mistake.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// versionLength is how much of the hash of all files names an edition of them.
const versionLength = 12

// file is one answer, ready to be sent.
type file struct {
	name, contentType, cache string
	body                     []byte
	etag                     string
}

// Handler serves the page at "/", the same page at "/archives/..." (where
// permalinks of messages lead), and its files under "/assets/".
//
// Files carry the hash of all of them in their path and may be kept for ever;
// the page itself is asked for again each time and answered 304 when it is
// unchanged. Other methods than GET and HEAD are refused with 405, other paths
// with 404.
func Handler() http.Handler {
	names, contents := load()
	prefix := "/assets/" + version(names, contents)

	mux := http.NewServeMux()
	for _, name := range names {
		if name == "index.html" {
			continue
		}
		mux.Handle("GET "+prefix+"/"+name, newFile(name, contents[name], "public, max-age=31536000, immutable"))
	}
	index := newFile("index.html", render(names, contents, prefix), "no-cache")
	mux.Handle("GET /{$}", index)
	mux.Handle("GET /archives/", index)
	return mux
}

func newFile(name string, body []byte, cache string) file {
	return file{name: name, contentType: contentType(name), cache: cache, body: body, etag: `"` + hash(body) + `"`}
}

// ServeHTTP sends the file; http.ServeContent answers conditional requests
// from the ETag.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", f.etag)
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(f.body))
}

// load reads every embedded file, names sorted and without the folder. What
// is embedded cannot be missing, so an error is a mistake in this package.
func load() (names []string, contents map[string][]byte) {
	contents = map[string][]byte{}
	root, err := fs.Sub(static, "static")
	if err != nil {
		panic(fmt.Sprintf("page: opening the embedded files: %v", err))
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		names = append(names, name)
		contents[name], err = fs.ReadFile(root, name)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("page: reading the embedded files: %v", err))
	}
	return names, contents
}

// version is one name for this edition of all files together.
func version(names []string, contents map[string][]byte) string {
	sum := sha256.New()
	for _, name := range names {
		fmt.Fprintf(sum, "%s %d\n", name, len(contents[name]))
		sum.Write(contents[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:versionLength]
}

// render fills in index.html where the files are, and names all modules so
// that the browser fetches them at once instead of following the imports.
func render(names []string, contents map[string][]byte, prefix string) []byte {
	data := struct {
		Assets          string
		Styles, Modules []string
	}{Assets: prefix}
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, "css/"):
			data.Styles = append(data.Styles, name)
		case strings.HasPrefix(name, "js/"):
			data.Modules = append(data.Modules, name)
		}
	}
	t := template.Must(template.New("index.html").Parse(string(contents["index.html"])))
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		panic(fmt.Sprintf("page: rendering index.html: %v", err))
	}
	return b.Bytes()
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// contentType is fixed here because the machine's own table may say anything.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}
