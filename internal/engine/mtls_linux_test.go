package engine_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/api/historyservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// Every port that the process opens is looked at, not only those we know of:
// a new version of the server may open another.
func TestEveryPortWantsOurCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := spawn(t, dir)
	ui := p.next(t).UI
	pem, err := os.ReadFile(filepath.Join(dir, "engine", "certificate.pem"))
	require.NoError(t, err)
	own, err := tls.X509KeyPair(pem, pem)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(own.Leaf)

	var checked int
	for _, port := range listening(t, p.Process.Pid) {
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if "http://"+addr == ui {
			continue
		}
		checked++
		require.Equal(t, codes.Unavailable, call(t, addr, insecure.NewCredentials()), "without TLS at %s", addr)
		require.Equal(t, codes.Unavailable, call(t, addr, credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: "pawl"})), "without a certificate at %s", addr)
		with := call(t, addr, credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: "pawl", Certificates: []tls.Certificate{own}}))
		require.NotEqual(t, codes.Unavailable, with, "with the certificate at %s", addr)
	}
	require.Equal(t, 4, checked, "frontend, history, matching, worker")
}

// call asks the history service for a shard, which needs no permission there,
// and says how it ended. Services that do not know the question say so.
func call(t *testing.T, addr string, creds credentials.TransportCredentials) codes.Code {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(creds))
	require.NoError(t, err)
	defer conn.Close()
	_, err = historyservice.NewHistoryServiceClient(conn).GetShard(t.Context(), &historyservice.GetShardRequest{ShardId: 1})
	return status.Code(err)
}

// listening reads the ports that a process listens on from /proc.
func listening(t *testing.T, pid int) []int {
	t.Helper()
	mine := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	require.NoError(t, err)
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			mine[strings.Trim(to, "socket:[]")] = true
		}
	}
	var ports []int
	for _, table := range []string{"tcp", "tcp6"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		require.NoError(t, err)
		for _, line := range strings.Split(string(b), "\n")[1:] {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" || !mine[f[9]] { // 0A: LISTEN
				continue
			}
			_, hex, _ := strings.Cut(f[1], ":")
			port, err := strconv.ParseInt(hex, 16, 32)
			require.NoError(t, err)
			ports = append(ports, int(port))
			c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Minute)
			require.NoError(t, err)
			c.Close()
		}
	}
	return ports
}
