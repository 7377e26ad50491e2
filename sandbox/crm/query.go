package crm

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Sizes of a page (https://developers.hubspot.com/docs/api/crm/deals).
const (
	defaultLimit = 10
	maxLimit     = 100
)

// query is what a request asks for: so many deals from there on.
type query struct {
	limit      int
	after      int // deals up to this number are known already
	properties []string
	page       int // 1-based: which page this is for somebody who reads all with this limit
	archived   bool
}

// number reads a whole number of the query, from least to most; a value that is not there is otherwise.
func number(v url.Values, name string, otherwise, least, most int) (int, *refusal) {
	text := v.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, invalid("Invalid value for %s: %q is not a number", name, text)
	}
	if n < least || n > most {
		return 0, invalid("Invalid value for %s: %d is not between %d and %d", name, n, least, most)
	}
	return n, nil
}

// listQuery reads the query of HubSpot's list. The cursor is opaque to clients; to us it is the id of the last deal they
// have, so that a list that grows meanwhile neither repeats nor leaves out one.
func listQuery(r *http.Request, v view) (query, *refusal) {
	q := query{limit: defaultLimit, page: 1}
	values := r.URL.Query()
	var wrong *refusal
	if q.limit, wrong = number(values, "limit", defaultLimit, 1, maxLimit); wrong != nil {
		return q, wrong
	}
	id, wrong := number(values, "after", firstID, 0, 1<<62)
	if wrong != nil {
		return q, wrong
	}
	q.after = max(0, id-firstID)
	q.page = v.from(q.after)/q.limit + 1
	q.archived = values.Get("archived") == "true"
	for _, list := range values["properties"] {
		q.properties = append(q.properties, strings.Split(list, ",")...)
	}
	return q, nil
}

// view is the deals somebody sees, without copying them.
type view struct {
	deals []deal
	step  int // 2: only every second one
}

func (v view) len() int { return (len(v.deals) + v.step - 1) / v.step }

// from is the index of the first deal with a number above n.
func (v view) from(n int) int { return min((n+v.step-1)/v.step, v.len()) }

// some are copies of the deals from an index on.
func (v view) some(from, count int) []deal {
	from = min(from, v.len())
	got := make([]deal, 0, min(count, v.len()-from))
	for i := from; i < min(from+count, v.len()); i++ {
		got = append(got, v.deals[i*v.step])
	}
	return got
}
