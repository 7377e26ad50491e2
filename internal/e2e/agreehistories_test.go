package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keptApproval is a run that others have to agree to, recorded while it stands still or when it is over.
type keptApproval struct {
	name string
	stand
}

func (k keptApproval) file() string {
	return filepath.Join(histories, "approval-"+strings.ReplaceAll(k.name, " ", "-")+".json")
}

var approvalsKept = []keptApproval{
	{"in the first look", stand{point: "in the first look"}},
	{"before the question", stand{point: "before the question"}},
	{"while asking", stand{point: "while asking"}},
	{"asked", stand{}},
	{"agreed while asking", stand{point: "while asking", before: "approve"}},
	{"agreed", stand{point: "after the decision", before: "approve"}},
	{"denied", stand{point: "after the decision", before: "deny"}},
	{"withdrawn", stand{point: "after the decision", before: "cancel"}},
	{"expired", stand{point: "after the decision", hasty: true}},
	{"after the answer", stand{point: "after the answer", before: "approve"}},
	{"before the presser is told", stand{point: "before the presser is told", before: "approve"}},
	{"before its turn", stand{point: "before the lane is asked", how: "turna", before: "approve"}},
	{"in the second look", stand{point: "in the second look", how: "turnb", before: "approve"}},
	{"holding its turn", stand{point: "while the script runs", how: "turnc", before: "approve"}},
	{"waiting for its turn", stand{how: "turnc", before: "approve"}},
	{"waiting to be well", stand{point: "waiting to be well", before: "approve"}},
	{"asked again", stand{how: shifts, before: "approve", asks: 2}},
	{"before the last message", stand{point: "before the last message", before: "approve"}},
	{"done", stand{before: "approve", over: true}},
	{"denied and over", stand{before: "deny", ends: isDenied, over: true}},
	{"withdrawn and over", stand{before: "cancel", ends: isWithdrawn, over: true}},
	{"expired and over", stand{hasty: true, ends: isExpired, over: true}},
}

// recordApprovals records those that are missing.
func recordApprovals(t *testing.T) {
	var missing []keptApproval
	var stands []stand
	for _, k := range approvalsKept {
		if _, err := os.Stat(k.file()); err == nil {
			continue
		}
		missing, stands = append(missing, k), append(stands, k.stand)
	}
	if len(missing) == 0 {
		return
	}
	f := newFleet(t, othersAgree)
	f.ui = "127.0.0.1:0"
	_, runs := f.park(stands, func(env ...string) { f.up(env...) })
	for i, k := range missing {
		f.export(f.page(), runs[i], k.file())
	}
	require.NotEmpty(t, runs)
}
