// Package pages reads what a third party gives as pages of JSON over HTTP, one page after the other.
//
// A Reader is made for one source (Open) and asked for the page that a position leads to (Page). In between it does what
// a polite and suspicious reader does:
//
//   - it asks as fast as it may: the pace halves when the other side says 429 and grows again slowly (pace.go); a
//     Retry-After is obeyed, seconds or date;
//   - it tries again when the other side is broken, a bounded number of times, and then says whose fault it is, as a
//     *job.Fault (retry.go, trouble.go);
//   - it never sends the token to another host, neither after a redirect nor after a link (address.go), and no error
//     shows it, not even when the other side echoes it (shown.go);
//   - it believes nothing: a page, a record and a cursor have a largest size, a cursor that comes back ends the reading
//     (circle.go), and so does a number of pages nobody meant.
//
// Records leave as the bytes that came, so that no digit and no wrong byte is lost on the way: whether a record can become
// a row is for the mapping to say. A record is cut out of its page without decoding it as long as the jq of the source is
// a plain path such as .results (cut.go); any other jq decodes the page, which costs memory, so pages may then only be a
// quarter as large.
package pages

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// Page is what one answer held.
type Page struct {
	Records [][]byte // each one JSON value, as it came; they share the memory of the page
	Next    string   // what asks for the next page, to be put into the position; empty when it is over
	Over    bool     // there is no next page
	Total   int64    // how many records there are in all, as the other side says; 0: unknown
	Bytes   int64    // size of the answer, unpacked
}

// Reader reads one source. It is for one goroutine at a time.
type Reader struct {
	src    job.Source
	token  job.Secret
	opt    Options
	base   *url.URL
	client *http.Client
	mask   shown.Mask

	records, next, total *query

	usual  int // bytes of the page before
	pace   pace
	circle circle
	seed   maphash.Seed
	last   uint64 // of the records of the page before, to notice an offset that is not understood
	lastAt int    // the number of that page
}

// Open returns a reader of a source. The error is Mistakes: all that is wrong with the declaration, nothing was asked yet.
// An empty token sends none. Close the reader when it is not needed any more.
func Open(src job.Source, token job.Secret, o Options) (*Reader, error) {
	r := &Reader{src: src, token: token, opt: o.withDefaults(), mask: shown.NewMask(token), seed: maphash.MakeSeed()}
	var wrong Mistakes
	r.base = wrong.address(src.URL)
	wrong.paging(src, r.base)
	wrong.headers(src, token)
	r.records = wrong.query("records", src.Records, true)
	r.next = wrong.query("next", src.Paging.Next, src.Paging.By == job.ByCursor)
	r.total = wrong.query("total", src.Total, false)
	if len(wrong) > 0 {
		return nil, wrong
	}
	r.client = &http.Client{Transport: r.opt.Transport, CheckRedirect: r.redirect}
	r.pace.now = r.opt.Now
	return r, nil
}

// Close lets go of the connections that are kept open.
func (r *Reader) Close() { r.client.CloseIdleConnections() }

// Page fetches the page that at.Next asks for. It may take long: it waits when it is told to and tries again when the
// other side is broken; a cancelled context ends it at once. The error is a *job.Fault unless the context has ended.
// Asking for the same page again is allowed.
func (r *Reader) Page(ctx context.Context, at job.Position) (Page, error) {
	number := at.Pages + 1
	switch {
	case at.Over:
		return Page{}, fmt.Errorf("reading page %d of %s: there is none after the last", number, r.src.Name)
	case at.Pages >= r.opt.MostPages:
		return Page{}, r.fault(job.FaultData, "%s has more than %s pages, more than that are not read.", r.src.Name, grouped(r.opt.MostPages))
	}
	to, err := r.address(at)
	if err != nil {
		return Page{}, err
	}
	a, err := r.ask(ctx, to, number)
	if err != nil {
		return Page{}, err
	}
	page, err := r.decode(ctx, a, at)
	if ctx.Err() != nil {
		return Page{}, fmt.Errorf("reading page %d of %s: %w", number, r.src.Name, ctx.Err())
	}
	if err != nil {
		var f *job.Fault
		if errors.As(err, &f) && f.Shown == "" {
			f.Shown = r.shown(a.request, a.status, a.body)
		}
		return Page{}, err
	}
	return page, nil
}

// decode makes a page of an answer.
func (r *Reader) decode(ctx context.Context, a answer, at job.Position) (Page, error) {
	number := at.Pages + 1
	page := Page{Bytes: int64(len(a.body))}
	if a.status == http.StatusNoContent {
		page.Over = true
		return page, nil
	}
	d := &document{body: a.body}
	var err error
	if page.Records, err = r.cut(ctx, d, number); err != nil {
		return Page{}, err
	}
	if page.Total, err = r.count(ctx, d); err != nil {
		return Page{}, err
	}
	if page.Next, err = r.onward(ctx, d, a, at, page); err != nil {
		return Page{}, err
	}
	page.Over = page.Next == ""
	return page, r.progress(at, page)
}

// progress makes sure that reading comes to an end.
func (r *Reader) progress(at job.Position, page Page) error {
	number := at.Pages + 1
	if r.src.Paging.By == job.ByOffset && len(page.Records) > 1 {
		// An API that does not know the parameter gives its first page for ever.
		var h maphash.Hash
		h.SetSeed(r.seed)
		for _, rec := range page.Records {
			_, _ = h.Write(rec)
		}
		same := h.Sum64() == r.last && r.lastAt == number-1 && number > 1
		r.last, r.lastAt = h.Sum64(), number
		if same {
			return r.fault(job.FaultData, "Page %d from %s is page %d once more: it does not seem to understand %q, and reading on would never end.",
				number, r.src.Name, number-1, r.src.Paging.Param)
		}
	}
	if page.Over {
		return nil
	}
	if page.Next == at.Next {
		return r.fault(job.FaultData, "Page %d from %s leads to itself: reading on would never end.", number, r.src.Name)
	}
	if r.circle.closed(at.Pages, maphash.String(r.seed, page.Next)) {
		return r.fault(job.FaultData, "%s sends us in a circle: page %d leads to a page that was read before.", r.src.Name, number)
	}
	return nil
}

// fault is a fault of a class with a sentence. Access and our own mistakes do not pass by themselves.
func (r *Reader) fault(class, format string, args ...any) *job.Fault {
	return &job.Fault{Class: class, Says: fmt.Sprintf(format, args...), Final: class == job.FaultAccess || class == job.FaultOurs}
}

// longest wait that anybody may ask for; also keeps sums of waits from overflowing.
const forever = 365 * 24 * time.Hour
