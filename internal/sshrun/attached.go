package sshrun

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// lookBeside is what a look may take beside its script: a new connection, the second that a script has to end after it was
// told to, and the way back.
const lookBeside = 4 * time.Second

// Look runs a script that only looks and waits for it, and returns what it printed, at most most bytes, masked, and its
// exit code. Unlike Start it leaves nothing on the host, so it may be asked for at any time; for the same reason it may run
// twice, and is gone with the connection. The host stops it after within, rounded up to seconds (exit code 124), and a
// second later for good (137). Connecting, and hearing of it, may take lookBeside in all.
//
// Errors: *UnreachableError, *HostError, *HostKeyError, *LoginError, and the context's.
func (r *Runner) Look(ctx context.Context, s job.Script, within time.Duration, most int64) (printed []byte, exit int, err error) {
	if err := checkScript(s); err != nil {
		return nil, 0, err
	}
	within = max(time.Second, (within + time.Second - 1).Truncate(time.Second))
	ctx, cancel := context.WithTimeout(ctx, within+lookBeside)
	defer cancel()
	a, err := r.persist(ctx, s.Host, within, nil, func() (answer, error) {
		p := lookProgram(s, within, most)
		a, err := r.ask(ctx, s.Host, p, within+lookBeside, most+64<<10)
		if err != nil {
			return a, err
		}
		mark := []byte("\n" + p.nonce + " ")
		end := bytes.LastIndex(a.body, mark)
		if a.word != "printed" || end < 0 {
			return a, &HostError{Host: s.Host.Name, Doing: "running a script that looks"}
		}
		a.rest = []string{strings.TrimSpace(string(a.body[end+len(mark):]))}
		a.body = a.body[:end]
		return a, nil
	})
	if err != nil {
		return nil, 0, err
	}
	if exit, err = strconv.Atoi(a.at(0)); err != nil {
		return nil, 0, &HostError{Host: s.Host.Name, Doing: "saying how a script ended"}
	}
	return []byte(r.opts.Mask(string(a.body))), exit, nil
}

// lookProgram is the program that runs a script attached. The script is read through a descriptor of its own, so that
// nothing in it can read the rest of the program.
func lookProgram(s job.Script, within time.Duration, most int64) program {
	nonce := newNonce()
	end := "END" + newNonce()
	body := s.Body
	if !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	functions := "settings() {\n:\n" + assignments("export ", s.Args) + "}\n" +
		"look() {\n\"$@\" sh /dev/fd/5 5<<'" + end + "' </dev/null\n" + body + end + "\n}\n"
	vars := map[string]string{"KEY": "look", "MAX": number(most), "WITHIN": number(int64(within / time.Second))}
	return program{nonce: nonce, text: assemble("attached", noPoints, nonce, vars, functions) + "main </dev/null\n"}
}
