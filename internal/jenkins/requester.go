package jenkins

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/bndr/gojenkins"
)

// requester is how gojenkins asks Jenkins. It differs from the library's own in what bites: an answer that is no success
// is an error with its status, no redirect is followed, no crumb is fetched, bodies and times are bounded, and nothing in
// a context can end the process. What it is given to decode into must be new, as everywhere here.
type requester struct{ s *Server }

var _ gojenkins.JenkinsRequester = requester{}

// errNotOurs is for what the library could do and we do not let it.
var errNotOurs = errors.New("asking jenkins through the library: only reading is done that way")

// GetJSON reads JSON. The library gives paths with and without a slash at their end, and knows that the stages
// (wfapi) are JSON without being told.
func (q requester) GetJSON(ctx context.Context, endpoint string, into any, query map[string]string) (*http.Response, error) {
	endpoint = strings.TrimSuffix(endpoint, "/")
	if !strings.Contains(endpoint, "/wfapi/") && !strings.HasSuffix(endpoint, "/api/json") {
		endpoint += "/api/json"
	}
	r, err := q.get(ctx, endpoint, query)
	if err == nil {
		err = q.s.decode(r, into)
	}
	return r.response(), err
}

// Get reads text.
func (q requester) Get(ctx context.Context, endpoint string, into any, query map[string]string) (*http.Response, error) {
	r, err := q.get(ctx, strings.TrimSuffix(endpoint, "/"), query)
	if err == nil && !r.ok() {
		err = q.s.refused(r)
	}
	if text, ok := into.(*string); ok && err == nil {
		*text = string(r.body)
	}
	return r.response(), err
}

// GetXML reads text: that is all the library does with XML.
func (q requester) GetXML(ctx context.Context, endpoint string, into any, query map[string]string) (*http.Response, error) {
	return q.Get(ctx, endpoint, into, query)
}

// Post is not done through the library.
func (requester) Post(context.Context, string, io.Reader, any, map[string]string) (*http.Response, error) {
	return nil, errNotOurs
}

// PostXML is not done through the library.
func (requester) PostXML(context.Context, string, string, any, map[string]string) (*http.Response, error) {
	return nil, errNotOurs
}

// PostJSON is not done through the library.
func (requester) PostJSON(context.Context, string, io.Reader, any, map[string]string) (*http.Response, error) {
	return nil, errNotOurs
}

// PostFiles is not done through the library.
func (requester) PostFiles(context.Context, string, io.Reader, any, map[string]string, []string) (*http.Response, error) {
	return nil, errNotOurs
}

func (q requester) get(ctx context.Context, endpoint string, query map[string]string) (reply, error) {
	values := url.Values{}
	for name, value := range query {
		values.Set(name, value)
	}
	return q.s.send(ctx, http.MethodGet, endpoint, values, nil, q.s.opt.LargestJSON)
}

// response is what the library sees of an answer. It is never nil: the library looks at it even after an error.
func (r reply) response() *http.Response {
	h := r.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: r.status, Status: http.StatusText(r.status), Header: h, Body: http.NoBody}
}
