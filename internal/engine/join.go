package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/pawl-ops/pawl/internal/lives"
)

// Join uses the embedded engine that another process of this user runs on the
// data directory o.Dir, now and whenever it is there again: it may die, come
// back, and even change its ports, and what was made from Client goes on.
//
// It returns an *AwayError when the engine does not run at this moment; ctx
// bounds the look. Several processes may join the same engine.
func Join(ctx context.Context, o Options) (*Engine, error) {
	o, err := o.forJoin()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		namespace: o.Namespace,
		logger:    o.Logger,
		dir:       filepath.Join(o.Dir, "engine"),
		program:   identify(),
		identity:  lives.Name("worker"),
		freeSpace: o.FreeSpace,
		joined:    true,
	}
	if err := e.reachable(ctx); err != nil {
		return nil, err
	}
	co := client.Options{
		// Not an address: the way there is looked up for each connection.
		HostPort:  "passthrough:///engine",
		Namespace: o.Namespace,
		Identity:  e.identity,
		Logger:    NewLogger(o.Logger),
		ConnectionOptions: client.ConnectionOptions{
			GrpcCompression: &client.GrpcCompressionNone{},
			DialOptions: []grpc.DialOption{
				grpc.WithContextDialer(way{e.dir}.await),
				grpc.WithConnectParams(grpc.ConnectParams{
					Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
					MinConnectTimeout: patience,
				}),
			},
		},
	}
	if e.client, err = client.DialContext(ctx, co); err != nil {
		return nil, fmt.Errorf("connecting to the engine in %s: %w", o.Dir, err)
	}
	return e, nil
}

// reachable gives an *AwayError when the engine that e joined does not run at
// this moment. Of an engine of this process, and of a cluster, it knows nothing.
func (e *Engine) reachable(ctx context.Context) error {
	if !e.joined {
		return nil
	}
	conn, err := way{e.dir}.once(ctx)
	if err != nil {
		return &AwayError{Dir: filepath.Dir(e.dir), Err: err}
	}
	_ = conn.Close()
	return nil
}

// livesDir is where the workers of other processes say that they are alive.
func (e *Engine) livesDir() string { return LivesDir(filepath.Dir(e.dir)) }

// LivesDir is where the processes that share a data directory say that they
// are alive: see package lives.
func LivesDir(dataDir string) string { return filepath.Join(dataDir, "lives") }
