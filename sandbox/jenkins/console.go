package jenkins

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// maxLines is how many lines one answer has while the build runs: MAX_LINES_READ of LargeText.java in stapler.
const maxLines = 10_000

// Notes are hidden in the log: what a name links to, in base64. Who reads plain text never sees them, but they count for
// offsets (hudson/console/ConsoleNote.java).
const (
	noteBegin = "\x1b[8mha:////"
	noteEnd   = "\x1b[0m"
)

// note is a word of the log with a note in front of it.
func note(word string) string {
	return noteBegin + "4BpvsandboxAAAAlx+LCAAAAAAAAP9b85aBtbiIQTGjNKU4P08vOT+vOD8nVc8DzHWtSE4tKMnMz/PLL0ldFVf2c+b/lb5MDAwVRQxSaBqcITRIIQMEMIIUFgAAckCEiWAAAAA=" + noteEnd + word
}

// plain takes the notes out.
func plain(text []byte) []byte {
	if !bytes.Contains(text, []byte(noteBegin)) {
		return text
	}
	var out []byte
	for {
		before, rest, found := bytes.Cut(text, []byte(noteBegin))
		out = append(out, before...)
		if !found {
			return out
		}
		_, text, _ = bytes.Cut(rest, []byte(noteEnd))
	}
}

func (s *Server) logf(b *build, format string, args ...any) {
	b.text = fmt.Appendf(b.text, format+"\n", args...)
	s.dirty = true
}

// grow writes the lines of the log that are due in the stage that runs.
func (s *Server) grow(j *job, b *build) {
	if !b.building() || !b.Node || b.asking() || len(b.Stages) == 0 {
		return
	}
	st, def := b.stage(), j.Stages[len(b.Stages)-1]
	all := len(def.Log) + def.Lines
	due := all
	if takes := s.scaled(def.Takes); takes > 0 {
		due = min(all, int(float64(all)*float64(s.clock.Sub(st.Works))/float64(takes)))
	}
	for ; st.Lines < due; st.Lines++ {
		if st.Lines < len(def.Log) {
			b.text = append(b.text, b.expand(def.Log[st.Lines])...)
		} else {
			b.text = fmt.Appendf(b.text, "%s: line %d of %d", def.Name, st.Lines-len(def.Log)+1, def.Lines)
		}
		b.text = append(b.text, '\n')
	}
}

// progressive answers .../logText/progressiveText as stapler's LargeText does: whole lines while the build runs, at most
// maxLines of them, from a byte offset of the log as it is kept; sent without notes and with CRLF.
func progressive(b *build, from string) reply {
	start, err := strconv.Atoi(from)
	if from == "" {
		start, err = 0, nil
	}
	if err != nil || start < 0 {
		return oops() // NumberFormatException, or an offset before the beginning
	}
	if start > len(b.text) {
		start = 0 // it rolled over
	}
	text := b.text[start:]
	if b.building() {
		text = wholeLines(text)
	}
	r := reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain;charset=utf-8"}}}
	r.header.Set("X-Text-Size", strconv.Itoa(start+len(text)))
	if b.building() {
		r.header.Set("X-More-Data", "true")
	}
	r.body = bytes.ReplaceAll(bytes.ReplaceAll(plain(text), []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	return r
}

func wholeLines(text []byte) []byte {
	end := 0
	for range maxLines {
		i := bytes.IndexByte(text[end:], '\n')
		if i < 0 {
			break
		}
		end += i + 1
	}
	return text[:end]
}

// consoleText is the whole log, as it is.
func consoleText(b *build) reply {
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain;charset=utf-8"}}, body: plain(b.text)}
}
