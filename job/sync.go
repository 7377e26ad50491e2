package job

import (
	"errors"
	"fmt"
	"time"
)

// Sync is data that is fetched from a third party and written where people read it. It is pinned by value: a later edit
// of pawl.yaml never changes a run under way. Secrets are not in it; they are looked up by the sync's name at the moment
// of use.
type Sync struct {
	Name    string   `json:"name"`  // what people type: "deals"
	Title   string   `json:"title"` // what it is, for people who are no engineers: "CRM deals into the pipeline table"
	From    Source   `json:"from"`
	Columns []Column `json:"columns"` // in the order of pawl.yaml
	To      Sink     `json:"to"`
	// Fewer is how little asks before it replaces what was there before, in percent of those rows: as much as that, or less.
	// 0: it never asks.
	Fewer int  `json:"fewer,omitempty"`
	Told  Told `json:"told"`
}

// Told is who is told how a sync goes.
type Told struct {
	Channel string        `json:"channel"`        // where people are who use the data: "#sales-data" or an id
	Owner   string        `json:"owner"`          // a name from `people:`: who mends it
	Each    bool          `json:"each,omitempty"` // start and end of every run are told, not only what changes
	Late    time.Duration `json:"late,omitempty"` // people are told when a run has not ended so long after its time; 0: never
}

// Source is an HTTP API of a third party that gives records as pages of JSON.
type Source struct {
	Name    string            `json:"name"` // whose it is, for people: "HubSpot"
	URL     string            `json:"url"`  // the first page, without what Paging adds
	Headers map[string]string `json:"headers,omitempty"`
	Header  string            `json:"header,omitempty"` // the header that carries the token; empty: Authorization, as a bearer
	Records string            `json:"records"`          // jq that gives the records of a page, as an array or one by one: ".results"
	Total   string            `json:"total,omitempty"`  // jq that gives how many there are, where the API tells: ".total"
	Paging  Paging            `json:"paging"`
}

// Ways to come from one page to the next.
const (
	ByCursor = "cursor" // the page holds a value that asks for the next one as a query parameter
	ByLink   = "link"   // the page, or its Link header with rel="next" (RFC 8288), holds the next address
	ByOffset = "offset" // the number of records read so far is a query parameter; data that changes meanwhile may be missed
	OnePage  = "none"   // there is only one
)

// Paging is how a source is asked for one page after the other.
type Paging struct {
	By        string `json:"by"`
	Next      string `json:"next,omitempty"`       // jq that gives the cursor or the address of the next page; empty or null on the last one. ByLink without it: the Link header
	Param     string `json:"param,omitempty"`      // query parameter of the cursor or the offset
	SizeParam string `json:"size_param,omitempty"` // query parameter of how many records a page should have
	Size      int    `json:"size,omitempty"`       // records per page
}

// Types of columns.
const (
	ColumnText    = "text"
	ColumnInteger = "integer" // 64 bits
	ColumnNumber  = "number"  // decimal of any size, nothing is rounded
	ColumnBoolean = "boolean"
	ColumnTime    = "time" // a moment: RFC 3339, or milliseconds since 1970
	ColumnDate    = "date" // a day: 2006-01-02, or the day of a moment in UTC
	ColumnJSON    = "json" // as it came
)

// Column is one column of what is written, and how it is made from a record.
type Column struct {
	Name     string `json:"name"`  // its heading
	Value    string `json:"value"` // jq on one record: ".properties.amount"
	Type     string `json:"type"`
	Required bool   `json:"required,omitempty"` // a record without it is rejected
}

// Sink is where a sync writes: a file or a table.
type Sink struct {
	File  string `json:"file,omitempty"`  // full path; .csv or .jsonl says which kind
	Table string `json:"table,omitempty"` // in PostgreSQL, "schema.table" or "table"
	// Key are the columns that identify a row. Without them the whole table is replaced; with them rows are merged: known
	// ones are updated, new ones added, and none is removed.
	Key []string `json:"key,omitempty"`
}

// Row is one record as columns, in their order. A value is nil, string (text), int64 (integer), Decimal (number), bool,
// time.Time (time, and date at midnight UTC), or RawJSON.
type Row []any

// Decimal is a number as its digits: "-12.50", "1e9".
type Decimal string

// RawJSON is a JSON value as its text.
type RawJSON string

// Reject is a record that was not written, and why, in a sentence.
type Reject struct {
	Page   int    `json:"page"`             // 1-based
	Record int    `json:"record"`           // 1-based within the page
	Column string `json:"column,omitempty"` // which column could not be made
	Why    string `json:"why"`
	Begins string `json:"begins"` // the beginning of the record, at most 500 bytes, without control characters
}

// Position is where a sync stands: everything up to it is in the staging of the sink, and nothing after it. It is written
// in the same transaction as the rows, so that no second attempt writes a page twice.
type Position struct {
	Next     string `json:"next,omitempty"` // what asks for the next page: a cursor, an address, an offset; empty: the first
	Over     bool   `json:"over,omitempty"` // there is no next page
	Pages    int    `json:"pages"`
	Read     int64  `json:"read"`     // records in these pages
	Written  int64  `json:"written"`  // rows staged
	Rejected int64  `json:"rejected"` // records that became none
}

// ErrTakenOver says that a newer attempt of the run, or another run, writes this sync by now. Nothing was written; there is
// nothing left to do for whoever gets it.
var ErrTakenOver = errors.New("another attempt or another run has taken over")

// Reconciled is what a finished sync did to its sink. Read = Written + Rejected + what came more than once; Written =
// New + Changed + Unchanged.
type Reconciled struct {
	Position
	Repeated  int64     `json:"repeated"` // records whose key came before in the same sync; the last one counts
	New       int64     `json:"new"`      // rows that were not there before
	Changed   int64     `json:"changed"`
	Unchanged int64     `json:"unchanged"`
	Gone      int64     `json:"gone"`   // rows that were there before and are not any more; none when rows are merged
	Before    int64     `json:"before"` // rows there were before
	AsOf      time.Time `json:"as_of"`  // when the first page was asked for
}

// AddsUp says that every record that was read is accounted for. Otherwise it is a *Fault of class ours, for a sync whose
// figures are wrong has lost something, and nobody should read it. A file does not tell new rows from others: there only
// the records are counted.
func (r Reconciled) AddsUp() error {
	told := r.New + r.Changed + r.Unchanged
	switch {
	case min(r.Read, r.Written, r.Rejected, r.Repeated, r.New, r.Changed, r.Unchanged, r.Gone, r.Before) < 0:
		return mismatch("a count is below zero", r)
	case r.Read != r.Written+r.Rejected+r.Repeated:
		return mismatch("records were lost or came from nowhere", r)
	case told != 0 && told != r.Written:
		return mismatch("the rows are not what is new, changed and unchanged", r)
	case r.Changed+r.Unchanged+r.Gone > r.Before:
		return mismatch("more rows were there than there were", r)
	}
	return nil
}

func mismatch(why string, r Reconciled) error {
	return &Fault{Class: FaultOurs, Final: true, Says: "The figures of this sync do not add up, so nothing was published: " + why + ".", Shown: fmt.Sprintf(
		"read %d = written %d + rejected %d + repeated %d; written = new %d + changed %d + unchanged %d; gone %d of %d before",
		r.Read, r.Written, r.Rejected, r.Repeated, r.New, r.Changed, r.Unchanged, r.Gone, r.Before)}
}
