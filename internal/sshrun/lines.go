package sshrun

import (
	"bytes"
	"maps"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// Limits of what is taken from a log. A script may print anything; what reaches a board stays small.
const (
	longestLine = 64 << 10 // bytes; a longer line is taken in pieces
	shownRunes  = 300      // of a line of the tail, a note, a result
	tailLines   = 4
	mostResults = 32
)

// feed takes the log's next bytes, which begin at p.Offset. Only whole lines are consumed, so that a reader who comes
// back with the progress meets every line exactly once; at the end of the log the last one needs no newline.
func feed(p *job.Progress, data []byte, end bool, mask func(string) string) {
	p.Tail = append([]string(nil), p.Tail...)
	p.Result = maps.Clone(p.Result)
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n') + 1
		switch {
		case n > 0 && n <= longestLine:
		case n > longestLine || len(data) >= longestLine:
			n = longestLine
		case end:
			n = len(data)
		default:
			return
		}
		p.Offset += int64(n)
		take(p, string(data[:n]), mask)
		data = data[n:]
	}
}

// take merges one line.
func take(p *job.Progress, raw string, mask func(string) string) {
	if strings.HasSuffix(raw, "\n") {
		p.Lines++
		raw = strings.TrimRight(raw, "\r\n")
	}
	// A terminal shows what was written after the last return to the line's start.
	raw = raw[strings.LastIndexByte(raw, '\r')+1:]
	line := mask(clean(raw))
	if results := len(p.Result); p.Merge(cut(line, 2*shownRunes)) {
		p.Note, p.Done, p.Problem = cut(p.Note, shownRunes), cut(p.Done, shownRunes), cut(p.Problem, shownRunes)
		if len(p.Result) > results && results >= mostResults {
			name, _, _ := strings.Cut(strings.TrimPrefix(line, "pawl: result "), "=")
			delete(p.Result, strings.TrimSpace(name))
		}
		return
	}
	if strings.TrimSpace(line) == "" {
		return
	}
	p.Tail = append(p.Tail, cut(line, shownRunes))
	if len(p.Tail) > tailLines {
		p.Tail = p.Tail[len(p.Tail)-tailLines:]
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
