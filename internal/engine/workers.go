package engine

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/pawl-ops/pawl/internal/lives"
)

// recently is how long ago a living worker asked for something to do at the
// latest: it asks anew after a minute without an answer.
const recently = 75 * time.Second

// Workers counts the workers that ask a task queue for activities. Beside an
// embedded engine the dead do not count; on a cluster they do for a minute
// after their death, because silence is all there is.
func (e *Engine) Workers(ctx context.Context, queue string) (int, error) {
	d, err := e.client.DescribeTaskQueue(ctx, queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
	if err != nil {
		return 0, fmt.Errorf("counting the workers: %w", err)
	}
	asking := map[string]bool{}
	for _, p := range d.GetPollers() {
		if time.Since(p.GetLastAccessTime().AsTime()) > recently {
			continue
		}
		alive := true
		if lives.RoleOf(p.GetIdentity()) == "worker" && e.dir != "" {
			if alive, err = lives.Alive(e.livesDir(), p.GetIdentity()); err != nil {
				return 0, fmt.Errorf("counting the workers: %w", err)
			}
		}
		if alive {
			asking[p.GetIdentity()] = true
		}
	}
	return len(asking), nil
}
