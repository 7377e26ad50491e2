package traffic_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/internal/traffic"
)

// killedAnywhere moves users to and fro. Each switch is killed at some moment, wherever that is, and tried again until it ends;
// or it is given up and settled. Users are always where it is said that they are.
func (c *colours) killedAnywhere(rounds int, longest time.Duration) {
	c.t.Helper()
	from, to := "blue", "green"
	for round := range rounds {
		s := traffic.Switch{To: to, From: from, Token: fmt.Sprint("anywhere-", round)}
		var err error
		for kills := 0; ; kills++ {
			within := time.Duration(rand.Int64N(int64(longest)))
			if kills > 2 {
				within = time.Minute
			}
			ctx, cancel := context.WithTimeout(c.t.Context(), within)
			err = c.balancer.Switch(ctx, c.lb, s)
			cancel()
			var e *traffic.Error
			if err == nil || errors.As(err, &e) && !e.Unknown {
				break
			}
			if round%3 == 2 { // given up
				serves, settled := c.balancer.Settle(c.t.Context(), c.lb, s.Token)
				require.NoError(c.t, settled)
				require.Contains(c.t, []string{from, to}, serves)
				require.Equal(c.t, serves, c.served(), "round %d, settled", round)
				if err = c.move(s.Token, from, to); serves == to {
					require.NoError(c.t, err)
				} else {
					c.refused(err)
				}
				break
			}
		}
		if err == nil {
			from, to = to, from
		} else {
			require.Equal(c.t, 2, round%3, "only what was given up does not take place: %v", err)
		}
		require.Equal(c.t, from, c.active(), "round %d", round)
		require.Equal(c.t, from, c.served(), "round %d", round)
	}
}

func TestHAProxyASwitchMayBeKilledAnywhere(t *testing.T) {
	t.Parallel()
	p := newHAProxy(t)
	p.killedAnywhere(18, 150*time.Millisecond)
	serves := p.active()
	p.reload()
	require.Equal(t, serves, p.served())
}

func TestNginxASwitchMayBeKilledAnywhere(t *testing.T) {
	t.Parallel()
	newNginx(t).killedAnywhere(9, 300*time.Millisecond)
}
