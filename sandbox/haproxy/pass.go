package haproxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Pass sends a request that arrived at a frontend to the server that the map names, and gives the status of the answer.
// Nobody retries, and a user who leaves does not end what the server does.
func (s *Server) Pass(frontend string, w http.ResponseWriter, r *http.Request) (status int) {
	p := s.now.Load()
	front := p.counts[frontend]
	front.do(func(c *count) { c.asked++ })
	to, err := s.chosen(p, frontend)
	if err != nil {
		front.do(func(c *count) { c.answered(http.StatusServiceUnavailable) })
		refuse(w, http.StatusServiceUnavailable)
		return http.StatusServiceUnavailable
	}
	back, server := p.counts[to.Name], p.counts[to.Name+"/"+to.Server]
	back.begin()
	server.begin()
	defer func() {
		front.do(func(c *count) { c.answered(status) })
		back.do(func(c *count) { c.asked++; c.answered(status) })
		back.end()
		server.end()
	}()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	(&httputil.ReverseProxy{
		Transport: s.onward,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: to.Address})
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(res *http.Response) error {
			status = res.StatusCode
			server.do(func(c *count) { c.asked++; c.linked++; c.answered(status) })
			back.do(func(c *count) { c.linked++ })
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			status = wrong(err, func(change func(*count)) { back.do(change); server.do(change) })
			refuse(w, status)
		},
	}).ServeHTTP(w, r.WithContext(ctx))
	return status
}

// wrong is what users are told when the server does not answer, and how that is counted.
func wrong(err error, both func(change func(*count))) (status int) {
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
		both(func(c *count) { c.econ++; c.linked++ })
		return http.StatusServiceUnavailable
	}
	both(func(c *count) { c.eresp++; c.linked++ })
	if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// refuse is an answer of HAProxy's own.
func refuse(w http.ResponseWriter, status int) {
	why := map[int][2]string{
		http.StatusBadGateway:         {"502 Bad Gateway", "The server returned an invalid or incomplete response."},
		http.StatusServiceUnavailable: {"503 Service Unavailable", "No server is available to handle this request."},
		http.StatusGatewayTimeout:     {"504 Gateway Time-out", "The server didn't respond in time."},
	}[status]
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html><body><h1>%s</h1>\n%s\n</body></html>\n", why[0], why[1])
}
