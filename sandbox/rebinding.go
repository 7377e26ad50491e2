package sandbox

import (
	"net"
	"net/http"
	"strings"
)

// byItsName lets requests through that call a loopback listener by a loopback name. A page of another site whose name
// was made to lead here (DNS rebinding) sends its own: to the browser it is one site with us, and its origin says nothing.
// A listener for other machines may be called anything.
func byItsName(listener net.Addr, next http.Handler) http.Handler {
	tcp, ok := listener.(*net.TCPAddr)
	if !ok || !tcp.IP.IsLoopback() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackName(r.Host) {
			http.Error(w, "the demo is open on this machine only; call it 127.0.0.1 or localhost", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
