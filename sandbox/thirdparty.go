package sandbox

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// thirdParty shows the CRM on the panel, with everything that can be wrong with it.
type thirdParty struct{ crm *crm.Server }

// illness is a fault as the panel sets it, and how it is said.
type illness struct {
	fault             crm.Fault
	label, word, help string
	down              bool // it is of no use at all
}

func illnesses() []illness {
	fault := func(kind string) crm.Fault { return crm.Fault{Kind: kind} }
	return []illness{
		{fault(crm.Off), "Switched off", "does not answer", "Connections are cut without an answer.", true},
		{crm.Fault{Kind: crm.BadGateway, Page: 32}, "Stops at page 32", "answers 502 from page 32 on", "From page 32 on it answers 502. The pages before arrive.", true},
		{crm.Fault{Kind: crm.Slow, MS: 5000}, "Slow", "slow", "Every page takes 5 seconds.", false},
		{crm.Fault{Kind: crm.TooMany, MS: 10_000}, "Too many requests", "answers 429", "Every request is answered 429: come back in 10 seconds.", true},
		{fault(crm.Revoked), "Token revoked", "does not let Pawl in", "Pawl's token opens nothing any more.", true},
		{fault(crm.Scope), "A right is missing", "does not let Pawl read deals", "Pawl's token may do other things, but not read deals.", true},
		{fault(crm.Half), "Half the deals", "half the deals are missing", "Every second deal is missing, and nothing says so.", false},
		{fault(crm.Broken), "Broken records", "some records are broken", "Three deals make no sense: words where a number belongs, a number of 1,000,000,000 digits, characters no table takes.", false},
		{fault(crm.Huge), "A huge field", "one field is huge", "The name of one deal is 10 MB long.", false},
		{fault(crm.HTML), "A page instead of data", "answers with a page", "Every answer is a page for people, with status 200.", true},
		{crm.Fault{Kind: crm.Endless, Page: 3}, "Never ends", "never ends", "After page 3 comes page 3, again and again.", false},
		{fault(crm.Cut), "Hangs up", "hangs up", "Every answer breaks off in the middle.", true},
	}
}

// Thing shows how the CRM is.
func (t thirdParty) Thing() Thing {
	active, since := t.crm.Faults()
	shown := Thing{ID: "crm", Kind: KindCRM, Name: "HubSpot", State: StateOK, Word: "up", Since: since, Detail: thousands(t.crm.Deals()) + " deals"}
	var words []string
	for _, i := range illnesses() {
		on := slices.ContainsFunc(active, func(f crm.Fault) bool { return f.Kind == i.fault.Kind })
		shown.Switches = append(shown.Switches, Switch{ID: i.fault.Kind, Label: i.label, On: on, Danger: true, Help: i.help})
		switch {
		case !on:
			continue
		case i.down:
			shown.State = StateDown
		case shown.State == StateOK:
			shown.State = StateStarting
		}
		words = append(words, i.word)
	}
	if len(words) > 0 {
		shown.Word = strings.Join(words, ", ")
	}
	return shown
}

// Flip makes something wrong with the CRM, or right again.
func (t thirdParty) Flip(_ context.Context, id string, on bool) error {
	all := illnesses()
	i := slices.IndexFunc(all, func(i illness) bool { return i.fault.Kind == id })
	switch {
	case i < 0:
		return ErrNoSwitch
	case !on:
		t.crm.Clear(id)
		return nil
	}
	active, _ := t.crm.Faults()
	if slices.ContainsFunc(active, func(f crm.Fault) bool { return f.Kind == id }) {
		return nil // maybe with other numbers, which somebody chose
	}
	return t.crm.Set(all[i].fault)
}

// thousands is a number as people read it: 4,812.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
