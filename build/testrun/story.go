package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// module is cut off package paths: they all begin with it.
const module = "github.com/pawl-ops/pawl/"

// event is one line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build-output
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// story follows the events of one go test and tells what matters.
type story struct {
	out    io.Writer // for people
	kept   io.Writer // everything
	passed int
	failed int

	output  map[string][]string // of what has not ended yet, by package and test
	tests   map[string]int      // tests passed, by package
	broken  map[string]bool     // packages with a failed test
	skipped []string            // "package.Test: reason"
	err     error               // the first failure to write
}

func newStory(out, kept io.Writer) *story {
	return &story{out: out, kept: kept, output: map[string][]string{}, tests: map[string]int{}, broken: map[string]bool{}}
}

// follow reads events to the end. Lines that are no events are shown as they
// are: go test prints some.
func (s *story) follow(events io.Reader) error {
	in := bufio.NewReader(events)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.event(e)
			} else {
				s.write(s.kept, string(line))
				s.write(s.out, string(line))
			}
		}
		if errors.Is(err, io.EOF) {
			return s.err
		}
		if err != nil {
			return fmt.Errorf("reading what go test says: %w", err)
		}
	}
}

func (s *story) event(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		s.write(s.kept, e.Output)
		s.output[key] = append(s.output[key], e.Output)
		return
	case "build-output":
		s.write(s.kept, e.Output)
		s.write(s.out, e.Output)
		return
	case "pass":
		if e.Test != "" {
			s.passed++
			s.tests[e.Package]++
		} else {
			s.print("ok    %-36s %7.1f s %5d tests%s\n", short(e.Package), e.Elapsed, s.tests[e.Package], cached(s.output[key]))
		}
	case "fail":
		s.fail(e, key)
	case "skip":
		if e.Test != "" {
			s.skipped = append(s.skipped, short(e.Package)+"."+e.Test+": "+reason(s.output[key]))
		}
	default:
		return // start, run, pause, cont, bench: nothing has ended
	}
	delete(s.output, key)
}

// fail tells of a failed test or package with everything it printed.
func (s *story) fail(e event, key string) {
	name := short(e.Package)
	if e.Test != "" {
		s.failed++
		s.broken[e.Package] = true
		name += "." + e.Test
	} else if !s.broken[e.Package] {
		s.failed++ // did not compile, died, or TestMain said no after tests that passed
	}
	s.print("FAIL  %s  %.1f s\n", name, e.Elapsed)
	for _, line := range s.output[key] {
		s.print("      %s", line)
	}
	if e.Test != "" {
		return
	}
	// A binary that died leaves tests without an end: theirs is the output that tells why.
	for open, lines := range s.output {
		if pkg, test, _ := strings.Cut(open, " "); pkg == e.Package && test != "" {
			s.print("      unfinished: %s\n", test)
			for _, line := range lines {
				s.print("      %s", line)
			}
			delete(s.output, open)
		}
	}
}

// end prints the totals, appends what was left out to a file (none if empty)
// and returns how many tests that is.
func (s *story) end(leftOut string) (int, error) {
	slices.Sort(s.skipped)
	s.print("%d passed, %d failed, %d skipped\n", s.passed, s.failed, len(s.skipped))
	for _, line := range s.skipped {
		s.print("left out  %s\n", line)
	}
	if s.err != nil || leftOut == "" || len(s.skipped) == 0 {
		return len(s.skipped), s.err
	}
	file, err := os.OpenFile(leftOut, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return len(s.skipped), fmt.Errorf("noting what was left out: %w", err)
	}
	_, err = file.WriteString(strings.Join(s.skipped, "\n") + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return len(s.skipped), fmt.Errorf("noting what was left out: %w", err)
	}
	return len(s.skipped), nil
}

// print tells something, and keeps it with the rest.
func (s *story) print(format string, args ...any) { s.write(s.out, fmt.Sprintf(format, args...)) }

func (s *story) write(to io.Writer, text string) {
	if _, err := io.WriteString(to, text); err != nil && s.err == nil {
		s.err = fmt.Errorf("telling the story of the tests: %w", err)
	}
}

func short(pkg string) string { return strings.TrimPrefix(pkg, module) }

// cached tells a result that was not made now.
func cached(output []string) string {
	if slices.ContainsFunc(output, func(line string) bool { return strings.Contains(line, "(cached)") }) {
		return " (cached)"
	}
	return ""
}

// reason gives the line that t.Skip printed: `    file_test.go:12: why`.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "===") {
			if _, why, ok := strings.Cut(line, ".go:"); ok {
				if _, why, ok := strings.Cut(why, ": "); ok {
					return why
				}
			}
			return line
		}
	}
	return "no reason given"
}
