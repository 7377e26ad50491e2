package wire_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/sandbox/wire"
)

func TestAResetSaysNothing(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { wire.Reset(w) }))
	defer server.Close()
	res, err := http.Get(server.URL)
	if err == nil {
		_ = res.Body.Close()
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { wire.Reset(httptest.NewRecorder()) })
}

func TestAPauseEndsWithWhoeverWaits(t *testing.T) {
	t.Parallel()
	require.True(t, wire.Pause(t.Context(), time.Millisecond))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, wire.Pause(ctx, time.Hour))
}
