package e2e

import (
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
)

// did is something a run did, as its history has it.
type did struct {
	what       string // the activity
	asked, end time.Time
}

// deeds are what a run did and brought to an end, in the order in which it ended.
func (f *fleet) deeds(run string) (all []did) {
	f.t.Helper()
	c := f.temporal()
	defer c.Close()
	asked := map[int64]did{}
	for events := c.GetWorkflowHistory(f.t.Context(), run, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(f.t, err)
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			asked[e.GetEventId()] = did{what: a.GetActivityType().GetName(), asked: e.GetEventTime().AsTime()}
		}
		if a := e.GetActivityTaskCompletedEventAttributes(); a != nil {
			d := asked[a.GetScheduledEventId()]
			d.end = e.GetEventTime().AsTime()
			all = append(all, d)
		}
	}
	return all
}

// first is the first of them of this kind.
func first(all []did, what string) (did, bool) {
	for _, d := range all {
		if d.what == what {
			return d, true
		}
	}
	return did{}, false
}
