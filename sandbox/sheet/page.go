package sheet

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
)

//go:embed static
var static embed.FS

// policy lets the page load its own files and ask its own server. Trusted types make the browser refuse innerHTML, so that
// what stands in a cell never becomes markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Handler serves the page of every table under Path, and what it asks for: Path/NAME/rows?from=&count=, which answers 404
// while nothing is written, and 304 to whoever has this edition already.
func (f *Folder) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{name}", func(w http.ResponseWriter, r *http.Request) {
		if !names.MatchString(r.PathValue("name")) {
			http.NotFound(w, r)
			return
		}
		sendStatic(w, "sheet.html", "text/html; charset=utf-8")
	})
	mux.HandleFunc("GET "+Path+"-/sheet.js", func(w http.ResponseWriter, _ *http.Request) {
		sendStatic(w, "sheet.js", "text/javascript; charset=utf-8")
	})
	mux.HandleFunc("GET "+Path+"-/sheet.css", func(w http.ResponseWriter, _ *http.Request) {
		sendStatic(w, "sheet.css", "text/css; charset=utf-8")
	})
	mux.HandleFunc("GET "+Path+"{name}/rows", f.serveRows)
	return mux
}

func sendStatic(w http.ResponseWriter, name, contentType string) {
	body, err := static.ReadFile("static/" + name)
	if err != nil {
		panic(err) // the file is embedded: only a typing mistake here comes this far
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", policy)
	_, _ = w.Write(body)
}

func (f *Folder) serveRows(w http.ResponseWriter, r *http.Request) {
	from, count, err := part(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	t, err := f.open(r.PathValue("name"))
	if errors.Is(err, fs.ErrNotExist) {
		refuse(w, http.StatusNotFound, "nothing is written yet")
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	defer t.close()
	tag := `"` + t.tag() + "-" + strconv.Itoa(from) + "-" + strconv.Itoa(count) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if err := t.read(from, count); err != nil {
		w.Header().Del("ETag")
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, t)
}

// part is which rows are asked for: the first hundred unless something is said.
func part(r *http.Request) (from, count int, err error) {
	number := func(name string, otherwise, most int) int {
		text := r.URL.Query().Get(name)
		if text == "" {
			return otherwise
		}
		n, wrong := strconv.Atoi(text)
		if wrong != nil || n < 0 || n > most {
			err = errors.New(name + " is a number from 0 to " + strconv.Itoa(most))
		}
		return n
	}
	from, count = number("from", 0, 1<<40), number("count", 100, mostRows)
	return from, count, err
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]any{"ok": false, "error": why})
}

func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the reader is gone; nothing left to tell it
}
