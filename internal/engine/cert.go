package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	certificateFile = "certificate.pem"
	// serverName is the name in the certificate. It is not resolved by anybody.
	serverName = "pawl"

	certificateLife = 10 * 365 * 24 * time.Hour
	// certificateRest is the life a certificate must still have at a start: as
	// it is looked at only then, a process may run this long.
	certificateRest = 5 * 365 * 24 * time.Hour
)

// identity is the one certificate of an engine. Server and clients show the
// same one and trust nothing else, so that only somebody who can read the data
// directory can speak to any port of the engine.
type identity struct {
	pair tls.Certificate
	pool *x509.CertPool
}

// loadIdentity reads the certificate in dir, or makes a new one when there is
// none, when it does not last long enough, or when others could have read it.
func loadIdentity(dir string, now time.Time) (*identity, error) {
	id, err := readIdentity(dir)
	if err == nil && usable(dir, id.pair.Leaf, now) {
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	content, err := newIdentity(now)
	if err != nil {
		return nil, fmt.Errorf("making the engine's certificate: %w", err)
	}
	if err := writeFile(filepath.Join(dir, certificateFile), content); err != nil {
		return nil, err
	}
	return readIdentity(dir)
}

// readIdentity reads the certificate in dir. Its error is fs.ErrNotExist when
// there is none.
func readIdentity(dir string) (*identity, error) {
	content, err := os.ReadFile(filepath.Join(dir, certificateFile))
	if err != nil {
		return nil, fmt.Errorf("reading the engine's certificate: %w", err)
	}
	pair, err := tls.X509KeyPair(content, content)
	if err != nil {
		return nil, fmt.Errorf("reading the engine's certificate %s (removing it makes the next start write a new one): %w", filepath.Join(dir, certificateFile), err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(pair.Leaf)
	return &identity{pair: pair, pool: pool}, nil
}

// server is the TLS configuration of every listening port.
func (id *identity) server() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{id.pair},
		ClientCAs:    id.pool,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		NextProtos:   []string{"h2"},
	}
}

// client is the TLS configuration of every connection to such a port.
func (id *identity) client() *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{id.pair},
		RootCAs:      id.pool,
		ServerName:   serverName,
	}
}

func usable(dir string, leaf *x509.Certificate, now time.Time) bool {
	info, err := os.Stat(filepath.Join(dir, certificateFile))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		return false
	}
	return now.After(leaf.NotBefore) && leaf.NotAfter.Sub(now) >= certificateRest
}

// newIdentity returns a certificate that signs itself, and its key, as PEM.
func newIdentity(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: serverName},
		NotBefore:             now.Add(-24 * time.Hour), // a clock may be set back
		NotAfter:              now.Add(certificateLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:              []string{serverName},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(content, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})...), nil
}
