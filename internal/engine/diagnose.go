package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/codes"
)

// askWithin bounds what is found out about a cluster that did not answer.
const askWithin = 3 * time.Second

// unreached says why a cluster cannot be used, and what to do. gRPC says it too,
// but in a text in which the reasons are not told apart; so whoever was not let
// in knocks once more, without gRPC.
func unreached(ctx context.Context, address string, config *tls.Config, err error) error {
	switch serviceerror.ToStatus(err).Code() {
	case codes.PermissionDenied, codes.Unauthenticated:
		return fmt.Errorf("Temporal at %s does not let us in: check TEMPORAL_API_KEY, or the client certificate, and that it is for this namespace: %w", address, err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer cancel()
	if next := knock(ctx, address, config); next != "" {
		return fmt.Errorf("connecting to Temporal at %s: %s: %w", address, next, err)
	}
	return fmt.Errorf("connecting to Temporal at %s: %w", address, err)
}

// knock connects as far as TLS goes and says what keeps it from there, as the
// next step; empty when nothing does.
func knock(ctx context.Context, address string, config *tls.Config) string {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		return "there is no such host; check TEMPORAL_ADDRESS"
	case err != nil:
		return "nobody answers there; check TEMPORAL_ADDRESS, and that the cluster runs"
	}
	defer func() { _ = conn.Close() }()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	if config == nil {
		// Whether it speaks TLS is all that is asked; nothing is sent to it.
		probe := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}) //nolint:gosec // see above
		if probe.HandshakeContext(ctx) == nil {
			return "it speaks TLS, and we do not: set TEMPORAL_TLS=true, and what else docs/operating-cluster.md names"
		}
		return ""
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	config.NextProtos = []string{"h2"}
	secure := tls.Client(conn, config)
	err = secure.HandshakeContext(ctx)
	if err == nil {
		// With TLS 1.3 a server that does not want our certificate says so afterwards.
		_ = secure.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		_, err = secure.Read(make([]byte, 1))
	}
	return refused(err, config)
}

// refused is what to do about an error of TLS.
func refused(err error, config *tls.Config) string {
	var unknown x509.UnknownAuthorityError
	var other x509.HostnameError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &unknown):
		return "its certificate is signed by somebody we do not know; name the CA in TEMPORAL_TLS_SERVER_CA_CERT_PATH"
	case errors.As(err, &other):
		return fmt.Sprintf("its certificate is for other names than %s; name one of them in TEMPORAL_TLS_SERVER_NAME", other.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("its certificate was valid from %s to %s; whoever runs the cluster has to renew it, or a clock is wrong",
			invalid.Cert.NotBefore.Format(time.DateOnly), invalid.Cert.NotAfter.Format(time.DateOnly))
	case errors.As(err, &plain):
		return "it does not speak TLS, and we do; leave the TEMPORAL_TLS variables out, or set TEMPORAL_TLS=false"
	case strings.Contains(err.Error(), "remote error: tls"):
		return ours(config)
	}
	return ""
}

// ours is what is wrong with our own certificate, as far as we can see it.
func ours(config *tls.Config) string {
	const named = "TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH"
	if len(config.Certificates) == 0 {
		return "it wants a certificate from us; name one in " + named
	}
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err == nil && time.Now().After(leaf.NotAfter) {
		return fmt.Sprintf("our certificate is too old, it was valid until %s; put a new one where %s say", leaf.NotAfter.Format(time.DateOnly), named)
	}
	return "it does not accept our certificate; check " + named
}
