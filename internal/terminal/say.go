package terminal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// heardWithin is how long whoever decided waits for the run's own answer before they are told that it will come later.
const heardWithin = 2 * time.Second

var keyForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,100}$`)

// spoken is one thing typed by somebody.
type spoken struct {
	Said
	key   job.Key
	actor job.Actor
	place job.Place
	at    time.Time
}

// say takes what was typed. It may come again with the same key: nothing is done twice then.
func (s *Server) say(w http.ResponseWriter, r *http.Request, a job.Actor) {
	in := spoken{actor: a, at: time.Now().UTC().Truncate(time.Microsecond)}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBody)).Decode(&in.Said); err != nil {
		refuse(w, http.StatusBadRequest, ExitUsage, "I could not read that. Nothing was done.")
		return
	}
	if !keyForm.MatchString(in.Key) {
		refuse(w, http.StatusBadRequest, ExitUsage, fmt.Sprintf("A key has 8 to %d letters, digits, dots, dashes or underscores. Nothing was done.", mostKey))
		return
	}
	// Two people may choose the same key; who they are is part of it.
	in.key = job.Key("terminal/" + a.Login + "/" + in.Key)
	if in.Detach && a.Kind == job.SlackUser {
		in.place = job.Place{Channel: a.ID, Direct: true} // nobody looks here: the board is where they will
	}
	// Whoever leaves does not take back what they typed.
	ctx := context.WithoutCancel(r.Context())
	answer(w, s.understand(ctx, in))
}

func (s *Server) understand(ctx context.Context, in spoken) Reply {
	at := words.Context{Direct: true, Raw: true}
	if job.LooksLikeID(in.Run) {
		at.Run = strings.ToLower(in.Run)
	}
	switch r := s.opt.Words.Parse(in.Words, at).(type) {
	case words.Command:
		return s.command(ctx, in, r)
	case words.Decision:
		return s.decide(ctx, in, r)
	case words.Again:
		was, why, ok := s.opt.Again(ctx, r.Run)
		if !ok {
			return saying(KindRefused, ExitFailed, why)
		}
		return s.command(ctx, in, words.Command{Name: was.Name, Args: was.Args, Text: was.Text, Plan: was.Plan})
	case words.Reply:
		return s.reply(ctx, in, r)
	default: // thanks
		return Reply{Kind: KindAnswer}
	}
}

// command answers a look and hands anything else to the door.
func (s *Server) command(ctx context.Context, in spoken, c words.Command) Reply {
	cmd := job.Command{
		Name: c.Name, Args: c.Args, Text: c.Text, Plan: c.Plan, Key: in.key, Actor: in.actor, Place: in.place, Typed: in.at,
		Source: job.SourceTerminal,
	}
	if s.opt.Words.Look(c.Name) {
		if may, who := s.opt.May(in.actor, s.opt.Words.Canonical(c.Name, c.Args)); !may {
			return saying(KindRefused, ExitRefused, notYours(c.Name, who))
		}
		m, ok := s.opt.Look(ctx, cmd)
		if !ok {
			return saying(KindNotNow, ExitFailed, "I cannot look that up just now.")
		}
		return Reply{Kind: KindAnswer, Message: m}
	}
	switch st := s.opt.Door.Start(ctx, cmd); st.Verdict {
	case job.Accepted:
		return Reply{Kind: KindStarted, Run: st.ID, Board: in.place.Channel != ""}
	case job.Joined:
		r := saying(KindJoined, ExitDone, cmp.Or(st.Text, "That runs already: `"+st.ID+"`."))
		r.Run = st.ID
		return r
	case job.Unknown:
		return saying(KindUnknown, ExitFailed, st.Text)
	case job.NotNow:
		return saying(KindNotNow, ExitFailed, st.Text)
	default:
		return saying(KindRefused, ExitRefused, st.Text)
	}
}

// decide hands an answer to the door, and says what the run says to it.
func (s *Server) decide(ctx context.Context, in spoken, d words.Decision) Reply {
	dec := job.Decision{
		Run: d.Run, Ask: d.Ask, Choice: d.Choice, Because: d.Because, Actor: in.actor, Key: in.key, Source: job.SourceTerminal,
	}
	if dec.Ask == 0 && strings.EqualFold(dec.Run, in.Run) {
		dec.Ask = in.Ask // it is an answer to the question they were shown
	}
	ans := s.opt.Door.Decide(ctx, dec)
	switch {
	case ans.Retry:
		r := saying(KindUnknown, ExitFailed, ans.Text)
		r.Ask = ans.Ask
		return r
	case !ans.Counted:
		return saying(KindRefused, ExitRefused, cmp.Or(ans.Text, "It does not count."))
	}
	if ans.Pending {
		patience, cancel := context.WithTimeout(ctx, heardWithin)
		defer cancel()
		if s.opt.Door.Heard(patience, dec) {
			text, moot := s.opt.Heard(ctx, dec)
			if moot {
				return saying(KindRefused, ExitRefused, text)
			}
			return saying(KindAnswer, ExitDone, cmp.Or(text, "Counted."))
		}
	}
	return saying(KindAnswer, ExitDone, ans.Text)
}

// reply asks for what is missing, among what this person may give.
func (s *Server) reply(ctx context.Context, in spoken, r words.Reply) Reply {
	if r.Kind == words.Help {
		c := job.Command{Name: "help", Text: "help", Actor: in.actor, Typed: in.at, Source: job.SourceTerminal}
		if r.Topic != "" {
			c.Args, c.Text = map[string]string{"command": r.Topic}, "help "+r.Topic
		}
		m, ok := s.opt.Look(ctx, c)
		if !ok {
			return saying(KindNotNow, ExitFailed, "I cannot list commands just now.")
		}
		return Reply{Kind: KindAnswer, Message: m}
	}
	out := saying(KindQuestion, ExitUsage, r.Text)
	out.Suggest = slices.DeleteFunc(slices.Clone(r.Suggest), func(typed string) bool { return !s.can(in.actor, typed) })
	if r.Kind == words.Which && len(r.Suggest) > 0 && len(out.Suggest) == 0 {
		_, who := s.opt.May(in.actor, r.Topic)
		return saying(KindRefused, ExitRefused, notYours(r.Topic, who))
	}
	if r.Want.Name == "" {
		return out
	}
	sofar := s.opt.Words.Canonical(r.Sofar.Name, r.Sofar.Args)
	if may, who := s.opt.May(in.actor, sofar); !may {
		return saying(KindRefused, ExitRefused, notYours(r.Sofar.Name, who))
	}
	out.Want, out.Sofar = cmp.Or(r.Want.Word, r.Want.Name), sofar
	if r.Sofar.Plan {
		out.Sofar = "plan " + sofar
	}
	if r.Want.Word != "" {
		out.Sofar += " " + r.Want.Word
	}
	return out
}

// can reports whether the actor may give what is suggested, in some form of it.
func (s *Server) can(a job.Actor, typed string) bool {
	about, whole := s.opt.Words.About(typed)
	switch {
	case about == "":
		return true // help, or an answer: those know who may
	case whole:
		may, _ := s.opt.May(a, about)
		return may
	default:
		return s.opt.MayPart(a, about)
	}
}

func saying(kind string, exit int, text string) Reply {
	r := Reply{Kind: kind, Exit: exit}
	if text != "" {
		r.Message = board.Message{Sentence: board.PlainText(text), Lines: []string{text}}
	}
	return r
}

func notYours(name string, who []string) string {
	name = strings.ReplaceAll(board.Clean(name), "`", "'")
	if len(who) == 0 {
		return fmt.Sprintf("`%s` is not for you.", name)
	}
	return fmt.Sprintf("`%s` is for %s.", name, board.Handles(who))
}
