package jenkins

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/pawl-ops/pawl/job"
)

// Outcome says what became of what was asked.
type Outcome string

// The outcomes of something that went wrong.
const (
	NotDone Outcome = "not done" // definitely not done; it may be asked again later
	Refused Outcome = "refused"  // definitely not done, and asking again without a change is pointless
	Unknown Outcome = "unknown"  // it may have been done: look before asking again
)

// Error is what went wrong with Jenkins: a fault for people, and what became of what was asked. errors.As finds the
// *job.Fault in it. Fault.Final is true when the outcome is Refused, and when the outcome is Unknown because Jenkins
// refuses to be looked at: asking again is pointless until somebody changed something.
type Error struct {
	*job.Fault
	Outcome Outcome
}

// Unwrap gives the fault.
func (e *Error) Unwrap() error { return e.Fault }

// OutcomeOf is the outcome an error tells, and Unknown for errors that tell none. Without an error there is none.
func OutcomeOf(err error) Outcome {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Outcome
	}
	return Unknown
}

// fault makes an error of a sentence.
func (s *Server) fault(o Outcome, class, says string, args ...any) *Error {
	return &Error{Fault: &job.Fault{Class: class, Says: s.mask.Hide(fmt.Sprintf(says, args...)), Final: o == Refused}, Outcome: o}
}

// unanswered is a question without an answer.
func (s *Server) unanswered(ctx context.Context, r reply, reached bool, err error) *Error {
	o := NotDone
	if r.post && reached {
		o = Unknown
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // the rest of it is the address, which is shown anyway
	}
	host := s.base.Host
	e := s.fault(o, job.FaultTheirs, "Jenkins broke off the connection.")
	var dns *net.DNSError
	switch {
	case ctx.Err() != nil:
		e = s.fault(o, job.FaultOurs, "Nobody waits any more for what Jenkins answers.")
		err = ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		e = s.fault(o, job.FaultTheirs, "Jenkins did not answer within %s.", span(s.opt.Timeout))
	case errors.As(err, &dns) && dns.IsNotFound:
		e = s.fault(o, job.FaultOurs, "Nobody knows a machine called %s. Look at the address of Jenkins in pawl.yaml.", s.base.Hostname())
	case errors.Is(err, syscall.ECONNREFUSED):
		e = s.fault(o, job.FaultTheirs, "Jenkins is not running: nothing answers at %s.", host)
	case errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH):
		e = s.fault(o, job.FaultOurs, "Jenkins cannot be reached from our network (%s).", host)
	case certificate(err):
		e = s.fault(Refused, job.FaultAccess, "Jenkins cannot prove that it is %s. Somebody has to look at its certificate.", s.base.Hostname())
	case !reached:
		e = s.fault(o, job.FaultTheirs, "Jenkins cannot be reached at %s.", host)
	}
	e.Cause = s.mask.Error(err)
	e.Shown = s.shown(r.asked, 0, []byte(e.Cause.Error()))
	return e
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// certificate reports whether TLS is the trouble: who they are, or no TLS at all.
func certificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &verify) || errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}
