package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/bench/gobench"
)

// figure is one of a Go benchmark that stands beside the code it measures, and belongs into the table.
type figure struct {
	of   string // the benchmark, with its part
	what string
	aim  string
	how  string
	show func(row, []gobench.Sample) row
}

// bundle is the figures of one package.
type bundle struct {
	folder  string
	bench   string // what to run of it: -bench
	time    string // for so long, or so often: -benchtime
	count   int    // so many times over: -count
	figures []figure
}

// bundles are parts that are too quick, or too far from Slack, to be seen in the times of commands.
func bundles() []bundle {
	const five = 5
	return []bundle{
		{folder: "words", bench: "^BenchmarkParse$/^(thing|wrong_things)$", time: "300ms", count: five, figures: []figure{
			{of: "Parse/thing", what: "reading a command with names of things", how: "500 instances are known; one sentence of 10 words", show: perOp},
			{of: "Parse/wrong_things", what: "  the longest text that means nothing", aim: "", how: "as long as is read; every word is near to one that means something", show: perOp},
		}},
		{folder: "when", bench: "^BenchmarkNext$", time: "200ms", count: five, figures: []figure{
			{of: "Next/weekdays_at_6:00,_12:00_and_18:00", what: "the next time of a schedule", how: "in Europe/Prague", show: perOp},
		}},
		{folder: "ledger", bench: "^BenchmarkRecord$", time: "500ms", count: five, figures: []figure{
			{of: "Record/file/alone", what: "writing a command down, ledger in a file", how: "it is on disk then", show: perOp},
			{of: "Record/file/200_at_once", what: "  200 at once, each", how: "they share their waits for the disk", show: perOp},
			{of: "Record/database/alone", what: "the same, ledger in PostgreSQL", how: "through its socket, fsync on", show: perOp},
			{of: "Record/database/200_at_once", what: "  200 at once, each", how: "", show: perOp},
		}},
		{folder: "mapping", bench: "^BenchmarkRow$/^(paths|six_jq)$", time: "300ms", count: five, figures: []figure{
			{of: "Row/paths", what: "a record into a row of six columns", how: "460 bytes, plain paths", show: perOp},
			{of: "Row/six_jq", what: "  every column with a jq program", how: "", show: perOp},
		}},
		{folder: "traffic", bench: "^BenchmarkSwitch$", time: "10x", count: 1, figures: []figure{
			moved("HAProxy"), moved("nginx"), moved("Caddy"),
		}},
	}
}

func moved(balancer string) figure {
	return figure{of: "Switch/" + balancer, what: "moving users, " + balancer, how: "10 switches of the real one under 16 users who never pause", show: switched}
}

// perOp is the median of some runs of a benchmark, and the worst of them.
func perOp(r row, all []gobench.Sample) row {
	var took []time.Duration
	for _, s := range all {
		took = append(took, time.Duration(s["ns/op"]))
	}
	r.middle, r.worst = short(percentile(0.5, took)), short(percentile(1, took))
	r.how = strings.TrimPrefix(r.how+fmt.Sprintf("; mean of a run, %d runs", len(all)), "; ")
	return r
}

// switched is what one run of BenchmarkSwitch tells.
func switched(r row, all []gobench.Sample) row {
	s := all[0]
	r.middle, r.worst = short(time.Duration(s["median-ns"])), short(time.Duration(s["worst-ns"]))
	r.how += fmt.Sprintf("; of %.0f requests %.0f failed", s["requests"], s["failed"])
	return r
}

// parts runs Go benchmarks and adds their figures. What this machine lacks the server for is a line that says so.
func parts(ctx context.Context, t *table) error {
	for _, b := range bundles() {
		say("internal/" + b.folder)
		out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-vet", "off", "-bench", b.bench, "-benchtime", b.time,
			"-count", strconv.Itoa(b.count), "github.com/pawl-ops/pawl/internal/"+b.folder).CombinedOutput()
		if err != nil {
			return fmt.Errorf("the benchmarks of internal/%s: %w\n%s", b.folder, err, out)
		}
		samples := gobench.Read(out)
		for _, f := range b.figures {
			r := row{what: f.what, aim: f.aim, how: f.how}
			if all := samples[f.of]; len(all) > 0 {
				r = f.show(r, all)
			} else if missing := gobench.Skipped(out, f.of); missing != "" {
				r.middle, r.how = "-", "left out: "+missing
			} else {
				return fmt.Errorf("the benchmarks of internal/%s said nothing of %s:\n%s", b.folder, f.of, out)
			}
			t.rows = append(t.rows, r)
		}
	}
	return nil
}
