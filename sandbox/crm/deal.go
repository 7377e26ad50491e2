package crm

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// firstID is what stands before the number of the first deal.
const firstID = 7_400_000

// history is how far back the first deals go.
const history = 2 * 365 * 24 * time.Hour

// deal is one deal. What HubSpot has as null is nil here.
type deal struct {
	n        int // 1-based
	name     string
	stage    string
	amount   *string // a decimal as text
	owner    int     // of people
	closes   *time.Time
	created  time.Time
	modified time.Time
}

func (d *deal) id() string { return strconv.Itoa(firstID + d.n) }

// stages are those of the pipeline every new HubSpot account has, in their order; the last two are its ends.
func stages() []string {
	return []string{
		"appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent", "closedwon", "closedlost",
	}
}

// owner is somebody of sales, by the number HubSpot has for them and by name.
type owner struct{ id, name string }

func owners() []owner {
	return []owner{{"41629771", "Sam Silva"}, {"41629772", "Nadia Novotna"}, {"41629773", "Tom Tran"}, {"41629774", "Ines Ibarra"}, {"41629775", "Oskar Olsen"}}
}

// chance is what the deal or the tick of this number draws from: the same at every start.
func chance(of string, number int64) *rand.Rand {
	var seed uint64 = 14695981039346656037 // FNV-1a, so that kinds of things draw differently
	for i := range len(of) {
		seed = (seed ^ uint64(of[i])) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed, uint64(number)))
}

// newDeal is the deal of this number, as it is when it comes.
func (s *Server) newDeal(n int, at time.Time) deal {
	r := chance("deal", int64(n))
	d := deal{n: n, name: s.words.deal(n, r), stage: stages()[0], owner: r.IntN(len(owners())), created: at, modified: at}
	d.amount = amountOf(n, r)
	if n%53 != 0 {
		closes := at.Add(time.Duration(10+r.IntN(110)) * 24 * time.Hour).Truncate(time.Minute)
		d.closes = &closes
	}
	return d
}

// amountOf is what a deal is worth. Some have no amount, and some an unusual one; each is a decimal or nothing.
func amountOf(n int, r *rand.Rand) *string {
	text := strconv.Itoa((1 + r.IntN(480)) * 250)
	switch {
	case n%37 == 0:
		return nil
	case n%83 == 0:
		text = ""
	case n%101 == 0:
		text = "-" + text + ".00" // money back
	case n%499 == 0:
		text = "9007199254740993.01" // more digits than a float has
	case n%7 == 0:
		text += "." + strconv.Itoa(10+r.IntN(90))
	}
	return &text
}

// first are the deals of the first day: spread over two years, most of them at their end by now.
func (s *Server) first() []deal {
	deals := make([]deal, 0, s.opts.Deals+s.opts.Deals/8)
	step := history / time.Duration(max(s.opts.Deals, 1))
	begin := s.state.Founded.Add(-history)
	for n := 1; n <= s.opts.Deals; n++ {
		r := chance("past", int64(n))
		at := begin.Add(time.Duration(n-1)*step + time.Duration(r.Int64N(int64(step)/2+1))).Truncate(time.Millisecond)
		d := s.newDeal(n, at)
		age := s.state.Founded.Sub(at)
		all := stages()
		switch {
		case age > 120*24*time.Hour && r.IntN(100) < 92:
			d.stage = all[5+r.IntN(2)]
		default:
			d.stage = all[r.IntN(5)]
		}
		d.modified = at.Add(time.Duration(r.Int64N(int64(age)/2 + 1))).Truncate(time.Millisecond)
		deals = append(deals, d)
	}
	return deals
}
