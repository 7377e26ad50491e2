//go:build !slim

package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

// clusterID has to be a UUID. It tells apart clusters that know of each other;
// ours knows of none.
const clusterID = "70617770-0000-4000-8000-000000000001"

// embedded is the Temporal server inside this process.
type embedded struct {
	dir       string
	namespace string
	server    temporal.Server
	ui        *ui // nil when there is no web page
	phase     *phase
}

// launch starts the server on the ports that held keeps for it, and the web
// page if one is wanted, whose address it returns.
func launch(dir string, at *address, id *identity, held *ports, o Options) (_ server, url string, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case fatal:
			err = fmt.Errorf("putting the server together: %w", v)
		default:
			panic(v)
		}
	}()
	e := &embedded{dir: dir, namespace: o.Namespace, phase: &phase{}}
	if o.UIAddr != "" {
		if e.ui, err = startUI(at, id, o); err != nil {
			return nil, "", err
		}
		defer func() {
			if err != nil {
				e.ui.stop()
			}
		}()
		url = e.ui.url
	}
	held.release() // at the last moment: NewServer opens the ports itself
	e.server, err = temporal.NewServer(
		temporal.WithConfig(serverConfig(dir, *at)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(*at)),
		temporal.WithTLSConfigFactory(certificates{id}),
		// Whoever has the certificate may do everything: it is in the
		// owner's directory, as the databases are.
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithDynamicConfigClient(settings(o)),
		temporal.WithLogger(serverLogger{to: o.Logger.With().Str("part", "engine").Logger(), phase: e.phase}),
	)
	if err != nil {
		return nil, "", fmt.Errorf("putting the server together: %w", err)
	}
	if err := e.server.Start(); err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return nil, "", errors.Join(fmt.Errorf("starting the server: %w", err), e.stop(ctx))
	}
	e.phase.serving.Store(true)
	return e, url, nil
}

// stop ends the web page and the server, or leaves them when ctx ends.
func (e *embedded) stop(ctx context.Context) error {
	e.phase.stopping.Store(true)
	if e.ui != nil {
		e.ui.stop()
	}
	done := make(chan error, 1)
	go func() { done <- e.server.Stop() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serverConfig describes one server of one shard that talks only to itself.
func serverConfig(dir string, at address) *config.Config {
	var c config.Config
	c.Global.Membership.MaxJoinDuration = 30 * time.Second
	c.Global.Membership.BroadcastAddress = "127.0.0.1"
	c.Persistence = config.Persistence{
		DefaultStore:     "main",
		VisibilityStore:  "visibility",
		NumHistoryShards: 1, // cannot be changed later
		DataStores: map[string]config.DataStore{
			"main":       {SQL: mainStore(dir)},
			"visibility": {SQL: visibilityStore(dir)},
		},
	}
	c.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{
			clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: at.frontend(), ClusterID: clusterID},
		},
	}
	c.DCRedirectionPolicy.Policy = "noop"
	c.Archival.History.State = "disabled"
	c.Archival.Visibility.State = "disabled"
	c.NamespaceDefaults.Archival.History.State = "disabled"
	c.NamespaceDefaults.Archival.Visibility.State = "disabled"
	c.PublicClient.HostPort = at.frontend()
	c.Services = map[string]config.Service{}
	for name, port := range services(at) {
		var s config.Service
		s.RPC.GRPCPort = port
		s.RPC.BindOnIP = "127.0.0.1"
		c.Services[string(name)] = s
	}
	return &c
}

// hosts spares the server its gossip ports: it knows that it is alone.
func hosts(at address) map[primitives.ServiceName]static.Hosts {
	m := map[primitives.ServiceName]static.Hosts{}
	for name, port := range services(at) {
		m[name] = static.SingleLocalHost(hostPort(port))
	}
	return m
}

func services(at address) map[primitives.ServiceName]int {
	return map[primitives.ServiceName]int{
		primitives.FrontendService: at.Frontend,
		primitives.HistoryService:  at.History,
		primitives.MatchingService: at.Matching,
		primitives.WorkerService:   at.Worker,
	}
}
