package frame

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
)

// Define turns a declaration into a Definition. A declaration that cannot work panics: it is a mistake in the program,
// found when it starts.
func Define[A, P any](j Job[A, P]) Definition {
	if j.Name == "" || j.Help == "" || j.Plan == nil || j.Run == nil || j.Doing == "" {
		panic(fmt.Sprintf("job %q needs a name, help, a plan, what it is doing, and a function to run", j.Name))
	}
	params := params(reflect.TypeFor[A]())
	d := Definition{
		Spec:       job.Spec{Name: j.Name, Help: j.Help, Examples: j.Examples, Params: params, Short: j.Short, Retired: j.Retired, CountsAs: j.CountsAs, Single: j.Single, Always: j.Approval == Always},
		activities: j.Activities,
	}
	if j.Config != nil {
		d.Section, d.Config = strings.Fields(j.Name)[0], j.Config
	}
	d.run = func(ctx workflow.Context, req job.Request) (Result, error) {
		doing, safe := j.Doing, j.Safe
		if req.Runbook != nil {
			doing, safe = board.UpperFirst(req.Command.Name), req.Runbook.Safe
		}
		f := newF(ctx, req, doing, safe)
		f.announced, f.overtakes = j.Sync != nil, j.Overtakes
		return f.live(planned[A, P]{job: j})
	}
	return d
}

// planned is a job with its types, seen by the frame without them.
type planned[A, P any] struct{ job Job[A, P] }

// body is what the frame needs of a job, its types taken away: plans travel as JSON, so that two of them can be compared.
type body interface {
	plan(View, map[string]string) (json.RawMessage, error)
	lanes(json.RawMessage) ([]Lane, error)
	says(json.RawMessage) (string, error)
	what(json.RawMessage) (string, error)
	instead(json.RawMessage) (string, error)
	confirm(json.RawMessage) (Confirmation, error)
	sync(json.RawMessage) (string, error)
	shows(View, json.RawMessage) (activities.Sample, error)
	do(*F, json.RawMessage) error
}

func (p planned[A, P]) plan(v View, args map[string]string) (json.RawMessage, error) {
	var a A
	fill(&a, args)
	if v.first != nil {
		before, err := decode[P](v.first)
		if err != nil {
			return nil, err
		}
		v.before = before
	}
	made, err := p.job.Plan(v, a)
	if err != nil {
		return nil, err
	}
	return json.Marshal(made)
}

func (p planned[A, P]) lanes(raw json.RawMessage) ([]Lane, error) { return told(raw, p.job.Lanes) }

func (p planned[A, P]) says(raw json.RawMessage) (string, error) { return told(raw, p.job.Says) }

func (p planned[A, P]) what(raw json.RawMessage) (string, error) { return told(raw, p.job.What) }

func (p planned[A, P]) instead(raw json.RawMessage) (string, error) { return told(raw, p.job.Instead) }

func (p planned[A, P]) confirm(raw json.RawMessage) (Confirmation, error) {
	return told(raw, p.job.Confirm)
}

func (p planned[A, P]) sync(raw json.RawMessage) (string, error) { return told(raw, p.job.Sync) }
func (p planned[A, P]) shows(v View, raw json.RawMessage) (none activities.Sample, err error) {
	if p.job.Shows == nil {
		return none, nil
	}
	made, err := decode[P](raw)
	if err != nil {
		return none, err
	}
	return p.job.Shows(v, made)
}

// told is what a job says of a plan; nothing when it has no such function.
func told[P, T any](raw json.RawMessage, say func(P) T) (nothing T, err error) {
	if say == nil {
		return nothing, nil
	}
	made, err := decode[P](raw)
	if err != nil {
		return nothing, err
	}
	return say(made), nil
}

func (p planned[A, P]) do(f *F, raw json.RawMessage) error {
	made, err := decode[P](raw)
	if err != nil {
		return err
	}
	return p.job.Run(f, made)
}

func decode[P any](raw json.RawMessage) (P, error) {
	var made P
	if err := json.Unmarshal(raw, &made); err != nil {
		return made, fmt.Errorf("reading the plan: %w", err)
	}
	return made, nil
}

// params reads a struct of arguments: the field's name in lower case, `word:"because"` for a keyword, `help:"..."`. What
// has a keyword may be left out, unless it says `optional:"false"`; anything else must be said, unless it says
// `optional:"true"`.
func params(t reflect.Type) []job.Param {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	var list []job.Param
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Type.Kind() != reflect.String {
			panic(fmt.Sprintf("argument %s.%s: only strings are understood", t.Name(), field.Name))
		}
		kind := field.Tag.Get("type")
		if kind == "" {
			kind = "text"
		}
		word, optional := field.Tag.Get("word"), field.Tag.Get("optional")
		list = append(list, job.Param{
			Name:     strings.ToLower(field.Name),
			Word:     word,
			Help:     field.Tag.Get("help"),
			Type:     kind,
			Optional: optional == "true" || word != "" && optional != "false",
		})
	}
	return list
}

func fill(into any, args map[string]string) {
	v := reflect.ValueOf(into).Elem()
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		if text, ok := args[strings.ToLower(v.Type().Field(i).Name)]; ok {
			v.Field(i).SetString(text)
		}
	}
}
