package instances

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"
)

// How many characters of outside text are shown.
const (
	shownWord     = 40
	shownSentence = 160
)

// NoAnswer is how the sentence about an instance that did not answer at all begins.
const NoAnswer = "no answer"

// sentence says what went wrong, for people, without a full stop.
func sentence(err error) string {
	var dns *net.DNSError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	var untrusted x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, new(*unfinishedError)):
		return "it begins to answer and does not come to an end"
	case errors.As(err, &wrongName):
		return "its certificate is for another name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate is not valid today"
	case errors.As(err, &untrusted), errors.As(err, &invalid):
		return "its certificate is not one we trust"
	case errors.As(err, &record), strings.Contains(text, "HTTP response to HTTPS client"):
		return "it does not speak TLS"
	case strings.Contains(text, "malformed HTTP"):
		return "what it answers is not HTTP"
	case strings.Contains(text, "response headers exceeded"):
		return "what it answers is too large"
	case errors.As(err, &dns) && dns.IsNotFound:
		return NoAnswer + ": nobody knows the host " + line(dns.Name, shownWord)
	case errors.Is(err, syscall.ECONNREFUSED):
		return NoAnswer + ": nothing listens there"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return NoAnswer + " in time"
	}
	return NoAnswer
}

// line makes outside text one line that is fit to be shown: no control characters, nothing that reorders text or passes
// for a token of ours, at most n characters.
func line(s string, n int) string {
	if len(s) > 16*n { // enough whatever is dropped, and not a megabyte to clean
		s = s[:16*n]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError:
			return -1
		case r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1
		case r >= 0xe000 && r <= 0xf8ff: // private use: boards mark their own tokens with some of these
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
