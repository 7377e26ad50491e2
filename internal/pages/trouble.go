package pages

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// trouble is a question that brought no page: whose fault it is, and whether asking again may help.
type trouble struct {
	class string
	did   string // what the other side did, after its name: "answered 502"; said again with a number when it keeps doing so
	says  string // the whole sentence, when asking again is pointless
	again bool
	slow  bool          // they ask us to slow down
	told  time.Duration // for how long
	shown string
	cause error
}

// try asks once.
func (r *Reader) try(ctx context.Context, to *url.URL, number int) (answer, *trouble) {
	ctx, cancel := context.WithTimeout(ctx, r.opt.Timeout)
	defer cancel()
	asked := http.MethodGet + " " + to.RequestURI()
	req, err := r.request(ctx, to)
	if err != nil {
		return answer{}, &trouble{class: job.FaultOurs, says: "The address of " + r.src.Name + " cannot be asked.", shown: r.shown(asked, 0, []byte(err.Error())), cause: err}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{}, r.unanswered(asked, err)
	}
	defer resp.Body.Close()
	largest := r.opt.LargestPage
	if r.decodes() {
		largest /= 4
	}
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, lookedAt)) // however much of it came, the status says enough
		return answer{}, r.refused(asked, resp, said)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, largest+1))
	if err != nil {
		return answer{}, r.unanswered(asked, err)
	}
	a := answer{request: asked, from: resp.Request.URL, status: resp.StatusCode, header: resp.Header, body: bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))}
	switch {
	case int64(len(body)) > largest:
		return a, r.bad(a, "Page "+strconv.Itoa(number)+" from "+r.src.Name+" is larger than "+size(int(largest))+". Ask for fewer records a page.", nil)
	case a.status == http.StatusNoContent:
		return a, nil
	case a.status != http.StatusOK:
		return a, r.bad(a, r.src.Name+" answered "+strconv.Itoa(a.status)+", and that is no page.", nil)
	case json.Valid(a.body):
		return a, nil
	case webPage(resp.Header, a.body):
		// Something in front of the API speaks for it: a proxy, a page about maintenance.
		return a, &trouble{class: job.FaultTheirs, did: "answered with a web page instead of data", again: true, shown: r.shown(asked, a.status, a.body)}
	}
	var whole json.RawMessage
	return a, r.bad(a, "Page "+strconv.Itoa(number)+" from "+r.src.Name+" is no JSON.", json.Unmarshal(a.body, &whole))
}

// decodes reports whether pages have to be decoded as a whole.
func (r *Reader) decodes() bool {
	for _, q := range []*query{r.records, r.next, r.total} {
		if q != nil && q.path == nil {
			return true
		}
	}
	return false
}

// bad is an answer that came as it should and cannot be used.
func (r *Reader) bad(a answer, says string, cause error) *trouble {
	return &trouble{class: job.FaultData, says: says, shown: r.shown(a.request, a.status, a.body), cause: cause}
}

// webPage reports whether an answer is meant for a browser.
func webPage(h http.Header, body []byte) bool {
	return strings.Contains(h.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// refused is an answer whose status says that there is no page in it.
func (r *Reader) refused(asked string, resp *http.Response, body []byte) *trouble {
	status, name := strconv.Itoa(resp.StatusCode), r.src.Name
	t := &trouble{class: job.FaultOurs, shown: r.shown(asked, resp.StatusCode, body), told: r.retryAfter(resp.Header)}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		t.class, t.did, t.again, t.slow = job.FaultTheirs, "asked us to slow down", true, true
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		t.class, t.did, t.again = job.FaultTheirs, "answered "+status, true
	case code == http.StatusUnauthorized:
		t.class, t.says = job.FaultAccess, name+" does not accept our token: it answered 401."
	case code == http.StatusForbidden:
		t.class, t.says = job.FaultAccess, name+" does not let us see this data: it answered 403."
	case code == http.StatusNotFound || code == http.StatusGone:
		t.says = name + " has nothing at this address: it answered " + status + "."
	case code < 400:
		where := "elsewhere"
		if to, err := resp.Location(); err == nil {
			where = "to another place (" + clean(r.mask.hide(to.Scheme+"://"+to.Host), 100) + ")"
		}
		t.says = name + " sends us " + where + ". That was not followed, because the token would go there."
	default:
		t.says = name + " does not understand our question: it answered " + status + "."
	}
	return t
}

// unanswered is a question without a whole answer.
func (r *Reader) unanswered(asked string, err error) *trouble {
	t := &trouble{class: job.FaultTheirs, again: true, did: "cut the connection", cause: err}
	var outer *url.Error
	if errors.As(err, &outer) { // it repeats method and address
		t.cause = outer.Err
	}
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		*t = trouble{class: job.FaultOurs, says: "There is no host " + clean(dns.Name, 100) + ", so " + r.src.Name + " cannot be asked.", cause: dns}
	case errors.As(err, &dns):
		t.class, t.did = job.FaultOurs, "could not be found by its name"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		t.did = "did not answer within " + span(r.opt.Timeout)
	case certificate(err):
		expired := certificateExpired(err)
		*t = trouble{class: job.FaultOurs, says: "The encryption to " + r.src.Name + " could not be set up.", cause: t.cause}
		if expired {
			t.class, t.says = job.FaultTheirs, "The certificate of "+r.src.Name+" is not valid today."
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		t.did = "refused the connection"
	case errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH):
		t.class, t.did = job.FaultOurs, "could not be reached from our network"
	case strings.Contains(err.Error(), "malformed HTTP"):
		t.did = "gave an answer that is not HTTP"
	}
	t.shown = r.shown(asked, 0, []byte(t.cause.Error()))
	return t
}

// certificate reports whether TLS is the trouble: who they are, or no TLS at all.
func certificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func certificateExpired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// retryAfter is how long they ask us to wait: seconds, or a moment by their own clock (RFC 9110, section 10.2.3).
func (r *Reader) retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789") == "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > int64(forever/time.Second) {
			return forever
		}
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now := r.opt.Now()
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return min(max(0, at.Sub(now)), forever)
}
