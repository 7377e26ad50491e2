package apps

import (
	"embed"
	"net/http"
)

// WatchPath is where a proxy shows how its users fare; everything else is handed on.
const WatchPath = "/-/watch"

//go:embed static
var static embed.FS

// watchPage serves the page on which a user asks every second.
func watchPage(mux *http.ServeMux) {
	for path, f := range map[string][2]string{
		WatchPath:          {"watch.html", "text/html; charset=utf-8"},
		WatchPath + ".js":  {"watch.js", "text/javascript; charset=utf-8"},
		WatchPath + ".css": {"watch.css", "text/css; charset=utf-8"},
	} {
		body, err := static.ReadFile("static/" + f[0])
		if err != nil {
			panic(err) // the file is embedded: only a typing mistake here comes this far
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			h := w.Header()
			h.Set("Content-Type", f[1])
			h.Set("Cache-Control", "no-cache")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "+
				"img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
			_, _ = w.Write(body)
		})
	}
}
