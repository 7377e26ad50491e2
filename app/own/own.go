// Package own takes what the jobs of a program bring with them besides commands: sections of pawl.yaml, and activities.
// Two that cannot be told apart are refused with a sentence, before anything starts.
package own

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/pawl-ops/pawl/activities"
	"github.com/pawl-ops/pawl/job"
	"github.com/pawl-ops/pawl/workflows/frame"
)

// Sections adds those of pawl.yaml that belong to jobs, each with its type, to those that are there already. Two of one
// name are an error: one of them would silently never be read.
func Sections(into map[string]any, jobs []frame.Definition) error {
	for _, d := range jobs {
		if d.Section == "" {
			continue
		}
		if _, taken := into[d.Section]; taken {
			return fmt.Errorf("the job %q has a section `%s:` of pawl.yaml, and so has somebody else: "+
				"let one job whose name begins with that word have the Config, or call this one another name", d.Spec.Name, d.Section)
		}
		into[d.Section] = d.Config
	}
	return nil
}

// Activities makes those that jobs bring themselves, by name. What they find wrong with their sections is told there. An
// error says which of them are none, or have a name that something else has: Pawl's own included.
func Activities(jobs []frame.Definition, section func(name string) job.Section, hosts map[string]job.Host) (map[string]any, error) {
	taken := map[string]string{}
	for m := range reflect.TypeFor[*activities.Activities]().Methods() {
		taken[m.Name] = "Pawl itself"
	}
	own := map[string]any{}
	var wrong []error
	for _, d := range jobs {
		first, _, _ := strings.Cut(d.Spec.Name, " ")
		made := d.Activities(frame.Setup{Section: section(first), Hosts: maps.Clone(hosts)})
		if made == nil {
			continue
		}
		v := reflect.ValueOf(made)
		if v.Kind() != reflect.Pointer || v.NumMethod() == 0 {
			wrong = append(wrong, fmt.Errorf("the activities of the job %q are %T: give a pointer to a struct with exported methods", d.Spec.Name, made))
			continue
		}
		for i := range v.NumMethod() {
			name := v.Type().Method(i).Name
			switch problem := noActivity(v.Method(i).Type()); {
			case problem != "":
				wrong = append(wrong, fmt.Errorf("%T.%s of the job %q is no activity: %s; what is none must not be exported", made, name, d.Spec.Name, problem))
			case taken[name] != "":
				wrong = append(wrong, fmt.Errorf("%T.%s of the job %q cannot be told from the %s of %s: give it another name, and where jobs share activities, leave them with one", made, name, d.Spec.Name, name, taken[name]))
			default:
				taken[name], own[name] = fmt.Sprintf("the job %q", d.Spec.Name), v.Method(i).Interface()
			}
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("the activities of the jobs do not fit together: %w", errors.Join(wrong...))
	}
	return own, nil
}

// noActivity says what keeps a method from being an activity; empty when nothing does.
func noActivity(t reflect.Type) string {
	switch {
	case t.NumIn() == 0 || t.In(0) != reflect.TypeFor[context.Context]():
		return "it does not begin with a context.Context"
	case t.NumIn() > 2:
		return "it takes more than one value; put them into a struct"
	case t.NumOut() == 0 || t.Out(t.NumOut()-1) != reflect.TypeFor[error]():
		return "it does not end with an error"
	case t.NumOut() > 2:
		return "it returns more than one value; put them into a struct"
	}
	return ""
}
