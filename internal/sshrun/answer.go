package sshrun

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// answer is what a program said: a word, the rest of its line, and the bytes after it.
type answer struct {
	word string
	rest []string
	body []byte
}

// parseAnswer finds the line marked with nonce. What stands before it was printed by somebody's login scripts.
func parseAnswer(nonce string, out []byte) (answer, bool) {
	mark := []byte("pawl:" + nonce + " ")
	at := bytes.Index(out, mark)
	if at < 0 {
		return answer{}, false
	}
	line, body, whole := bytes.Cut(out[at+len(mark):], []byte("\n"))
	if !whole {
		return answer{}, false
	}
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return answer{}, false
	}
	return answer{word: words[0], rest: words[1:], body: body}, true
}

func (a answer) at(i int) string {
	if i < len(a.rest) {
		return a.rest[i]
	}
	return ""
}

// state reads the answers that are states of a process.
func (a answer) state() (s job.State, exit int, err error) {
	switch a.word {
	case "starting", "running":
		return job.Running, 0, nil
	case "exited":
		exit, err := strconv.Atoi(a.at(0))
		if err != nil {
			return "", 0, fmt.Errorf("reading the exit code %q: %w", a.at(0), err)
		}
		return job.Exited, exit, nil
	case "lost":
		return job.Lost, 0, nil
	case "never":
		return job.Never, 0, nil
	case "stopped":
		return job.Stopped, 0, nil
	}
	return "", 0, fmt.Errorf("reading the answer %q: it is none of ours", a.word)
}
