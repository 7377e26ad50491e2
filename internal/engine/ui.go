//go:build !slim

package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/temporalio/ui-server/v2/server/api"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/route"
	uiassets "github.com/temporalio/ui-server/v2/ui"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// ui is Temporal's web page, put together from the parts of its server instead
// of started as a whole: that one opens its port itself, ends the process when
// the port is taken, and prints to stderr.
type ui struct {
	url  string
	http *http.Server
	conn *grpc.ClientConn
}

// startUI serves the page on o.UIAddr. A port 0 becomes a chosen one that is
// noted in at.
func startUI(at *address, id *identity, o Options) (*ui, error) {
	host, port, err := net.SplitHostPort(o.UIAddr)
	if err != nil {
		return nil, fmt.Errorf("reading the address of the web page: %w", err)
	}
	var l net.Listener
	if port == "0" && host != "::1" {
		l, err = listen(at.UI)
	} else {
		l, err = net.Listen("tcp", o.UIAddr)
	}
	if err != nil {
		return nil, fmt.Errorf("serving the engine's web page: %w", err)
	}
	if port == "0" {
		at.UI = l.Addr().(*net.TCPAddr).Port
	}
	conn, err := grpc.NewClient(at.frontend(), grpc.WithTransportCredentials(credentials.NewTLS(id.client())))
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("connecting the engine's web page: %w", err)
	}
	page, err := pageHandler(conn, at.frontend(), o.Namespace)
	if err != nil {
		l.Close()
		conn.Close()
		return nil, fmt.Errorf("putting the engine's web page together: %w", err)
	}
	u := &ui{
		url:  "http://" + l.Addr().String(),
		conn: conn,
		http: &http.Server{Handler: readOnly(page), ReadHeaderTimeout: 10 * time.Second},
	}
	go func() {
		if err := u.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error().Err(err).Msg("the engine's web page has ended")
		}
	}()
	return u, nil
}

func (u *ui) stop() {
	u.http.Close() // nobody waits for an answer that matters
	u.conn.Close()
}

func pageHandler(conn *grpc.ClientConn, frontend, namespace string) (http.Handler, error) {
	config, err := uiconfig.NewConfigProviderWithRefresh(&uiconfig.Config{
		TemporalGRPCAddress: frontend,
		EnableUI:            true,
		DefaultNamespace:    namespace,
		DisableWriteActions: true, // hides the buttons; readOnly refuses the requests
		DisableNewsFetch:    true,
		HideLogs:            true,
	})
	if err != nil {
		return nil, err
	}
	assets, err := uiassets.Assets()
	if err != nil {
		return nil, err
	}
	if assets, err = fs.Sub(assets, "local"); err != nil {
		return nil, err
	}
	e := echo.New()
	v1 := e.Group("/api/v1")
	v1.GET("/settings", api.GetSettings(config))
	v1.GET("/ui-extensions", api.GetUIExtensions(config, nil))
	v1.GET(api.WorkflowRawHistoryUrl, api.WorkflowRawHistoryHandler(workflowservice.NewWorkflowServiceClient(conn)))
	v1.Match([]string{http.MethodGet, http.MethodPost}, "/*", api.TemporalAPIHandler(config, nil, conn))
	if err := route.SetUIRoutes(e, "", assets, config); err != nil {
		return nil, err
	}
	route.SetRenderRoute(e, "/")
	return e, nil
}

// readOnly lets nothing through that could change a run, and nothing that a
// foreign web page makes the reader's browser ask: the page knows no users, so
// being on this machine is all it takes to read it.
func readOnly(page http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	return sameOrigin.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name that somebody else's DNS resolves to 127.0.0.1 is not ours.
		if host, _, err := net.SplitHostPort(r.Host); err != nil || loopback(net.JoinHostPort(host, "0")) != nil {
			http.Error(w, "this page is at http://127.0.0.1", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !isQuery(r) {
			http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
			return
		}
		page.ServeHTTP(w, r)
	}))
}

// isQuery recognises the one kind of POST that only reads: asking a workflow
// for its state, at /api/v1/namespaces/NS/workflows/ID/query/TYPE.
func isQuery(r *http.Request) bool {
	parts := strings.Split(r.URL.EscapedPath(), "/")
	return r.Method == http.MethodPost && len(parts) == 9 && parts[1] == "api" && parts[2] == "v1" &&
		parts[3] == "namespaces" && parts[5] == "workflows" && parts[7] == "query"
}
