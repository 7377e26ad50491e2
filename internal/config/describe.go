package config

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/pawl-ops/pawl/internal/config/schema"
	"github.com/pawl-ops/pawl/job"
)

// Describe tells what may stand in a pawl.yaml, with the sections and the commands that are known. It is made of the structs
// that the readers decode: their keys, their `help`, and their defaults, which are those of the reader's own values. Keys
// that a reader takes apart by hand (fields of type value) are described beside it, in describe_*.go; one that nobody
// described is of no kind, and a test finds it.
func Describe(known Known) *schema.Node {
	d := describer{known: known}
	top := &schema.Node{Kind: schema.Group}
	add := func(name, page, help string, n *schema.Node) {
		fresh := *n
		fresh.Page, fresh.Help = page, help
		top.Keys = append(top.Keys, schema.Key{Name: name, Node: &fresh})
	}
	add("timezone", "configuration.md", "the zone of all times in the file", &schema.Node{Kind: schema.Zone, Default: time.UTC.String(), Offered: []string{"Europe/Prague", "America/New_York", "UTC"}})
	add("people", "configuration.md#people", "short names for user groups of Slack and for people, which all other sections use", d.people())
	add("channels", "configuration.md#channels", "short names for channels", d.channels())
	add("may", "configuration.md#may-may-not", "who may type what, written as it is typed; what is not written here nobody may", d.rules())
	add("may not", "configuration.md#may-may-not", "who may not type what; it always wins over `may`", d.rules())
	add("approve", "configuration.md#approve", "what needs a second person, never the one who asked, by the command as it is typed", d.approve())
	add("answer", "configuration.md#answer", "who may answer a question of any run, besides the person who started it", schema.Of(person()))
	add("replies", "configuration.md#replies", "answers of your own to what is no command, in one channel each", d.replies())
	add("hosts", "configuration.md#hosts-ssh", "every host that other sections name, as `[user@]host[:port]`", d.hosts())
	add("ssh", "configuration.md#hosts-ssh", "how Pawl logs in to hosts", d.keys(SSH{}))
	add("apps", "configuration-apps.md", "apps, their environments and their instances: what may be restarted, looked at and deployed", d.apps())
	add("freezes", "deploys.md#freezes", "times in which nobody deploys", d.freezes())
	add("runbooks", "configuration-runbooks.md", "commands of your own, made of scripts, calls, builds, questions, waits and sentences", d.runbooks())
	add("looks", "configuration-runbooks.md#looks", "questions of your own to other services, answered at once", d.looks())
	add("jenkins", "configuration-runbooks.md#jenkins-1", "the Jenkins whose jobs are built", d.jenkins())
	add("syncs", "configuration-schedules.md#syncs", "data that is fetched from others and written where people read it", d.syncs())
	add("schedules", "configuration-schedules.md", "commands that are given by themselves", d.schedules())
	add("timers", "configuration.md#timers", "how long Pawl waits; rarely needed", d.timers())
	for _, name := range slices.Sorted(maps.Keys(known.Sections)) {
		if prototype := known.Sections[name]; prototype != nil {
			add(name, "", "what the job `"+name+"` needs to know", d.section(prototype))
		}
	}
	return top
}

// Keys are the top-level keys that Pawl reads itself, which no job can have as its section.
func Keys() (names []string) {
	for _, k := range Describe(Known{}).Keys {
		names = append(names, k.Name)
	}
	return names
}

// describer knows the commands and the sections there are.
type describer struct {
	known  Known
	inside []reflect.Type // the structs that are being described
}

// timers have defaults that depend on where the engine is.
func (d describer) timers() *schema.Node {
	n, cluster := d.keys(EmbeddedTimers()), d.keys(ClusterTimers())
	for i, k := range n.Keys {
		if other := cluster.Keys[i].Default; other != k.Default {
			k.Absent = fmt.Sprintf("`%s`; `%s` with a Temporal cluster", k.Default, other)
		}
	}
	return n
}

// section describes what a job decodes: a struct or a pointer to one, with its defaults in it.
func (d describer) section(prototype any) *schema.Node {
	v := reflect.ValueOf(prototype)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return d.of(v, field{})
}

// keys describes a struct by its tags. Values in it are the defaults.
func (d describer) keys(defaults any) *schema.Node { return d.fields(reflect.ValueOf(defaults)) }

func (d describer) fields(v reflect.Value) *schema.Node {
	if slices.Contains(d.inside, v.Type()) { // a type with itself in it: once is enough
		return &schema.Node{Kind: schema.Anything}
	}
	d.inside = append(slices.Clip(d.inside), v.Type())
	n := &schema.Node{Kind: schema.Group}
	fields := fieldsOf(v.Type())
	for _, name := range slices.SortedFunc(maps.Keys(fields), func(a, b string) int { return fields[a].index - fields[b].index }) {
		f := fields[name]
		of := d.of(v.Field(f.index), f)
		of.Help = f.help
		n.Keys = append(n.Keys, schema.Key{Name: name, Node: of, Required: f.required})
	}
	return n
}

// of describes what is decoded into a value, as fill does it.
func (d describer) of(v reflect.Value, f field) *schema.Node {
	switch reflect.New(v.Type()).Interface().(type) {
	case *value:
		return &schema.Node{} // described where it is read
	case *job.Secret:
		return &schema.Node{Kind: schema.Secret}
	case *job.Host:
		return host()
	case *time.Duration:
		n := duration()
		if v.Int() != 0 {
			n.Default = WriteDuration(time.Duration(v.Int()))
		}
		return n
	case **time.Location:
		return &schema.Node{Kind: schema.Zone, Absent: "that of the file"}
	case encoding.TextUnmarshaler:
		return &schema.Node{Kind: schema.Text}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return d.of(reflect.Zero(v.Type().Elem()), f)
		}
		return d.of(v.Elem(), f)
	case reflect.Struct:
		return d.fields(v)
	case reflect.Map:
		return &schema.Node{Kind: schema.Named, Each: d.of(reflect.Zero(v.Type().Elem()), f)}
	case reflect.Slice:
		return schema.Of(d.of(reflect.Zero(v.Type().Elem()), f))
	case reflect.String:
		return word(v.String(), f)
	}
	return number(v)
}

// word describes a text by the tags of its field.
func word(byDefault string, f field) *schema.Node {
	n := &schema.Node{Kind: schema.Text, Default: byDefault, Words: f.oneof}
	switch {
	case f.file:
		n.Kind = schema.File
	case f.person:
		n.Kind = schema.Person
	}
	return n
}

// number describes booleans and numbers.
func number(v reflect.Value) *schema.Node {
	n := &schema.Node{}
	bounds := func(least, most int64) { n.Min, n.Max = &least, &most }
	switch v.Kind() {
	case reflect.Bool:
		return &schema.Node{Kind: schema.Bool, Default: strconv.FormatBool(v.Bool())}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n.Kind = schema.Whole
		if bits := v.Type().Bits(); bits < 64 {
			bounds(-1<<(bits-1), 1<<(bits-1)-1)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n.Kind = schema.Whole
		if bounds(0, math.MaxInt64); v.Type().Bits() < 64 {
			bounds(0, 1<<v.Type().Bits()-1)
		} else {
			n.Max = nil
		}
	case reflect.Float32, reflect.Float64:
		n.Kind = schema.Number
	default:
		panic(fmt.Sprintf("config: %s cannot be described", v.Type()))
	}
	if !v.IsZero() {
		n.Default = fmt.Sprint(v.Interface())
	}
	return n
}

// helpOf is what the tag of a field says about a key.
func helpOf(keys any, key string) string { return fieldsOf(reflect.TypeOf(keys))[key].help }

// commands are all that may be typed, for editors to offer.
func (d describer) commands() (names []string) {
	for _, s := range d.known.Specs {
		if s.Retired == "" {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return names
}

func likeWords(what string, most int) string {
	return fmt.Sprintf("%s, at most %d characters", what, most)
}
