package jenkins

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// param is the value of a parameter.
func (b *build) param(name string) string { return find(b.Params, name) }

// value is what a build works out for itself under this name, or the parameter. HEAD is the newest change in it.
func (b *build) value(name string) string {
	if name == "HEAD" && len(b.Changes) > 0 {
		c := b.Changes[0]
		return c.ID[:min(7, len(c.ID))] + " " + c.Message
	}
	if value := find(b.Vars, name); value != "" {
		return value
	}
	return b.param(name)
}

func find(all []Value, name string) string {
	for _, v := range all {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// expand puts what a build knows by name into a text.
func (b *build) expand(text string) string {
	if !strings.ContainsRune(text, '$') {
		return text
	}
	return os.Expand(text, b.value)
}

// displayName is what people see: the number, unless the build was given a name.
func (b *build) displayName() string {
	if b.Display != "" {
		return b.Display
	}
	return "#" + strconv.Itoa(b.Number)
}

// workOut is what a build knows when it begins, and what is new in it.
func (j *job) workOut(b *build) {
	if j.Vars != nil {
		vars := j.Vars(b.Number, b.param)
		for _, name := range slices.Sorted(maps.Keys(vars)) {
			b.Vars = append(b.Vars, Value{Name: name, Value: vars[name], Kind: String})
		}
	}
	b.Changes = j.Changes
	if j.Brings != nil {
		b.Changes = j.Brings(b.Number, b.value)
	}
}
