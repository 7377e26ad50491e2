package config

import (
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/freezes"
	"github.com/pawl-ops/pawl/job"
)

// maxCalendar is how many bytes a calendar may have.
const maxCalendar = 4 << 20

// freezeKeys is what stands under the name of a freeze: when it is, and what for.
type freezeKeys struct {
	When         value          `yaml:"when" help:"a span that comes again and again"`
	From         value          `yaml:"from" help:"when it begins, a date or a date with a time"`
	To           value          `yaml:"to" help:"when it ends, a date or a date with a time; a date alone is the whole day"`
	Calendar     value          `yaml:"calendar" help:"a calendar (.ics), each event of which is a freeze"`
	Environments value          `yaml:"environments" help:"the environments it is about, as people name them; all when not given"`
	Because      value          `yaml:"because" help:"why: what people read; the title of an event when not given"`
	Timezone     *time.Location `yaml:"timezone" help:"the zone of its times"`
}

// Frozen gives the freeze that keeps people from deploying to an environment at a moment; ok is false when there is none.
func (c *Config) Frozen(app, environment string, at time.Time) (f job.Freeze, ok bool) {
	return c.Freezes.At(app+" "+environment, at)
}

// NextFreeze gives the freeze of an environment that begins first after a moment; ok is false when none is foreseen.
func (c *Config) NextFreeze(app, environment string, after time.Time) (f job.Freeze, ok bool) {
	return c.Freezes.Next(app+" "+environment, after)
}

// readFreezes reads `freezes:`.
func (c *Config) readFreezes(v value) {
	r := c.reader
	for _, e := range r.entries(v) {
		k := freezeKeys{Timezone: c.Timezone}
		before := len(r.problems.List)
		r.decode(e.value, &k)
		if len(r.problems.List) > before {
			continue
		}
		f := freezes.Freeze{Name: e.key, Times: c.freezeTimes(e, k)}
		if k.Because.node != nil {
			f.Because = (&command{reader: r, config: c}).sentence(k.Because)
		}
		if k.Environments.node != nil {
			f.Environments = c.frozenThere(k.Environments)
		}
		if len(r.problems.List) == before {
			c.Freezes = append(c.Freezes, f)
		}
	}
}

// freezeTimes reads when a freeze is.
func (c *Config) freezeTimes(e entry, k freezeKeys) (times freezes.Times) {
	r := c.reader
	forms := 0
	for _, of := range []value{k.When, k.From, k.Calendar} {
		if of.node != nil {
			forms++
		}
	}
	var err error
	var at value
	switch {
	case forms != 1:
		r.at(e.value.node, "`%s` needs exactly one of `when`, `from` with `to`, and `calendar`", e.name())
		return nil
	case (k.From.node == nil) != (k.To.node == nil):
		r.at(e.value.node, "`%s` needs both `from` and `to`, or neither", e.name())
		return nil
	case k.When.node != nil:
		at = k.When
		text, ok := r.text(at)
		if !ok {
			return nil
		}
		times, err = freezes.Weekly(text, k.Timezone)
	case k.From.node != nil:
		at = k.From
		from, ok := r.text(k.From)
		to, ok2 := r.text(k.To)
		if !ok || !ok2 {
			return nil
		}
		times, err = freezes.Between(from, to, k.Timezone)
	default:
		at = k.Calendar
		text, ok := r.text(at)
		if !ok {
			return nil
		}
		before := len(r.problems.List)
		path := r.existingFile(at, text)
		if len(r.problems.List) > before { // a pipe would be waited for
			return nil
		}
		content, failed := readFile(path, maxCalendar)
		if failed != nil {
			r.at(at.node, "%s: `%s` cannot be read: %v", at.name(), text, reason(failed))
			return nil
		}
		times, err = freezes.Calendar(content, k.Timezone)
	}
	if err != nil {
		r.at(at.node, "%s: %v", at.name(), err)
	}
	return times
}

// frozenThere are the environments a freeze is about, each as people name it. A name alone is of every app that has it.
func (c *Config) frozenThere(v value) (texts []string) {
	r := c.reader
	for _, item := range r.items(v) {
		text, ok := r.text(item)
		if !ok {
			continue
		}
		there := c.called(text)
		if len(there) == 0 {
			said := text
			if near := c.Inventory.Read(job.TypeEnvironment, text).Near; len(near) > 0 {
				said = near[0]
			}
			r.at(item.node, "%s: `%s` is no environment%s", item.name(), shorten(text), choose(said, c.Inventory.Environments()))
		}
		for _, one := range there {
			if !slices.Contains(texts, one) {
				texts = append(texts, one)
			}
		}
	}
	return texts
}

// called are the environments of a name.
func (c *Config) called(text string) (texts []string) {
	if one := c.Inventory.Read(job.TypeEnvironment, text); one.Found {
		return []string{one.Text}
	}
	for _, each := range c.Inventory.Environments() {
		app, _, _ := c.Inventory.Place(each)
		if one := c.Inventory.Read(job.TypeEnvironment, app+" "+text); one.Found && one.Text == each {
			texts = append(texts, each)
		}
	}
	return texts
}
