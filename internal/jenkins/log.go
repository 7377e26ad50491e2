package jenkins

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pawl-ops/pawl/internal/shown"
)

// Mark is how far a log was read. The zero value is its beginning.
type Mark struct {
	Offset int64  `json:"offset"`         // bytes of the raw log, as Jenkins counts them
	Part   string `json:"part,omitempty"` // a line that was not ended, at most 2,000 bytes of it
}

// Log is what was printed since a mark.
type Log struct {
	Lines []string // without line ends and colours, valid UTF-8, at most 2,000 bytes each
	Next  Mark     // where to go on
	More  bool     // the build runs, and may print more
	Anew  bool     // the log is shorter than the mark: it began anew, and Lines are from its beginning
}

const longestLine = 2000 // bytes

// Log reads on in the log of a build, at most Options.LargestLog bytes at once: when there is more, the next call goes on
// there. A build without a log yet has no lines and More. Jenkins gives at most 10,000 lines at once while a build runs
// (hudson.console.AnnotatedLargeText, stapler's LargeText).
func (s *Server) Log(ctx context.Context, ref Ref, from Mark) (log Log, err error) {
	defer s.guard(&err, "reading the log of jenkins build "+ref.Job)
	at, err := s.logPath(ref)
	if at == "" {
		return Log{Next: from, More: err == nil}, err
	}
	r, size, err := s.progressive(ctx, at, from.Offset, s.opt.LargestLog)
	if err != nil {
		return Log{Next: from}, err
	}
	log = Log{More: r.header.Get("X-More-Data") == "true", Anew: size < from.Offset}
	start, part := from.Offset, from.Part
	if log.Anew {
		start, part = 0, ""
	}
	log.More = log.More || r.cut
	came := string(r.body)
	if log.More {
		came = whole(came)
	}
	log.Next.Offset = size - int64(len(r.body)-len(came))
	if r.cut {
		// How far that was nobody says: Jenkins leaves out the notes in its log, and ends lines in its own way. Counting
		// what came as it would be at the least means that a little is read twice, and nothing is left out.
		log.Next.Offset = min(size, start+int64(len(came)-strings.Count(came, "\r\n")))
	}
	text := part + came
	end := strings.LastIndexByte(text, '\n') + 1
	if !log.More {
		end = len(text)
	}
	log.Next.Part = shown.Cut(text[end:], longestLine)
	log.Lines = lines(text[:end])
	return log, nil
}

// whole leaves out what of a character or of a line's end came only half.
func whole(text string) string {
	text = strings.TrimSuffix(text, "\r")
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRuneInString(last) {
				return text[:len(text)-n]
			}
			break
		}
	}
	return text
}

// Tail gives the last lines of a log, at most so many, without what pipelines say about themselves, of the last
// 64 KB or a little more.
func (s *Server) Tail(ctx context.Context, ref Ref, most int) (tail []string, err error) {
	defer s.guard(&err, "reading the end of the log of jenkins build "+ref.Job)
	at, err := s.logPath(ref)
	if at == "" {
		return nil, err
	}
	const window = 64 << 10
	var r reply
	var start int64
	for range 50 { // what it says to be the size is only how far one answer goes
		var size int64
		if r, size, err = s.progressive(ctx, at, start, 4*window); err != nil {
			return nil, err
		}
		if !r.cut || size-window <= start {
			break
		}
		start = size - window
	}
	all := lines(string(r.body))
	if start > 0 && len(all) > 1 {
		all = all[1:] // half a line
	}
	for _, line := range all {
		if line != "" && !strings.HasPrefix(line, "[Pipeline] ") {
			tail = append(tail, line)
		}
	}
	return tail[max(0, len(tail)-most):], nil
}

// logPath is where the log of a build is; "" when there is no build yet.
func (s *Server) logPath(ref Ref) (string, error) {
	path, err := s.jobPath(ref.Job)
	if err != nil || ref.Build == 0 {
		return "", err
	}
	return buildPath(path, ref.Build) + "/logText/progressiveText", nil
}

// progressive reads a log from a place on, and gives its size.
func (s *Server) progressive(ctx context.Context, at string, start, most int64) (reply, int64, error) {
	r, err := s.send(ctx, http.MethodGet, at, url.Values{"start": {strconv.FormatInt(start, 10)}}, nil, most)
	if err != nil {
		return r, 0, err
	}
	if !r.ok() {
		return r, 0, s.refused(r)
	}
	if r.header.Get("X-Text-Size") == "" {
		return r, 0, s.page(r)
	}
	return r, number(r.header.Get("X-Text-Size")), nil
}

// lines makes lines of a text that people can read.
func lines(text string) []string {
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if text == "" {
		return nil
	}
	// Notes of Jenkins (hudson.console.ConsoleNote), colours and movements of terminals (ECMA-48), titles of windows.
	text = regexp.MustCompile("\x1b\\[8mha:[^\x1b]*\x1b\\[0m|\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)").ReplaceAllString(text, "")
	all := strings.Split(text, "\n")
	for i, line := range all {
		if at := strings.LastIndexByte(strings.TrimRight(line, "\r"), '\r'); at >= 0 {
			line = line[at+1:] // a line that was written over, as progress bars are
		}
		line = strings.Map(func(c rune) rune {
			if c != '\t' && !unicode.IsGraphic(c) {
				return -1
			}
			return c
		}, strings.ToValidUTF8(line, "�"))
		all[i] = shown.Cut(line, longestLine)
	}
	return all
}
