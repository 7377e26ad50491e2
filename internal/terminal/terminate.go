package terminal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// longestReason is how many bytes of a reason are kept.
const longestReason = 500

// terminate ends a run by force. It is for the login Pawl runs as, and for root: whoever could end the process and write
// into its data directory. No line of pawl.yaml gives it to anybody else.
func (s *Server) terminate(w http.ResponseWriter, r *http.Request) {
	p := peerAt(r)
	if p.err != nil || p.uid != 0 && int(p.uid) != os.Geteuid() {
		s.opt.Log.Warn().Uint32("uid", p.uid).Msg("turned somebody away who wanted to end a run by force")
		refuse(w, http.StatusForbidden, ExitRefused, "A run is ended by force by the login Pawl runs as, or by root. To end one politely: pawl run cancel and its id.")
		return
	}
	var in TerminateRequest
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&in)
	in.Because = strings.TrimSpace(board.Cut(board.Clean(in.Because), longestReason))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, ExitUsage, "I could not read that. Nothing was done.")
		return
	case !job.LooksLikeID(in.Run):
		refuse(w, http.StatusBadRequest, ExitUsage, "`"+board.Cut(board.Clean(in.Run), 60)+"` is not the id of a run. `pawl runs` shows those of what is going on.")
		return
	case in.Because == "":
		refuse(w, http.StatusBadRequest, ExitUsage, "Why? It is written down, and told to whoever asked for the run: --because \"...\".")
		return
	}
	login := p.login()
	by, no, _ := s.opt.Who(login)
	if no != "" { // an operator need not be anybody in pawl.yaml
		by = job.Actor{Kind: job.CLIUser, ID: "os:" + login, Name: login}
	}
	by.Login = login
	out := newStream(w, in.Run)
	tell := func(text string) { _ = out.send(Event{Type: EventTold, Text: text}) } // what was begun goes on
	_ = out.send(Event{Type: EventBeat})
	// Whoever leaves does not stop it; a Pawl that stops does not wait for it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer context.AfterFunc(s.life, cancel)()
	defer cancel()
	err = s.opt.Terminate(ctx, Termination{Run: strings.ToLower(in.Run), By: by, Because: in.Because, Anyway: in.Anyway}, tell)
	end := Event{Type: EventEnd, Text: fmt.Sprintf("`%s` is terminated.", in.Run), Exit: ExitDone}
	if err != nil {
		end.Text, end.Exit = err.Error(), ExitFailed
	}
	_ = out.send(end)
}
