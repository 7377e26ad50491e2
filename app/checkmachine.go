package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/engine"
	"github.com/pawl-ops/pawl/internal/live"
	"github.com/pawl-ops/pawl/internal/lives"
)

// machineChecks look at what is on this machine, without touching it: the data directory, the engine, the ledger.
func (h *house) machineChecks() []live.Check {
	checks := []live.Check{
		{Area: inMachine, What: "data directory", Try: func(context.Context) []live.Finding { return h.dataDir() }},
		h.ledgerCheck(),
	}
	if o := (engine.Options{Dir: h.opt.Data, Logger: h.log}); o.Cluster() {
		return append(checks, live.Check{Area: inMachine, What: "Temporal", Try: func(ctx context.Context) []live.Finding { return cluster(ctx, o) }})
	}
	return append(checks, live.Check{Area: inMachine, What: "engine", Try: h.engineInside})
}

// dataDir says whether Pawl can keep its data.
func (h *house) dataDir() []live.Finding {
	say := func(state live.State, says, mend string) []live.Finding {
		return one(inMachine, "data directory", state, says, mend)
	}
	dir, err := filepath.Abs(h.opt.Data)
	if err != nil {
		return say(live.Mend, err.Error(), "")
	}
	at := dir
	for {
		info, err := os.Stat(at)
		switch {
		case err == nil && !info.IsDir():
			return say(live.Mend, at+" is no directory", "Name another with --data.")
		case err == nil && unix.Access(at, unix.W_OK|unix.X_OK) != nil:
			return say(live.Mend, at+" cannot be written to by whoever runs this", "Run it as the user who runs pawl up, or name another with --data.")
		case err == nil:
			says := dir
			if at != dir {
				says += ", made at the first start"
			}
			return append(say(live.OK, says, ""), room(at)...)
		case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(at) == at:
			return say(live.Mend, err.Error(), "Name another with --data.")
		}
		at = filepath.Dir(at)
	}
}

// room says how much of the disk is left, when it is little.
func room(dir string) []live.Finding {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return nil
	}
	const much, little = 1 << 30, 200 << 20
	switch left := s.Bavail * uint64(s.Bsize); {
	case left < little:
		return one(inMachine, "disk", live.Mend, fmt.Sprintf("%d MB are left: Pawl cannot work on a full disk", left>>20), "Make room there.")
	case left < much:
		return one(inMachine, "disk", live.Note, fmt.Sprintf("%d MB are left", left>>20), "")
	}
	return nil
}

// leastRetention is below what nobody should go.
const leastRetention = 7 * 24 * time.Hour

// engineInside says whether a Pawl runs on this data directory, and whether this program can use the data.
func (h *house) engineInside(ctx context.Context) (all []live.Finding) {
	say := func(state live.State, says, mend string) {
		all = append(all, one(inMachine, "engine", state, says, mend)...)
	}
	var held *lives.HeldError
	switch err := lives.Held(h.opt.Data); {
	case errors.As(err, &held):
		says, state := fmt.Sprintf("a Pawl runs on this data directory: pid %d", held.PID), live.OK
		if held.URL != "" {
			says += ", " + held.URL
			if lacks := readiness(ctx, held.URL); lacks != "" {
				says, state = says+"; it is not ready: "+lacks, live.Note
			}
		}
		say(state, says, "")
	case err != nil:
		say(live.Mend, err.Error(), "Run it as the user who runs pawl up.")
	default:
		all = append(all, portFree(ctx)...)
	}
	want := engine.Carries()
	made, err := engine.MadeBy(h.opt.Data)
	var unknown *engine.VersionError
	switch {
	case errors.As(err, &unknown):
		say(live.Mend, unknown.Error(), "")
	case want == "":
		state := live.Mend
		if held != nil {
			state = live.Note
		}
		say(state, "this pawl was built without one (build tag slim)", "Set TEMPORAL_ADDRESS to the host:port of a Temporal cluster, or use the full build.")
	case err == nil && made != want:
		say(live.Mend, fmt.Sprintf("its data was made by engine %s, and this pawl carries %s", made, want), "docs/operating-roles.md, Upgrades, says what to do.")
	case held == nil && err != nil:
		say(live.OK, "Temporal "+want+" inside; its data is made at the first start", "")
	case held == nil:
		say(live.OK, "Temporal "+want+" inside", "")
	}
	return all
}

// readiness is what a Pawl that runs lacks; empty: nothing.
func readiness(ctx context.Context, url string) string {
	text, ready, err := readyzOf(ctx, url)
	switch {
	case err != nil:
		return "it does not answer"
	case ready && text == sayReady:
		return ""
	}
	return board.Clean(text)
}

// portFree says when the port on which pawl up answers is somebody else's.
func portFree(ctx context.Context) []live.Finding {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listenUp)
	if err != nil {
		return one(inMachine, "port", live.Note, listenUp+" is in use by another program: pawl up needs another --listen", "")
	}
	_ = l.Close()
	return nil
}

// cluster says whether the cluster of TEMPORAL_ADDRESS is there.
func cluster(ctx context.Context, o engine.Options) []live.Finding {
	r, err := engine.Reach(ctx, o)
	if err != nil {
		mend := "docs/operating-cluster.md has what leads to a cluster, and how to see where it breaks off."
		if r.Lacks {
			mend = "Make it, with the same variables set: pawl namespace"
		}
		return one(inMachine, "Temporal", live.Mend, err.Error(), mend)
	}
	says := fmt.Sprintf("%s at %s, namespace %s, keeps what ended for %s", r.Server, r.Address, r.Namespace, board.Rough(r.Retention))
	if r.Retention > 0 && r.Retention < leastRetention {
		return one(inMachine, "Temporal", live.Note, says, "Less than a week is little to look back at. temporal operator namespace update --namespace "+r.Namespace+" --retention 30d")
	}
	return one(inMachine, "Temporal", live.OK, says, "")
}
