package pages

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

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
		*t = trouble{class: job.FaultOurs, says: "There is no host " + shown.Line(dns.Name, 100) + ", so " + r.src.Name + " cannot be asked.", cause: dns}
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
