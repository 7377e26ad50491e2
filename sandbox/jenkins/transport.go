package jenkins

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// read is the form of a request, from the query and from the body, whatever way it is sent.
func read(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	form := url.Values{}
	for name, values := range r.URL.Query() {
		form[name] = values
	}
	if r.Method != http.MethodPost {
		return form, nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if err := r.ParseMultipartForm(maxForm); err != nil {
			return nil, err
		}
		return r.Form, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	return r.Form, nil
}

func send(w http.ResponseWriter, a reply) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache,no-store,must-revalidate")
	}
	w.WriteHeader(a.status)
	_, _ = io.Copy(w, bytes.NewReader(a.body)) // the reader is gone, nothing to be done
}
