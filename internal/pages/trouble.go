package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/shown"
	"github.com/pawl-ops/pawl/job"
)

// trouble is a question that brought no page: whose fault it is, and whether asking again may help.
type trouble struct {
	class string
	did   string // what the other side did, after its name: "answered 502"; said again with a number when it keeps doing so
	says  string // the whole sentence, when asking again is pointless
	again bool
	slow  bool          // they ask us to slow down
	told  time.Duration // for how long
	shown string
	cause error
}

// try asks once.
func (r *Reader) try(ctx context.Context, to *url.URL, number int) (answer, *trouble) {
	ctx, cancel := context.WithTimeout(ctx, r.opt.Timeout)
	defer cancel()
	asked := http.MethodGet + " " + to.RequestURI()
	req, err := r.request(ctx, to)
	if err != nil {
		return answer{}, &trouble{class: job.FaultOurs, says: "The address of " + r.src.Name + " cannot be asked.", shown: r.shown(asked, 0, []byte(err.Error())), cause: err}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{}, r.unanswered(asked, err)
	}
	defer resp.Body.Close()
	largest := r.opt.LargestPage
	if r.decodes() {
		largest /= 4
	}
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, lookedAt)) // however much of it came, the status says enough
		return answer{}, r.refused(asked, resp, said)
	}
	body, err := r.read(resp.Body, largest)
	if err != nil {
		return answer{}, r.unanswered(asked, err)
	}
	a := answer{request: asked, from: resp.Request.URL, status: resp.StatusCode, header: resp.Header, body: bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))}
	switch {
	case int64(len(body)) > largest:
		return a, r.bad(a, "Page "+strconv.Itoa(number)+" from "+r.src.Name+" is larger than "+size(int(largest))+". Ask for fewer records a page.", nil)
	case a.status == http.StatusNoContent:
		return a, nil
	case a.status != http.StatusOK:
		return a, r.bad(a, r.src.Name+" answered "+strconv.Itoa(a.status)+", and that is no page.", nil)
	case json.Valid(a.body):
		return a, nil
	case webPage(resp.Header, a.body):
		// Something in front of the API speaks for it: a proxy, a page about maintenance.
		return a, &trouble{class: job.FaultTheirs, did: "answered with a web page instead of data", again: true, shown: r.shown(asked, a.status, a.body)}
	}
	var whole json.RawMessage
	return a, r.bad(a, "Page "+strconv.Itoa(number)+" from "+r.src.Name+" is no JSON.", json.Unmarshal(a.body, &whole))
}

// read reads an answer, and one byte more than the largest that is taken. The memory is asked for at once, for the pages of
// a source are about as large as each other; what the other side says about the size is not believed.
func (r *Reader) read(from io.Reader, largest int64) ([]byte, error) {
	buf := bytes.NewBuffer(make([]byte, 0, r.usual+r.usual/8+bytes.MinRead))
	_, err := buf.ReadFrom(io.LimitReader(from, largest+1))
	r.usual = buf.Len()
	return buf.Bytes(), err
}

// decodes reports whether pages have to be decoded as a whole.
func (r *Reader) decodes() bool {
	for _, q := range []*query{r.records, r.next, r.total} {
		if q != nil && q.path == nil {
			return true
		}
	}
	return false
}

// bad is an answer that came as it should and cannot be used.
func (r *Reader) bad(a answer, says string, cause error) *trouble {
	return &trouble{class: job.FaultData, says: says, shown: r.shown(a.request, a.status, a.body), cause: cause}
}

// webPage reports whether an answer is meant for a browser.
func webPage(h http.Header, body []byte) bool {
	return strings.Contains(h.Get("Content-Type"), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// refused is an answer whose status says that there is no page in it.
func (r *Reader) refused(asked string, resp *http.Response, body []byte) *trouble {
	status, name := strconv.Itoa(resp.StatusCode), r.src.Name
	t := &trouble{class: job.FaultOurs, shown: r.shown(asked, resp.StatusCode, body), told: r.retryAfter(resp.Header)}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests:
		t.class, t.did, t.again, t.slow = job.FaultTheirs, "asked us to slow down", true, true
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		t.class, t.did, t.again = job.FaultTheirs, "answered "+status, true
	case code == http.StatusUnauthorized:
		t.class, t.says = job.FaultAccess, name+" does not accept our token: it answered 401."
	case code == http.StatusForbidden:
		t.class, t.says = job.FaultAccess, name+" does not let us see this data: it answered 403."
	case code == http.StatusNotFound || code == http.StatusGone:
		t.says = name + " has nothing at this address: it answered " + status + "."
	case code < 400:
		t.says = name + " sends us on and on: it answered " + status + " again and again."
		if to, err := resp.Location(); err != nil {
			t.says = name + " answered " + status + ", and that is no page."
		} else if !home(r.base, to) {
			t.says = name + " sends us to another place (" + shown.Line(r.mask.Hide(to.Scheme+"://"+to.Host), 100) + "). That was not followed, because the token would go there."
		}
	default:
		t.says = name + " does not understand our question: it answered " + status + "."
	}
	return t
}

// retryAfter is how long they ask us to wait: seconds, or a moment by their own clock (RFC 9110, section 10.2.3).
func (r *Reader) retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789") == "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > int64(forever/time.Second) {
			return forever
		}
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now := r.opt.Now()
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return min(max(0, at.Sub(now)), forever)
}
