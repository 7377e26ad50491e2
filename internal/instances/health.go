package instances

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/job"
)

// DefaultHealth is the path that says how an instance is when its Health is empty.
const DefaultHealth = "/health"

// Healthy is what a check says when nothing is wrong.
const Healthy = "ok"

// mostChecks is how many checks of one instance are taken.
const mostChecks = 32

// Health is how an instance is, as it says itself.
type Health struct {
	OK       bool              `json:"ok"`                // it answered with 2xx
	Answered bool              `json:"answered"`          // it answered something
	Code     int               `json:"code,omitempty"`    // the HTTP status; 0 without an answer
	Version  string            `json:"version,omitempty"` // what it runs; empty when it does not say
	Since    time.Time         `json:"since,omitzero"`    // when it started; zero when it does not say
	Checks   map[string]string `json:"checks,omitempty"`  // name -> Healthy or a sentence
	Problem  string            `json:"problem,omitempty"` // a sentence for people, without a full stop; empty when OK
	Took     time.Duration     `json:"took,omitempty"`    // until the answer was there, or given up
}

// Failing are the names of the checks that are not Healthy, sorted.
func (h Health) Failing() []string {
	names := slices.Sorted(maps.Keys(h.Checks))
	return slices.DeleteFunc(names, func(n string) bool { return h.Checks[n] == Healthy })
}

// Probe asks an instance how it is. It always has an answer: what went wrong is in Problem.
func (c *Client) Probe(ctx context.Context, i job.Instance) Health {
	path := i.Health
	if path == "" {
		path = DefaultHealth
	}
	began := time.Now()
	r, err := c.get(ctx, i, path)
	h := judge(r, err)
	h.Took = time.Since(began)
	return h
}

// judge makes of an answer, or of none, how the instance is.
func judge(r reply, err error) Health {
	h := Health{Code: r.code, Answered: true}
	if err != nil {
		h.Problem = sentence(err)
		h.Answered = !strings.HasPrefix(h.Problem, NoAnswer)
		return h
	}
	if r.whole {
		h.read(r)
	}
	if h.OK = r.code >= 200 && r.code < 300; !h.OK {
		h.Problem = fmt.Sprintf("%d: %s", r.code, h.reason(r))
	}
	return h
}

// read takes what the body says about the instance, if it is in our form.
func (h *Health) read(r reply) {
	var body struct {
		Version any                        `json:"version"`
		Started any                        `json:"started"`
		Checks  map[string]json.RawMessage `json:"checks"`
	}
	if !bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("{")) || json.Unmarshal(r.body, &body) != nil {
		return
	}
	if text, ok := body.Version.(string); ok {
		h.Version = line(text, shownWord)
	}
	h.Since = moment(body.Started)
	for _, name := range slices.Sorted(maps.Keys(body.Checks)) {
		if len(h.Checks) == mostChecks {
			break
		}
		var says string
		if json.Unmarshal(body.Checks[name], &says) != nil {
			continue
		}
		if name, says = line(name, shownWord), line(says, shownSentence); name == "" || says == "" {
			continue
		}
		if h.Checks == nil {
			h.Checks = map[string]string{}
		}
		h.Checks[name] = says
	}
}

// reason is why an instance did not answer 2xx: what its checks say, the first line of a plain text, or the status.
func (h *Health) reason(r reply) string {
	if failing := h.Failing(); len(failing) > 0 {
		text := h.Checks[failing[0]]
		if more := len(failing) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
		return text
	}
	if r.code >= 300 && r.code < 400 && r.location != "" {
		return "it sends us elsewhere, to " + line(r.location, shownSentence)
	}
	if r.kind == "text/plain" && r.whole {
		first, _, _ := strings.Cut(strings.TrimSpace(string(r.body)), "\n")
		if first = line(first, shownSentence); first != "" {
			return first
		}
	}
	if text := http.StatusText(r.code); text != "" {
		return strings.ToLower(text)
	}
	return "not well"
}

// moment reads a time as RFC 3339 has it; zero when it is none, or none that can have been.
func moment(v any) time.Time {
	text, ok := v.(string)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Unix() <= 0 || time.Until(at) > time.Minute {
		return time.Time{}
	}
	return at
}
