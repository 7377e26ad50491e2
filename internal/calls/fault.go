package calls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// exchange is one request, for what is said about it.
type exchange struct {
	req    *http.Request
	hide   shown.Mask
	within time.Duration
	good   []job.StatusRange // the statuses that are expected; empty: 200 to 299
}

// wanted are the statuses that are expected, for people: "418", "200 to 299 or 404".
func (e exchange) wanted() string {
	var said []string
	for _, r := range e.good {
		if r.From == r.To {
			said = append(said, strconv.Itoa(r.From))
		} else {
			said = append(said, fmt.Sprintf("%d to %d", r.From, r.To))
		}
	}
	if len(said) == 0 {
		said = []string{"200 to 299"}
	}
	return strings.Join(said, " or ")
}

// who is called, for people.
func (e exchange) who() string { return e.req.URL.Host }

// cannot is a call that cannot be made with these arguments. Nothing was sent.
func cannot(err error) *job.Fault {
	return &job.Fault{Class: job.FaultData, Final: true, Says: "This cannot be sent, so nothing was: " + err.Error() + "."}
}

// refused is an answer whose status is none of those that are good.
func (e exchange) refused(resp *http.Response, body []byte) *job.Fault {
	f := &job.Fault{Class: job.FaultOurs, Shown: e.shown(resp.StatusCode, body), Final: true, After: retryAfter(resp.Header)}
	said := fmt.Sprintf("%s answered %s", e.who(), shown.Status(resp.StatusCode))
	short := e.inShort(body)
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		f.Class, f.Final, f.Says = job.FaultTheirs, false, e.who()+" asks us to slow down."
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		f.Class, f.Final, f.Says = job.FaultTheirs, false, said+short+"."
		if code == http.StatusBadGateway || code == http.StatusGatewayTimeout { // from something in between: RFC 9110, section 15.6
			f.Cause = ErrUnknown
			f.Says = said + short + ". Whether it was done is not known."
		}
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusProxyAuthRequired:
		f.Class, f.Says = job.FaultAccess, said+", so we are not let in"+short+"."
	case code >= 300 && code < 400:
		f.Says = e.elsewhere(resp, said)
	case code < 300:
		f.Class, f.Says = job.FaultData, said+", where "+e.wanted()+" is expected"+short+"."
	default:
		f.Says = said + short + "."
	}
	return f
}

// elsewhere is an answer that sends us on and was not followed.
func (e exchange) elsewhere(resp *http.Response, said string) string {
	to, err := resp.Location()
	switch {
	case err != nil:
		return said + ", where " + e.wanted() + " is expected."
	case home(e.req.URL, to):
		return e.who() + " sends us on and on."
	}
	return fmt.Sprintf("%s sends us to another place (%s). That was not followed.", e.who(), shown.Line(e.hide.Hide(to.Scheme+"://"+to.Host), 100))
}

// unanswered is a request without a whole answer. Where it may have been done, ErrUnknown is behind it.
func (e exchange) unanswered(ctx context.Context, err error, sent bool) error {
	if ctx.Err() != nil { // nobody waits any more
		if sent {
			return fmt.Errorf("calling %s: %w: %w", e.who(), ErrUnknown, ctx.Err())
		}
		return fmt.Errorf("calling %s: %w", e.who(), ctx.Err())
	}
	f := &job.Fault{Class: job.FaultTheirs, Says: e.who() + " cut the connection"}
	var outer *url.Error
	if errors.As(err, &outer) { // it repeats method and address
		err = outer.Err
	}
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		f.Class, f.Says = job.FaultOurs, "There is no host "+shown.Line(dns.Name, 100)
	case errors.As(err, &dns):
		f.Class, f.Says = job.FaultOurs, e.who()+" could not be found by its name"
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		f.Says = fmt.Sprintf("%s did not answer within %s", e.who(), e.within)
	case certificate(err):
		f.Class, f.Says = job.FaultOurs, "The encryption to "+e.who()+" could not be set up"
		if expired(err) {
			f.Class, f.Says = job.FaultTheirs, "The certificate of "+e.who()+" is not valid today"
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Says = e.who() + " refused the connection"
	case errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH):
		f.Class, f.Says = job.FaultOurs, e.who()+" could not be reached from our network"
	case strings.Contains(err.Error(), "malformed HTTP"):
		f.Says = e.who() + " gave an answer that is not HTTP"
	}
	f.Shown = e.shown(0, []byte(err.Error()))
	f.Cause = e.hide.Error(err)
	if !sent {
		f.Says += ". Nothing was sent."
		return f
	}
	f.Says += "."
	if e.req.Method != http.MethodGet && e.req.Method != http.MethodHead {
		f.Says += " Whether it was done is not known."
	}
	f.Cause = errors.Join(ErrUnknown, f.Cause)
	return f
}

// certificate reports whether TLS is the trouble: who they are, or no TLS at all.
func certificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

func expired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// mostAfter bounds how long we let the other side put us off.
const mostAfter = time.Hour

// retryAfter is how long they ask us to wait: seconds, or a moment by their own clock (RFC 9110, section 10.2.3).
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return min(max(0, time.Duration(n)*time.Second), mostAfter)
	}
	at, err := http.ParseTime(text)
	now, theirs := http.ParseTime(h.Get("Date"))
	if err != nil || theirs != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), mostAfter)
}
