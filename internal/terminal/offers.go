package terminal

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/internal/words"
	"github.com/pawl-ops/pawl/job"
)

// mostOffers is how many words a shell is offered at once.
const mostOffers = 200

// offers tells what may be typed next. What stands already is cut into words; the last one is being typed.
func (s *Server) offers(w http.ResponseWriter, r *http.Request, a job.Actor) {
	typed := r.URL.Query()["typed"]
	if len(typed) > 50 {
		typed = nil
	}
	answer(w, s.offer(r.Context(), a, typed))
}

func (s *Server) offer(ctx context.Context, a job.Actor, typed []string) []Offer {
	begun := ""
	if len(typed) > 0 {
		begun, typed = typed[len(typed)-1], typed[:len(typed)-1]
	}
	var all []Offer
	add := func(word, help string) {
		word, _, _ = strings.Cut(word, " ")
		if word == "" || !strings.HasPrefix(strings.ToLower(word), strings.ToLower(begun)) {
			return
		}
		if !slices.ContainsFunc(all, func(o Offer) bool { return o.Word == word }) && len(all) < mostOffers {
			all = append(all, Offer{Word: word, Help: help})
		}
	}
	plan := len(typed) > 0 && typed[0] == "plan"
	if plan {
		typed = typed[1:]
	}
	for _, spec := range s.opt.Specs {
		if spec.Retired != "" || !s.opt.MayPart(a, spec.Name) {
			continue
		}
		name := strings.Fields(spec.Name)
		if len(typed) < len(name) { // more of its name
			if slices.Equal(name[:len(typed)], typed) {
				add(name[len(typed)], spec.Help)
			}
			continue
		}
		if slices.Equal(name, typed[:len(name)]) {
			s.arguments(a, spec, typed, add)
		}
	}
	if !plan {
		s.aboutRuns(ctx, a, typed, add)
	}
	return all
}

// aboutRuns offers what may be said to runs under way, and to which of them.
func (s *Server) aboutRuns(ctx context.Context, a job.Actor, typed []string, add func(word, help string)) {
	if len(typed) > 1 {
		return
	}
	for _, r := range s.opt.Open(ctx, a) {
		for _, word := range append([]string{job.CancelChoice}, r.Words...) {
			switch {
			case len(typed) == 0:
				add(word, "a run that is under way")
			case typed[0] == word:
				add(r.ID, board.Cut(board.Clean(r.Text), 60))
			}
		}
	}
}

// arguments offers what the parser would ask back with: it knows which things and choices are meant.
func (s *Server) arguments(a job.Actor, spec job.Spec, typed []string, add func(word, help string)) {
	said := strings.Join(typed, " ")
	for _, p := range spec.Params {
		if p.Type == job.TypeChoice {
			for _, one := range p.OneOf {
				if s.can(a, said+" "+one) {
					add(one, p.Help)
				}
			}
		}
	}
	r, ok := s.opt.Words.Parse(said, words.Context{Direct: true, Raw: true}).(words.Reply)
	if !ok {
		return
	}
	for _, suggestion := range r.Suggest {
		if !s.can(a, suggestion) {
			continue
		}
		have := strings.Fields(strings.ToLower(said))
		for word := range strings.FieldsSeq(suggestion) { // the first word that is not there yet
			if i := slices.Index(have, strings.ToLower(word)); i >= 0 {
				have = slices.Delete(have, i, i+1)
				continue
			}
			add(word, "")
			break
		}
	}
	if r.Want.Word != "" {
		add(r.Want.Word, r.Want.Help)
	}
}
