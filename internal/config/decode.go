package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// decode walks a value against the type that into points to, and fills in what is right. Every mistake is reported, so
// one wrong key does not hide the next.
func (r *reader) decode(v value, into any) {
	p := reflect.ValueOf(into)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		panic(fmt.Sprintf("config: decoding %s into %T, which is no pointer", v.name(), into))
	}
	r.fill(v, p.Elem(), field{})
}

// fill decodes one value. The types with a meaning of their own come before the kinds they are made of.
func (r *reader) fill(v value, into reflect.Value, f field) {
	switch p := into.Addr().Interface().(type) {
	case *value:
		*p = v
		return
	case *job.Secret:
		*p = r.secret(v)
		return
	case *job.Host:
		*p = r.hostNamed(v)
		return
	case *time.Duration:
		if d, ok := r.duration(v); ok {
			*p = d
		}
		return
	case **time.Location:
		if zone := r.zone(v); zone != nil {
			*p = zone
		}
		return
	case encoding.TextUnmarshaler:
		if text, ok := r.text(v); ok {
			if err := p.UnmarshalText([]byte(text)); err != nil {
				r.at(v.node, "%s: %v", v.name(), err)
			}
		}
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		fresh := reflect.New(into.Type().Elem())
		r.fill(v, fresh.Elem(), f)
		into.Set(fresh)
	case reflect.Struct:
		r.fillStruct(v, into)
	case reflect.Map:
		r.fillMap(v, into, f)
	case reflect.Slice:
		items := r.items(v)
		list := reflect.MakeSlice(into.Type(), len(items), len(items))
		for i, item := range items {
			r.fill(item, list.Index(i), f)
		}
		into.Set(list)
	case reflect.String:
		if text, ok := r.text(v); ok {
			into.SetString(r.meant(v, text, f))
		}
	default:
		r.fillScalar(v, into)
	}
}

func (r *reader) fillStruct(v value, into reflect.Value) {
	before := len(r.problems.List)
	entries := r.entries(v)
	if entries == nil && len(r.problems.List) > before {
		return // not a mapping at all: what it lacks is no news
	}
	fields := fieldsOf(into.Type())
	found := map[string]bool{}
	for _, e := range entries {
		f, ok := fields[e.key]
		if !ok {
			r.unknown(e, keys(fields))
			continue
		}
		found[e.key] = true
		r.fill(e.value, into.Field(f.index), f)
	}
	for _, name := range sortedKeys(fields) {
		f := fields[name]
		if !f.required || found[name] {
			continue
		}
		help := ""
		if f.help != "" {
			help = " (" + f.help + ")"
		}
		r.at(v.node, "%s needs `%s`%s", v.name(), name, help)
	}
}

func (r *reader) fillMap(v value, into reflect.Value, f field) {
	if into.Type().Key().Kind() != reflect.String {
		panic(fmt.Sprintf("config: %s has keys of type %s; only text is supported", v.name(), into.Type().Key()))
	}
	m := reflect.MakeMap(into.Type())
	for _, e := range r.entries(v) {
		element := reflect.New(into.Type().Elem()).Elem()
		r.fill(e.value, element, f)
		m.SetMapIndex(reflect.ValueOf(e.key).Convert(into.Type().Key()), element)
	}
	into.Set(m)
}

// field is what the tags of a struct's field say.
type field struct {
	index    int
	required bool
	file     bool
	person   bool
	oneof    []string
	help     string
}

// fieldsOf reads the tags of a struct's exported fields, by key.
func fieldsOf(t reflect.Type) map[string]field {
	fields := map[string]field{}
	for i := range t.NumField() {
		s := t.Field(i)
		tag, ok := s.Tag.Lookup("yaml")
		if !ok {
			tag, _, _ = strings.Cut(s.Tag.Get("json"), ",")
		}
		name, options, _ := strings.Cut(tag, ",")
		if !s.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = strings.ToLower(s.Name)
		}
		f := field{index: i, help: s.Tag.Get("help"), oneof: strings.Fields(s.Tag.Get("oneof"))}
		for option := range strings.SplitSeq(options, ",") {
			switch option {
			case "":
			case "required":
				f.required = true
			case "file":
				f.file = true
			case "person":
				f.person = true
			default:
				panic(fmt.Sprintf("config: field %s of %s has the unknown option %q", s.Name, t, option))
			}
		}
		fields[name] = f
	}
	return fields
}

// newOf is a pointer to a fresh value of a prototype's type, which may be a pointer itself; nil when there is no prototype.
func newOf(prototype any) any {
	t := reflect.TypeOf(prototype)
	switch {
	case t == nil:
		return nil
	case t.Kind() == reflect.Pointer:
		t = t.Elem()
	}
	return reflect.New(t).Interface()
}
