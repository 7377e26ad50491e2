// Package gobench reads what `go test -bench` says (https://go.dev/design/14313-benchmark-format).
package gobench

import (
	"bufio"
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Sample is one line of a benchmark: figures by their units.
type Sample map[string]float64

// Read takes the lines of benchmarks out of what go test said: a name with the number of processors, how often, and pairs of a
// figure and its unit.
func Read(out []byte) map[string][]Sample {
	all := map[string][]Sample{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		s := Sample{}
		for pair := range slices.Chunk(fields[2:], 2) {
			if v, err := strconv.ParseFloat(pair[0], 64); err == nil && len(pair) == 2 {
				s[pair[1]] = v
			}
		}
		all[name] = append(all[name], s)
	}
	return all
}

// Skipped is why a benchmark, or one it is a part of, was left out; empty when it was not.
func Skipped(out []byte, name string) string {
	lines := strings.Split(string(out), "\n")
	for i, line := range lines {
		gone, found := strings.CutPrefix(strings.TrimSpace(line), "--- SKIP: Benchmark")
		if found && strings.HasPrefix(name+"/", gone+"/") && i+1 < len(lines) {
			_, why, _ := strings.Cut(strings.TrimSpace(lines[i+1]), ": ")
			return why
		}
	}
	return ""
}
