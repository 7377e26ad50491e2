package crm

import "strings"

// maintenance is what a proxy says in front of a service that is being worked on, with status 200.
const maintenance = `<!DOCTYPE html>
<html><head><title>We will be right back</title></head>
<body><h1>Scheduled maintenance</h1><p>We are making things better. Please come back in a few minutes.</p></body></html>
`

// flaws are what is wrong with the deals of an answer.
type flaws struct {
	broken, huge    bool
	endless, circle bool
}

// hugeSize is how long the name of the huge deal is, in bytes.
const hugeSize = 10 << 20

// Which deals are spoilt, by their numbers.
const (
	wordsAsAmount = 17   // on the first page of 100
	amountOfRange = 1844 // on page 19: so large a number as no column takes
	nulInName     = 2203 // on page 23
	hugeName      = 1203 // on page 13
)

// spoil is the deal as it is written when something is wrong with it.
func (f flaws) spoil(d *deal) *deal {
	set := func(amount string) *deal {
		bad := *d
		bad.amount = &amount
		return &bad
	}
	name := func(text string) *deal {
		bad := *d
		bad.name = text
		return &bad
	}
	switch {
	case f.broken && d.n == wordsAsAmount:
		return set("about 12 thousand")
	case f.broken && d.n == amountOfRange:
		return set("1" + strings.Repeat("0", 400) + "e999999999")
	case f.broken && d.n == nulInName:
		return name("Nul\x00and\x00void")
	case f.huge && d.n == hugeName:
		return name(strings.Repeat("x", hugeSize))
	}
	return d
}
