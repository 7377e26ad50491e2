package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oddRunbook is a run of a runbook that goes another way than most, recorded while it stands still or when it is over.
type oddRunbook struct {
	name, command string
	point         string // where the program parks it; empty: it waits by itself, or is over
	shows         string // the thread says this then
	over          bool
	do            func(*fleet, thread) // what is done to it before
}

var oddRunbooks = []oddRunbook{
	{name: "stopped-building", point: "after the build was stopped", command: "build long f", do: func(f *fleet, th thread) {
		f.eventually(30*time.Second, "its build runs", func() error { return f.builds("shop/long", "f", 1) })
		th.replies("cancel")
	}},
	{name: "build-answered-in-jenkins", command: "gate i", shows: "Done: gate i", over: true, do: func(f *fleet, th thread) {
		th.sees(30*time.Second, "Open for i?")
		require.NoError(f.t, f.eveAnswers("proceed", "shop/gate", "Gate", "i"))
	}},
	{name: "not-well", command: "never well", shows: ":arrows_counterclockwise: Well"},
	{name: "planned", command: "plan sweep k", shows: "What would happen", over: true},
}

func (b oddRunbook) file() string { return filepath.Join(histories, "runbook-"+b.name+".json") }

// recordOddRunbooks records them all anew when one is missing.
func recordOddRunbooks(t *testing.T) {
	missing := false
	for _, b := range oddRunbooks {
		if _, err := os.Stat(b.file()); err != nil {
			missing = true
		}
	}
	if !missing {
		return
	}
	f, _ := sweeps(t)
	points := make([]string, len(oddRunbooks))
	for i, b := range oddRunbooks {
		if points[i] = b.point; b.point == "" {
			points[i] = "nowhere"
		}
	}
	f.ui = "127.0.0.1:0"
	f.up("PAWL_PARK="+strings.Join(points, ","), "PAWL_PARKED="+f.parked(), haste)
	for i, b := range oddRunbooks {
		th := f.person("alice").types(b.command)
		f.eventually(20*time.Second, b.name+" takes its point", func() error { return holdsLines(f.parked(), "takes\t", i+1) })
		id := strings.Split(linesOf(f.parked(), "takes\t")[i], "\t")[2]
		if b.do != nil {
			b.do(f, th)
		}
		switch {
		case b.point != "":
			f.eventually(30*time.Second, b.name+" parks", func() error { return f.parks(b.point, id) })
		default:
			th.sees(60*time.Second, b.shows)
		}
		if b.over {
			f.eventually(30*time.Second, b.name+" has ended", func() error { return f.ended(id) })
		}
		f.export(f.page(), id, b.file())
	}
}
