package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// An operator may end a run by force. It cannot speak for itself then: its scripts are stopped, its thread is told, the
// ledger has its outcome, and what it held passes on only when nothing of it runs any more.
func TestARunEndedFromOutside(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.up()
	alice, bob := f.person("alice"), f.person("bob")
	first := alice.types("drill slowly in turn")
	first.counts()
	held, err := f.world.Hosts.Orphans()
	require.NoError(t, err)
	second := bob.types("drill in turn")
	second.sees(20*time.Second, "Waiting for your turn")

	id := first.runID()
	require.NoError(t, f.temporal().TerminateWorkflow(t.Context(), id, "", "a test of what an operator may do"))
	second.sees(30*time.Second, "Count on the first host")
	left, err := f.world.Hosts.Orphans()
	require.NoError(t, err)
	for _, o := range left {
		require.NotEqual(t, held[0].Script, o.Script, "the second one runs beside the first")
	}
	first.sees(30*time.Second, "did not come to its end")
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.ended(id) })
	require.Equal(t, map[string]int{"board": 1, "swept": 1}, first.said())
	second.sees(30*time.Second, "the drill is over: counted to 10")
	require.Equal(t, map[string]int{"board": 1, "result": 1}, second.said())
	f.eventually(20*time.Second, "the outcome is in the ledger", func() error { return f.endedIn(second) })
	f.idle()
	require.Contains(t, alice.look("runs"), "Nothing is going on.")
}

// temporal is a client of the engine, made from what it wrote into the data directory for its owner.
func (f *fleet) temporal() client.Client {
	f.t.Helper()
	dir := filepath.Join(f.data(), "engine")
	var at struct {
		Namespace string `json:"namespace"`
		Frontend  int    `json:"frontend"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "address.json"))
	require.NoError(f.t, err)
	require.NoError(f.t, json.Unmarshal(data, &at))
	pem, err := os.ReadFile(filepath.Join(dir, "certificate.pem"))
	require.NoError(f.t, err)
	pair, err := tls.X509KeyPair(pem, pem)
	require.NoError(f.t, err)
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	c, err := client.DialContext(f.t.Context(), client.Options{
		HostPort: fmt.Sprintf("127.0.0.1:%d", at.Frontend), Namespace: at.Namespace, Logger: silent{},
		ConnectionOptions: client.ConnectionOptions{TLS: &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, RootCAs: roots, ServerName: "pawl",
		}},
	})
	require.NoError(f.t, err)
	f.t.Cleanup(c.Close)
	return c
}

// silent is a logger that says nothing.
type silent struct{}

var _ sdklog.Logger = silent{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
