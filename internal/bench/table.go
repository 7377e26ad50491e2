package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what is printed at the end.
type table struct {
	rows []row
}

// row is one figure, or a median with its worst.
type row struct {
	what, middle, worst, aim, how string
}

func (t *table) add(what, middle, worst, aim, how string) {
	t.rows = append(t.rows, row{what, middle, worst, aim, how})
}

// times adds the median and a high percentile of some durations.
func (t *table) times(what string, all []time.Duration, high float64, aim, how string) {
	t.add(what, short(percentile(0.5, all)), short(percentile(high, all)), aim, how)
}

// pair adds Pawl's times, the floor's, and how many times the floor that is.
func (t *table) pair(what string, p pair, aim, how string) {
	n := fmt.Sprintf("%d times", len(p.board))
	t.times(what, p.board, 0.99, "", n+", "+how)
	t.times("  the floor: start -> first activity", p.floor, 0.99, "", n+", same engine, same minute, a client and a worker outside")
	ratio := func(at float64) string {
		return fmt.Sprintf("%.1f x", float64(percentile(at, p.board))/float64(percentile(at, p.floor)))
	}
	t.add("  times the floor", ratio(0.5), ratio(0.99), aim, "")
}

// short keeps two or three digits.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	case d >= 100*time.Microsecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	default:
		return fmt.Sprintf("%.1f µs", float64(d.Nanoseconds())/1000)
	}
}

func (t *table) print(w io.Writer, began time.Time, loadBefore string) error {
	fmt.Fprintf(w, "\n%s, %s, load %s before and %s after, %s in all\n\n",
		began.Format(time.DateOnly), machine(), loadBefore, load(), time.Since(began).Round(time.Second))
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\tmedian\tp99 or worst\taim\thow")
	for _, r := range t.rows {
		fmt.Fprintln(tw, strings.Join([]string{r.what, r.middle, r.worst, r.aim, r.how}, "\t"))
	}
	return tw.Flush()
}

// machine is the processor as Linux names it.
func machine() string {
	name := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer func() { _ = f.Close() }()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d x %s", runtime.NumCPU(), name)
}

// load is the load average of the last minute: figures count when it is below the number of processors.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}
