package crm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// flat is a deal as other APIs give it: no properties, numbers as numbers.
type flat struct {
	ID      int     `json:"id"`
	Name    string  `json:"name"`
	Stage   string  `json:"stage"`
	Amount  any     `json:"amount"` // a number or null
	Owner   string  `json:"owner"`
	Closes  *string `json:"closes"` // a day or null
	Created string  `json:"created"`
	Changed string  `json:"changed"`
}

func (d *deal) flat() flat {
	f := flat{
		ID: firstID + d.n, Name: d.name, Stage: d.stage, Owner: owners()[d.owner].name,
		Created: d.created.Format(time.RFC3339Nano), Changed: d.modified.Format(time.RFC3339Nano),
	}
	if d.amount != nil && *d.amount != "" {
		f.Amount = *d.amount
		if number := json.Number(*d.amount); json.Valid([]byte(number)) {
			f.Amount = number
		}
	}
	if d.closes != nil {
		day := d.closes.Format(time.DateOnly)
		f.Closes = &day
	}
	return f
}

func flats(deals []deal, f flaws) []flat {
	all := make([]flat, 0, len(deals))
	for i := range deals {
		all = append(all, f.spoil(&deals[i]).flat())
	}
	return all
}

// byOffset answers GET /offset/deals?offset=&limit= with {"deals", "total", "offset", "limit"}. The newest come first, as is
// usual: who reads page by page while deals come gets some twice.
func byOffset(r *http.Request, v view) (answer, *refusal) {
	values := r.URL.Query()
	limit, wrong := number(values, "limit", defaultLimit, 1, maxLimit)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	offset, wrong := number(values, "offset", 0, 0, 1<<40)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	return answer{page: offset/limit + 1, body: func(f flaws) ([]byte, http.Header) {
		var deals []deal
		for i := offset; i < offset+limit; i++ {
			at := v.len() - 1 - i
			if (f.endless || f.circle) && v.len() > 0 {
				at = v.len() - 1 - i%v.len() // there is always more
			}
			if at < 0 {
				break
			}
			deals = append(deals, v.some(at, 1)...)
		}
		return encode(map[string]any{"deals": flats(deals, f), "total": v.len(), "offset": offset, "limit": limit}), nil
	}}, nil
}

// byLink answers GET /link/deals?page=&per_page= with an array, and the way on in the header Link (RFC 8288).
func byLink(r *http.Request, v view) (answer, *refusal) {
	values := r.URL.Query()
	size, wrong := number(values, "per_page", defaultLimit, 1, maxLimit)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	page, wrong := number(values, "page", 1, 1, 1<<32)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	return answer{page: page, body: func(f flaws) ([]byte, http.Header) {
		last := max(1, (v.len()+size-1)/size)
		onward := page + 1
		switch {
		case f.endless:
			onward = page
		case page >= last && f.circle:
			onward = 1
		case page >= last:
			onward = 0
		}
		var links []string
		for _, l := range []struct {
			rel string
			to  int
		}{{"prev", page - 1}, {"next", onward}, {"first", 1}, {"last", last}} {
			if l.to > 0 {
				links = append(links, fmt.Sprintf("<%s>; rel=%q", with(r, "page", strconv.Itoa(l.to)), l.rel))
			}
		}
		body := encode(flats(v.some((page-1)*size, size), f))
		return body, http.Header{"Link": {strings.Join(links, ", ")}}
	}}, nil
}
