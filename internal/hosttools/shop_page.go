package hosttools

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"os"
	"strings"
	"time"
)

// page shows who answers: a page to people, JSON to programs.
func (s *shopServer) page(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" {
		http.NotFound(w, r)
		return
	}
	checks, ok := s.checks()
	problem := ""
	for _, name := range []string{"cache", "database"} {
		if checks[name] != "ok" {
			problem = checks[name]
		}
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		writeJSON(w, status(ok), map[string]any{
			"app": s.App, "environment": s.Environment, "instance": s.Instance, "version": s.code.Version, "pid": os.Getpid(),
			"started": s.started.UTC().Format(time.RFC3339), "problem": problem,
		})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+shopStyleHash()+"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.WriteHeader(status(ok))
	_ = shopTemplate().Execute(w, map[string]any{"Shop": s.Shop, "Version": s.code.Version, "Problem": problem, "PID": os.Getpid(), "Style": template.CSS(shopStyle)}) //nolint:gosec // our own constant
}

// The colours of the instances with a text colour that reads well on each (4.5:1).
const shopStyle = `
body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center; font: 18px/1.5 system-ui, sans-serif; background: #333; color: #fff }
body.blue { background: #1d4ed8 } body.green { background: #15803d } body.purple { background: #7e22ce } body.yellow { background: #fde047; color: #111 }
h1 { font-size: 64px; margin: 0; line-height: 1.1 } p { margin: 4px 0 }
`

func shopStyleHash() string {
	sum := sha256.Sum256([]byte(shopStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func shopTemplate() *template.Template {
	return template.Must(template.New("shop").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Shop.Instance}} · {{.Shop.App}} {{.Shop.Environment}}</title><style>{{.Style}}</style></head>
<body class="{{.Shop.Instance}}"><main><p>Acme {{.Shop.App}}, {{.Shop.Environment}}</p><h1>{{.Shop.Instance}}</h1>
<p>version {{.Version}}{{with .Shop.Role}}, {{.}}{{end}}</p>
<p>{{with .Problem}}Out of service: {{.}}{{else}}At your service, pid {{.PID}}{{end}}</p></main></body></html>
`))
}
