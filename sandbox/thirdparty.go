package sandbox

import (
	"context"
	"strconv"

	"github.com/pawl-ops/pawl/sandbox/crm"
)

// thirdParty shows the CRM on the panel, with everything that can be wrong with it.
type thirdParty struct{ crm *crm.Server }

func illnesses() []illness[crm.Fault] {
	fault := func(kind string) crm.Fault { return crm.Fault{Kind: kind} }
	return []illness[crm.Fault]{
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

func (t thirdParty) drawer() drawer[crm.Fault] {
	return drawer[crm.Fault]{
		all: illnesses(), kind: func(f crm.Fault) string { return f.Kind }, ail: t.crm.Set, heal: t.crm.Clear,
		set: func() []crm.Fault { active, _ := t.crm.Faults(); return active },
	}
}

// Thing shows how the CRM is.
func (t thirdParty) Thing() Thing {
	_, since := t.crm.Faults()
	shown := Thing{ID: "crm", Kind: KindCRM, Name: "HubSpot", State: StateOK, Word: "up", Since: since, Detail: thousands(t.crm.Deals()) + " deals"}
	t.drawer().show(&shown)
	return shown
}

// Flip makes something wrong with the CRM, or right again.
func (t thirdParty) Flip(_ context.Context, id string, on bool) error { return t.drawer().flip(id, on) }

// thousands is a number as people read it: 4,812.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
