package sandbox

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALoopbackListenerIsCalledByALoopbackName(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	status := func(listener net.IP, host string) int {
		r := httptest.NewRequest(http.MethodPost, "/sandbox/world/pawl/plug", nil)
		r.Host = host
		w := httptest.NewRecorder()
		byItsName(&net.TCPAddr{IP: listener, Port: 8065}, ok).ServeHTTP(w, r)
		return w.Code
	}
	home := net.IPv4(127, 0, 0, 1)
	for _, host := range []string{"127.0.0.1:8065", "127.0.0.1", "localhost:8065", "LOCALHOST", "localhost.", "[::1]:8065", "demo.localhost:8065"} {
		require.Equal(t, http.StatusOK, status(home, host), host)
	}
	for _, host := range []string{"evil.test:8065", "localhost.evil.test", "127.0.0.1.evil.test:8065", "10.0.0.1:8065", ""} {
		require.Equal(t, http.StatusMisdirectedRequest, status(home, host), host)
		require.Equal(t, http.StatusOK, status(net.IPv4zero, host), "open to other machines: %s", host)
	}
}
