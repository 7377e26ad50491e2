//go:build !slim

package engine

import (
	"crypto/tls"
	"time"

	"go.temporal.io/server/common/rpc/encryption"
)

// certificates gives every port of the server, and every connection it makes
// to itself, the one certificate.
//
// It is mutual TLS and not a token in a header because the server's own
// workers (schedules among them) carry no header and would be shut out, and
// because the history and matching ports look at no header at all.
type certificates struct {
	id *identity
}

func (c certificates) GetFrontendServerConfig() (*tls.Config, error)  { return c.id.server(), nil }
func (c certificates) GetFrontendClientConfig() (*tls.Config, error)  { return c.id.client(), nil }
func (c certificates) GetInternodeServerConfig() (*tls.Config, error) { return c.id.server(), nil }
func (c certificates) GetInternodeClientConfig() (*tls.Config, error) { return c.id.client(), nil }

func (c certificates) GetRemoteClusterClientConfig(string) (*tls.Config, error) {
	return c.id.client(), nil
}

// GetExpiringCerts finds none: a start sees to it that the certificate lasts
// for years.
func (c certificates) GetExpiringCerts(time.Duration) (expiring, expired encryption.CertExpirationMap, err error) {
	return nil, nil, nil
}
