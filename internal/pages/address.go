package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

const (
	longestNext   = 8 << 10 // bytes of a cursor or an address: it is kept with the position, and travels in a request line
	mostRedirects = 5
)

// address is where the page of a position is.
func (r *Reader) address(at job.Position) (*url.URL, error) {
	p := r.src.Paging
	if at.Next != "" && p.By == job.ByLink {
		// The position was kept outside; what it leads to is checked like a link that has just come.
		return r.resolve(r.base, at.Next, at.Pages)
	}
	to := *r.base
	if p.SizeParam != "" {
		to.RawQuery = with(to.RawQuery, p.SizeParam, strconv.Itoa(p.Size))
	}
	if at.Next != "" && (p.By == job.ByCursor || p.By == job.ByOffset) {
		to.RawQuery = with(to.RawQuery, p.Param, at.Next)
	}
	return &to, nil
}

// with adds a parameter to a query and leaves what was there as it was written.
func with(query, name, value string) string {
	pair := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if query == "" {
		return pair
	}
	return query + "&" + pair
}

// resolve is where a link on a page leads to. page is the number of the page it stood on.
func (r *Reader) resolve(from *url.URL, link string, page int) (*url.URL, error) {
	to, err := from.Parse(strings.TrimSpace(link))
	if err != nil {
		f := r.fault(job.FaultData, "The link to the next page on page %d from %s is no address.", page, r.src.Name)
		f.Cause = r.mask.Error(err)
		return nil, f
	}
	if r.base.Scheme == "https" && to.Scheme == "http" && to.Port() == "" {
		to.Scheme = "https" // APIs behind a proxy that ends TLS write their links so
	}
	to.Fragment, to.RawFragment = "", ""
	if !home(r.base, to) {
		return nil, r.fault(job.FaultData, "The link to the next page on page %d from %s leads to another place (%s). It was not followed, because the token would go there.",
			page, r.src.Name, shown.Line(r.mask.Hide(to.Scheme+"://"+to.Host), 100))
	}
	return to, nil
}

// home reports whether an address is where the source is, so that the token may go there.
func home(base, to *url.URL) bool {
	if to.User != nil || !strings.EqualFold(base.Hostname(), to.Hostname()) {
		return false
	}
	if base.Scheme == to.Scheme {
		return port(base) == port(to)
	}
	return base.Scheme == "http" && to.Scheme == "https" && base.Port() == "" && to.Port() == ""
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// redirect follows only where the token may go. Elsewhere the redirect itself is the answer.
func (r *Reader) redirect(to *http.Request, via []*http.Request) error {
	if len(via) > mostRedirects || !home(r.base, to.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// request is the question for a page.
func (r *Reader) request(ctx context.Context, to *url.URL) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "pawl")
	for name, value := range r.src.Headers {
		req.Header.Set(name, value)
	}
	switch {
	case r.token.Empty():
	case r.src.Header != "":
		req.Header.Set(r.src.Header, r.token.Reveal())
	default:
		req.Header.Set("Authorization", "Bearer "+r.token.Reveal())
	}
	return req, nil
}
