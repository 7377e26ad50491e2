package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/rs/zerolog"
	"go.temporal.io/sdk/client"
)

// Dial connects to the embedded engine that another process of this user runs
// on the data directory, as it is reached now. The caller closes the client. It
// is for looking and for sending signals; workers use Join.
func Dial(ctx context.Context, dataDir string) (client.Client, error) {
	dir := filepath.Join(dataDir, "engine")
	at, err := readAddress(dir)
	if err != nil {
		return nil, err
	}
	if at.Frontend == 0 {
		return nil, fmt.Errorf("connecting to the engine: pawl has never run in %s", dataDir)
	}
	id, err := readIdentity(dir)
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, clientOptions(at, id, zerolog.Nop()))
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, fmt.Errorf("connecting to the engine in %s (is pawl running?): %w", dataDir, err)
	}
	return c, nil
}

// clientOptions reach an embedded engine.
func clientOptions(at address, id *identity, logger zerolog.Logger) client.Options {
	return client.Options{
		HostPort:  at.frontend(),
		Namespace: at.Namespace,
		Logger:    NewLogger(logger),
		ConnectionOptions: client.ConnectionOptions{
			TLS: id.client(),
			// gzip, the default, only costs time on loopback.
			GrpcCompression: &client.GrpcCompressionNone{},
		},
	}
}
