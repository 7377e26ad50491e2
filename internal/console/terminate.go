package console

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pawl-ops/pawl/internal/terminal"
)

// Terminate ends a run by force and tells every step. sure is false when the person is to type the id once more.
func Terminate(ctx context.Context, o Options, t terminal.TerminateRequest, sure bool) error {
	s := newSession(o)
	if !sure {
		if s.lines == nil {
			return failing(terminal.ExitUsage, "nobody can be asked whether they mean it: add --yes")
		}
		fmt.Fprintf(o.Out, "This stops the scripts of %s on their hosts and ends it by force. It cannot put anything right any more.\nType its id to go on: ", t.Run)
		if typed, _ := s.lines.next(ctx); !strings.EqualFold(strings.TrimSpace(typed), t.Run) {
			fmt.Fprintln(o.Out)
			return failing(terminal.ExitUsage, "that is not its id, so nothing was done")
		}
	}
	res, err := s.client.call(ctx, http.MethodPost, terminal.PathTerminate, nil, t)
	var no *refusedError
	var gone *awayError
	switch {
	case errors.As(err, &no):
		return failing(no.Exit, "%s", no.Says)
	case errors.As(err, &gone):
		return failing(terminal.ExitFailed, "%s. Its scripts can be stopped only by Pawl. If Pawl does not start because of this run, start it without its worker: pawl up --roles engine,slackbridge", away(o.Socket, err))
	case ctx.Err() != nil:
		return failing(terminal.ExitFailed, "it is not known whether Pawl has heard that; doing it once more is harmless")
	case err != nil:
		return failing(terminal.ExitFailed, "Pawl did not answer: %v", err)
	}
	defer res.Body.Close()
	read := bufio.NewScanner(res.Body)
	read.Buffer(make([]byte, 64<<10), mostAnswer)
	for read.Scan() {
		var e terminal.Event
		if json.Unmarshal(read.Bytes(), &e) != nil || e.Type == terminal.EventBeat {
			continue
		}
		if e.Type == terminal.EventEnd && e.Exit != terminal.ExitDone {
			return failing(e.Exit, "%s", e.Text)
		}
		fmt.Fprintln(o.Out, clean(local(e.Text)))
		if e.Type == terminal.EventEnd {
			return nil
		}
	}
	again := o.typed("runs terminate %s --because %s", t.Run, Quoted(t.Because))
	if ctx.Err() != nil {
		return failing(terminal.ExitDetached, "Pawl goes on with that without you. To see how it ends: %s", again)
	}
	return failing(terminal.ExitFailed, "Pawl went away while it did that. Doing it once more is harmless: %s", again)
}
